package org.equisphere.data;

import java.util.List;

/**
 * Labelled examples of one shape, numbered 0..size-1. Immutable and safe to read from any number of threads.
 * Images are NHWC floats in [0, 1], not normalised; vectors are as their file gives them. All are finite. Augmentation and normalisation are for
 * an {@link ImageDataset} alone, which holds its images as bytes: examples of other data sets are taken as they are.
 */
public interface Dataset {

    /** Where the examples come from, for messages and logs. */
    String name();

    /** Number of examples. */
    int size();

    /** The classes: names and superclasses. */
    Labels labels();

    /** The shape of one example: {height, width, channels} for images, {features} for vectors. A fresh array. */
    int[] shape();

    /** The class of example i, in 0..classes()-1. */
    int label(int i);

    /**
     * Writes example i.
     *
     * @param i   0..size()-1
     * @param out modified: length() floats from {@code at} on
     * @param at  where the example begins in {@code out}
     */
    void example(int i, float[] out, int at);

    /**
     * A view on the chosen examples, in the order given; repeats are allowed. Nothing is copied but the indices.
     *
     * @throws IllegalArgumentException when an index is outside 0..size()-1
     */
    Dataset subset(int[] indices);

    /** Number of classes. */
    default int classes() {
        return labels().classes();
    }

    /** The class names, in label order. */
    default List<String> labelNames() {
        return labels().names();
    }

    /** The superclass of class c; c itself where no superclasses are known. */
    default int labelFamily(int c) {
        return labels().family().get(c);
    }

    /** Floats of one example: the product of its shape. */
    default int length() {
        int length = 1;
        for (int extent : shape()) {
            length *= extent;
        }
        return length;
    }

    /** Number of examples of each class. */
    default int[] counts() {
        int[] counts = new int[classes()];
        for (int i = 0; i < size(); i++) {
            counts[label(i)]++;
        }
        return counts;
    }

    /**
     * Holds out a part of every class: {@code train} keeps the rest, {@code test} is the held-out part, both in the order of this set.
     * A class with n examples gives round(n * fraction), but never its last example.
     *
     * @param fraction share of each class held out, in (0, 1)
     * @param seed     chooses the examples
     * @throws IllegalArgumentException when every class is too small to give any
     */
    default Splits split(double fraction, long seed) {
        return StratifiedSplit.of(this, fraction, seed);
    }
}

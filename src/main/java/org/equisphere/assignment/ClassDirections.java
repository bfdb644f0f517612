package org.equisphere.assignment;

import java.util.Arrays;
import java.util.Random;

/**
 * One unit direction z_c a class: an exponential moving average of where the class's features point. A batch updates
 * each class c it contains once:
 *
 * <pre>  mean_c = mean over the class's samples of f / |f|
 *   z_c   &lt;- normalise(momentum * z_c + (1 - momentum) * normalise(mean_c))</pre>
 *
 * <p>A class not yet seen holds a random unit direction made from the seed, so that the first assignment is defined; at
 * first sight its direction becomes {@code normalise(mean_c)}, with nothing of the random one left. Features of length
 * zero have no direction: they are skipped and counted. All arithmetic is double, in the order of the samples.
 */
public final class ClassDirections {

    private final int classes;
    private final int dimension;
    private final double momentum;
    private final double[] directions; // [classes, dimension], unit rows
    private final boolean[] seen;
    private final double[] sums; // [classes, dimension], zero between updates
    private final int[] counts; // zero between updates
    private long zeroFeatures;

    /**
     * @param classes the number of classes, at least 1
     * @param dimension the length of a feature, at least 1
     * @param momentum the share of the old direction that an update keeps, in [0, 1)
     * @param seed of the directions of classes not yet seen
     */
    public ClassDirections(int classes, int dimension, double momentum, long seed) {
        requireAtLeastOne("classes", classes);
        requireAtLeastOne("dimension", dimension);
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum: is " + momentum + ", expected at least 0 and below 1");
        }
        if ((long) classes * dimension > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("classes * dimension: is " + (long) classes * dimension + ", expected below 2^31");
        }
        this.classes = classes;
        this.dimension = dimension;
        this.momentum = momentum;
        this.directions = new double[classes * dimension];
        this.seen = new boolean[classes];
        this.sums = new double[classes * dimension];
        this.counts = new int[classes];
        Random random = new Random(seed);
        for (int c = 0; c < classes; c++) {
            drawUnit(random, c * dimension);
        }
    }

    private static void requireAtLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": is " + value + ", expected at least 1");
        }
    }

    private void drawUnit(Random random, int at) {
        double squared;
        do {
            squared = 0;
            for (int k = at; k < at + dimension; k++) {
                directions[k] = random.nextGaussian();
                squared += directions[k] * directions[k];
            }
        } while (squared == 0);
        scale(directions, at, 1 / Math.sqrt(squared));
    }

    private void scale(double[] values, int at, double factor) {
        for (int k = at; k < at + dimension; k++) {
            values[k] *= factor;
        }
    }

    /**
     * Moves the directions of the classes in this batch. Nothing changes if an argument is refused.
     *
     * @param features {@code [count, dimension]} row-major, of any length, not normalised; may be longer; not modified
     * @param labels the class of each row; may be longer; not modified
     * @param count the number of rows, at least 0
     * @return how many rows were skipped because they have length zero
     * @throws IllegalArgumentException if an array is too short, a label is not a class, or a feature is NaN or infinite
     *     (the message names row and class)
     */
    public int update(float[] features, int[] labels, int count) {
        check(features, labels, count);
        int zeros = 0;
        for (int row = 0; row < count; row++) {
            if (accumulate(features, row * dimension, labels[row] * dimension)) {
                counts[labels[row]]++;
            } else {
                zeros++;
            }
        }
        for (int c = 0; c < classes; c++) {
            if (counts[c] > 0) {
                move(c);
                counts[c] = 0;
            }
        }
        zeroFeatures += zeros;
        return zeros;
    }

    private void check(float[] features, int[] labels, int count) {
        if (count < 0 || features.length < (long) count * dimension || labels.length < count) {
            throw new IllegalArgumentException("count: is " + count + ", expected at least 0 and no more than the "
                    + labels.length + " labels and the " + features.length + " / " + dimension + " features");
        }
        for (int row = 0; row < count; row++) {
            int label = labels[row];
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException("labels[" + row + "]: is " + label + ", expected a class below " + classes);
            }
            for (int k = 0; k < dimension; k++) {
                float value = features[row * dimension + k];
                if (!Float.isFinite(value)) {
                    throw new IllegalArgumentException("features: row " + row + " of class " + label + " has " + value
                            + " at position " + k + ", expected a finite number");
                }
            }
        }
    }

    /** Adds the normalised feature to its class's sum; false if it has length zero. Squares of floats cannot overflow. */
    private boolean accumulate(float[] features, int from, int to) {
        double squared = 0;
        for (int k = 0; k < dimension; k++) {
            double f = features[from + k];
            squared += f * f;
        }
        if (squared == 0) {
            return false;
        }
        double length = Math.sqrt(squared);
        for (int k = 0; k < dimension; k++) {
            sums[to + k] += features[from + k] / length;
        }
        return true;
    }

    /** Moves z_c towards the batch's mean and clears the sum. Where the mean, or the new z_c, cancels to zero, z_c stays. */
    private void move(int c) {
        int at = c * dimension;
        double meanLength = length(sums, at);
        if (meanLength > 0) {
            double keep = seen[c] ? momentum : 0;
            double take = (1 - keep) / meanLength;
            for (int k = at; k < at + dimension; k++) {
                sums[k] = keep * directions[k] + take * sums[k];
            }
            double newLength = length(sums, at);
            if (newLength > 0) {
                scale(sums, at, 1 / newLength);
                System.arraycopy(sums, at, directions, at, dimension);
                seen[c] = true;
            }
        }
        Arrays.fill(sums, at, at + dimension, 0);
    }

    private double length(double[] values, int at) {
        double squared = 0;
        for (int k = at; k < at + dimension; k++) {
            squared += values[k] * values[k];
        }
        return Math.sqrt(squared);
    }

    /** The number of classes. */
    public int classes() {
        return classes;
    }

    /** The length of a direction. */
    public int dimension() {
        return dimension;
    }

    /** The share of the old direction that an update keeps. */
    public double momentum() {
        return momentum;
    }

    /** A copy of the directions, {@code [classes, dimension]} row-major, each row of length 1. */
    public double[] directions() {
        return directions.clone();
    }

    /** Whether class {@code c} has been in a batch with a direction. */
    public boolean seen(int c) {
        return seen[c];
    }

    /** How many features of length zero have been skipped since the start. */
    public long zeroFeatures() {
        return zeroFeatures;
    }

    /** Everything that a later update depends on, copied; for a checkpoint. */
    public State state() {
        return new State(directions.clone(), seen.clone(), zeroFeatures);
    }

    /**
     * Continues from a saved state.
     *
     * @throws IllegalArgumentException if its shape is another, or a direction is not of length 1 (to 1e-9)
     */
    public void restore(State state) {
        if (state.directions.length != directions.length || state.seen.length != classes) {
            throw new IllegalArgumentException("state: has " + state.seen.length + " classes and " + state.directions.length
                    + " values, expected " + classes + " and " + directions.length);
        }
        for (int c = 0; c < classes; c++) {
            double length = length(state.directions, c * dimension);
            if (!(Math.abs(length - 1) <= 1e-9)) {
                throw new IllegalArgumentException("state: the direction of class " + c + " has length " + length + ", expected 1");
            }
        }
        System.arraycopy(state.directions, 0, directions, 0, directions.length);
        System.arraycopy(state.seen, 0, seen, 0, classes);
        zeroFeatures = state.zeroFeatures;
    }

    /**
     * A checkpoint of the directions.
     *
     * @param directions {@code [classes, dimension]} row-major, unit rows
     * @param seen which classes have been seen
     * @param zeroFeatures how many features of length zero were skipped
     */
    public record State(double[] directions, boolean[] seen, long zeroFeatures) { }
}

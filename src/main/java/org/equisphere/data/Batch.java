package org.equisphere.data;

/** Some examples side by side. The loader fills it again once the next batch is asked for: copy what must last longer. */
public final class Batch {
    final float[] examples;
    final int[] labels;
    final int[] indices;
    final int[] partners;
    final int[] secondLabels;
    final float[] originals;
    final int[] draws;
    float lambda = 1;
    int count;
    int epoch;
    int number;

    /**
     * Room for {@code capacity} examples of {@code length} floats, 0 for draws alone, and for them again before they are blended where {@code mixed}.
     */
    Batch(int capacity, int length, boolean mixed) {
        examples = new float[Math.multiplyExact(capacity, length)];
        labels = new int[capacity];
        indices = new int[capacity];
        partners = new int[capacity];
        secondLabels = new int[capacity];
        draws = new int[4 * capacity];
        originals = mixed ? new float[examples.length] : examples;
    }

    /** [batch size, shape of an example], normalised; the first count() examples hold data. The buffer itself, not a copy. */
    public float[] examples() {
        return examples;
    }

    /** What {@link #examples} holds, before it was blended; the same buffer where the loader does not mix. Not a copy. */
    public float[] originals() {
        return originals;
    }

    /**
     * For images: the number, down, right and mirrored (1) or not (0) of each, what {@link #examples} is made by. The buffer itself, not a copy.
     */
    public int[] draws() {
        return draws;
    }

    /** The classes of the first count() examples. The buffer itself, not a copy. */
    public int[] labels() {
        return labels;
    }

    /** Which examples of the data set these are. The buffer itself, not a copy. */
    public int[] indices() {
        return indices;
    }

    /** Weight of labels() against secondLabels(), in [0, 1]; 1 where the loader does not mix. */
    public float lambda() {
        return lambda;
    }

    /** With mixup or CutMix, the class blended into each example at weight 1 - lambda(); not filled otherwise. The buffer itself, not a copy. */
    public int[] secondLabels() {
        return secondLabels;
    }

    /**
     * With mixup or CutMix, which example of this batch was blended into each or pasted there; not filled otherwise. The buffer itself, not a copy.
     */
    public int[] partners() {
        return partners;
    }

    /** Number of examples: the batch size, or fewer in the last batch of an epoch that keeps it. */
    public int count() {
        return count;
    }

    /** The epoch this batch belongs to, from 0. */
    public int epoch() {
        return epoch;
    }

    /** The number of this batch in its epoch, from 0. */
    public int number() {
        return number;
    }
}

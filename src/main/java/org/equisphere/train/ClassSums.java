package org.equisphere.train;

import java.util.Arrays;

/** Sums of normalised features, class by class, in double. */
public final class ClassSums {

    private final int dimension;
    private final double[] sums; // [classes, dimension]
    private final int[] counts;

    /** None added yet. */
    public ClassSums(int classes, int dimension) {
        this.dimension = dimension;
        this.sums = new double[classes * dimension];
        this.counts = new int[classes];
    }

    /**
     * Adds some features.
     *
     * @param features [count, dimension] and more, of any length; one of length zero adds nothing but its count; not modified
     * @param labels   their classes, [count] and more; not modified
     */
    public void add(float[] features, int[] labels, int count) {
        for (int i = 0; i < count; i++) {
            double squared = 0;
            for (int k = 0; k < dimension; k++) {
                double f = features[i * dimension + k];
                squared += f * f;
            }
            double scale = squared > 0 ? 1 / Math.sqrt(squared) : 0;
            for (int k = 0; k < dimension; k++) {
                sums[labels[i] * dimension + k] += scale * features[i * dimension + k];
            }
            counts[labels[i]]++;
        }
    }

    /** [classes, dimension]; zero for a class without examples. */
    public double[] means() {
        double[] means = sums.clone();
        for (int k = 0; k < means.length; k++) {
            means[k] /= Math.max(1, counts[k / dimension]);
        }
        return means;
    }

    /** A copy of how many examples each class has. */
    public int[] counts() {
        return Arrays.copyOf(counts, counts.length);
    }
}

package org.equisphere.tensor;

/**
 * What an operation should give: for each element its value in double, the sum of the absolute values of its terms, and how many they
 * are. An implementation in float may be off by {@code (4 + sqrt(terms)) * ulp(1) * magnitude}: a rounding error an operation, which
 * add up like a random walk.
 */
final class Expected {

    final double[] value;
    final double[] magnitude;
    final int[] terms;

    Expected(int size) {
        value = new double[size];
        magnitude = new double[size];
        terms = new int[size];
    }

    /** Adds one term to element i. */
    void add(int i, double term) {
        add(i, term, Math.abs(term));
    }

    /** Adds one term whose own rounding errors are relative to {@code size} to element i. */
    void add(int i, double term, double size) {
        value[i] += term;
        magnitude[i] += size;
        terms[i]++;
    }

    /** max(., 0): moves no value by more than its error. */
    Expected rectified(boolean relu) {
        for (int i = 0; relu && i < value.length; i++) {
            value[i] = Math.max(value[i], 0);
        }
        return this;
    }

    /** The error an element may have. */
    double tolerance(int i) {
        return (4 + Math.sqrt(terms[i])) * Math.ulp(1f) * magnitude[i] + Float.MIN_NORMAL;
    }
}

package org.equisphere.tensor;

import java.util.Random;

/** Fresh random inputs of one seed. */
final class Samples {

    private final Random random;

    Samples(long seed) {
        random = new Random(seed);
    }

    /** Normal numbers. */
    float[] normal(int n) {
        return normal(n, 0, 1);
    }

    float[] normal(int n, double mean, double deviation) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) (mean + deviation * random.nextGaussian());
        }
        return x;
    }

    float[] uniform(int n, double from, double to) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) (from + (to - from) * random.nextDouble());
        }
        return x;
    }

    /** n rows of length 1. */
    float[] unitRows(int n, int d) {
        float[] x = normal(n * d);
        for (int i = 0; i < n; i++) {
            double squares = 0;
            for (int k = i * d; k < i * d + d; k++) {
                squares += (double) x[k] * x[k];
            }
            for (int k = i * d; k < i * d + d; k++) {
                x[k] /= (float) Math.sqrt(squares);
            }
        }
        return x;
    }

    int[] labels(int n, int classes) {
        int[] labels = new int[n];
        for (int i = 0; i < n; i++) {
            labels[i] = random.nextInt(classes);
        }
        return labels;
    }

    static double[] doubles(float[] x) {
        double[] wide = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            wide[i] = x[i];
        }
        return wide;
    }

    static float[] floats(double[] x) {
        float[] narrow = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            narrow[i] = (float) x[i];
        }
        return narrow;
    }

    /** max(x, 0). */
    static float[] rectified(float[] x) {
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = Math.max(x[i], 0);
        }
        return y;
    }

    /** x where y is positive, else 0. */
    static double[] masked(float[] x, float[] y) {
        double[] g = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            g[i] = y[i] > 0 ? x[i] : 0;
        }
        return g;
    }
}

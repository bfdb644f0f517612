package org.equisphere.report;

import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.Separation;

/** Angles on the sphere, counted and compared. */
final class Angles {

    /** Degrees of one bin of a histogram. */
    static final int BIN = 2;

    /** Examples a histogram of features is made of at most, evenly taken: it looks no different with more. */
    private static final int MOST_EXAMPLES = 10_000;

    private Angles() {
    }

    static double cosine(Prototypes w, int a, int b) {
        return dot(w.row(a), 0, w.row(b), 0, w.dimension());
    }

    private static double dot(double[] x, int atX, double[] y, int atY, int d) {
        double sum = 0;
        for (int k = 0; k < d; k++) {
            sum += x[atX + k] * y[atY + k];
        }
        return sum;
    }

    /** For each row the other one nearest to it, the first of equals; itself where there is no other. */
    static int[] nearest(Prototypes w) {
        int d = w.dimension();
        double[] rows = w.toArray();
        int[] nearest = new int[w.count()];
        for (int a = 0; a < nearest.length; a++) {
            nearest[a] = a;
            double highest = Double.NEGATIVE_INFINITY;
            for (int b = 0; b < nearest.length; b++) {
                double cosine = b == a ? Double.NEGATIVE_INFINITY : dot(rows, a * d, rows, b * d, d);
                if (cosine > highest) {
                    nearest[a] = b;
                    highest = cosine;
                }
            }
        }
        return nearest;
    }

    static double degrees(double cosine) {
        return Math.toDegrees(Math.acos(Math.max(-1, Math.min(1, cosine))));
    }

    /** Shares of pairs by angle, one a bin of {@value #BIN} degrees. */
    static double[] betweenPairs(Separation of) {
        double[] bins = new double[180 / BIN];
        long[] degrees = of.histogram();
        for (int degree = 0; degree < degrees.length; degree++) {
            bins[degree / BIN] += degrees[degree];
        }
        return shares(bins);
    }

    /** Shares of examples by the angle to their own label's row, and to the nearest of the others: {own, other}. */
    static double[][] ofFeatures(Measures.Sample sample, double[] rows, int classes) {
        double[] own = new double[180 / BIN];
        double[] other = new double[180 / BIN];
        int d = rows.length / classes;
        int step = Math.max(1, (sample.size() + MOST_EXAMPLES - 1) / MOST_EXAMPLES);
        for (int i = 0; i < sample.size(); i += step) {
            double nearest = Double.POSITIVE_INFINITY;
            for (int c = 0; c < classes; c++) {
                double angle = sample.angle(i, rows, c * d);
                if (c == sample.label(i)) {
                    count(own, angle);
                } else if (angle < nearest) {
                    nearest = angle;
                }
            }
            count(other, nearest);
        }
        return new double[][] {shares(own), shares(other)};
    }

    /** NaN is not counted. */
    private static void count(double[] bins, double angle) {
        if (angle >= 0 && angle <= 180) {
            bins[Math.min(bins.length - 1, (int) (angle / BIN))]++;
        }
    }

    private static double[] shares(double[] bins) {
        double sum = 0;
        for (double count : bins) {
            sum += count;
        }
        for (int k = 0; k < bins.length && sum > 0; k++) {
            bins[k] /= sum;
        }
        return bins;
    }
}

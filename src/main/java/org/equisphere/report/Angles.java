package org.equisphere.report;

import org.equisphere.sphere.Prototypes;

/** Angles on the sphere, counted and compared. */
final class Angles {

    /** Degrees of one bin of a histogram. */
    static final int BIN = 2;

    /** Examples a histogram of features is made of at most, evenly taken: it looks no different with more. */
    private static final int MOST_EXAMPLES = 10_000;

    private Angles() {
    }

    /** [n, n]: cosines of all pairs. */
    static double[] cosines(Prototypes w) {
        int n = w.count();
        double[] cosines = new double[n * n];
        for (int i = 0; i < n; i++) {
            double[] row = w.row(i);
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = 0; k < row.length; k++) {
                    sum += row[k] * w.get(j, k);
                }
                cosines[i * n + j] = sum;
            }
        }
        return cosines;
    }

    /** The other row nearest to row a; a itself where there is no other. */
    static int nearest(double[] cosines, int n, int a) {
        int best = a;
        for (int b = 0; b < n; b++) {
            if (b != a && (best == a || cosines[a * n + b] > cosines[a * n + best])) {
                best = b;
            }
        }
        return best;
    }

    static double degrees(double cosine) {
        return Math.toDegrees(Math.acos(Math.max(-1, Math.min(1, cosine))));
    }

    /** Shares of pairs by angle, one a bin of {@value #BIN} degrees. */
    static double[] betweenPairs(double[] cosines, int n) {
        double[] bins = new double[180 / BIN];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                count(bins, degrees(cosines[i * n + j]));
            }
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

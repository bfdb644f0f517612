package org.equisphere.assignment;

import java.util.Random;

/**
 * Square cost matrices on which assignment solvers behave differently. Each is a pure function of name, n and seed.
 * In {@code cos_*} the cost is minus the cosine of a class direction and a prototype, as in training. Two of them have been
 * called "collapsed": in {@code cos_near} each class direction sits close to a prototype of its own (late training, an easy
 * problem for everyone), in {@code cos_collapsed} all class directions sit close to one common direction (a network that
 * tells nothing apart yet, which makes every row compete for the same columns).
 */
public final class CostFamilies {

    /** Every family. */
    public static final String[] NAMES = {"uniform", "int10", "int100", "const", "log40", "geo2d_eu", "geo2d_sq",
            "machol_wien", "machol_wien_perm", "rank1_sum", "rank1_prod", "hidden_perm", "cos_d16", "cos_d128", "cos_clustered",
            "cos_blockties", "cos_collapsed", "cos_near"};

    private CostFamilies() { }

    /** The matrix {@code [n, n]}, row-major. */
    public static double[] make(String family, int n, long seed) {
        Random random = new Random(seed * 31 + family.hashCode());
        switch (family) {
            case "uniform":
                return fill(n, (i, j) -> random.nextDouble());
            case "int10":
                return fill(n, (i, j) -> random.nextInt(10));
            case "int100":
                return fill(n, (i, j) -> random.nextInt(100));
            case "const":
                return fill(n, (i, j) -> 1);
            case "log40":
                return fill(n, (i, j) -> Math.pow(10, 40 * random.nextDouble() - 20));
            case "geo2d_eu":
                return distances(n, random, false);
            case "geo2d_sq":
                return distances(n, random, true);
            case "machol_wien":
                return fill(n, (i, j) -> (i + 1.0) * (j + 1.0));
            case "machol_wien_perm":
                return permuted(n, random);
            case "rank1_sum":
                double[] a = uniform(n, random);
                double[] b = uniform(n, random);
                return fill(n, (i, j) -> a[i] + b[j]);
            case "rank1_prod":
                double[] p = uniform(n, random);
                double[] q = uniform(n, random);
                return fill(n, (i, j) -> p[i] * q[j]);
            case "hidden_perm":
                int[] hidden = permutation(n, random);
                return fill(n, (i, j) -> hidden[i] == j ? 0 : random.nextDouble());
            default:
                return cosines(family, n, random);
        }
    }

    /** Minus the cosines of class directions {@code [n, d]} and prototypes {@code [n, d]}. */
    static double[] negatedCosines(double[] z, double[] w, int n, int d) {
        return fill(n, (i, j) -> {
            double dot = 0;
            for (int k = 0; k < d; k++) {
                dot += z[i * d + k] * w[j * d + k];
            }
            return -dot;
        });
    }

    /** Random unit rows {@code [n, d]}. */
    static double[] unitRows(int n, int d, Random random) {
        double[] rows = new double[n * d];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = random.nextGaussian();
        }
        return normalised(rows, n, d);
    }

    /** {@code normalise(rows + noise * g / sqrt(d))}, g standard normal: a relative change of about {@code noise}. */
    static double[] moved(double[] rows, int n, int d, double noise, Random random) {
        double[] out = new double[n * d];
        for (int k = 0; k < out.length; k++) {
            out[k] = rows[k] + noise / Math.sqrt(d) * random.nextGaussian();
        }
        return normalised(out, n, d);
    }

    private static double[] normalised(double[] rows, int n, int d) {
        for (int i = 0; i < n; i++) {
            double squared = 0;
            for (int k = i * d; k < i * d + d; k++) {
                squared += rows[k] * rows[k];
            }
            for (int k = i * d; k < i * d + d; k++) {
                rows[k] /= Math.sqrt(squared);
            }
        }
        return rows;
    }

    private static double[] cosines(String family, int n, Random random) {
        int d = family.equals("cos_d16") ? 16 : family.equals("cos_near") ? 10 : 128;
        double[] w = unitRows(n, d, random);
        switch (family) {
            case "cos_d16":
            case "cos_d128":
                return negatedCosines(unitRows(n, d, random), w, n, d);
            case "cos_clustered": // 20 clusters: early training
                return negatedCosines(moved(repeated(unitRows(20, d, random), 20, n, d), n, d, 0.3, random), w, n, d);
            case "cos_blockties": // ten classes share one direction exactly
                return negatedCosines(repeated(unitRows((n + 9) / 10, d, random), (n + 9) / 10, n, d), w, n, d);
            case "cos_collapsed": // all class means about one common direction: a network that has learned nothing yet
                return negatedCosines(moved(repeated(unitRows(1, d, random), 1, n, d), n, d, 0.1, random), w, n, d);
            case "cos_near": // each class mean near a prototype, half a prototype's distance off: late training
                return negatedCosines(moved(shuffled(w, n, d, random), n, d, 0.5, random), w, n, d);
            default:
                throw new IllegalArgumentException("family: is " + family + ", expected one of " + String.join(" ", NAMES));
        }
    }

    private static double[] repeated(double[] centres, int count, int n, int d) {
        double[] rows = new double[n * d];
        for (int i = 0; i < n; i++) {
            System.arraycopy(centres, i % count * d, rows, i * d, d);
        }
        return rows;
    }

    private static double[] shuffled(double[] rows, int n, int d, Random random) {
        double[] out = new double[n * d];
        int[] order = permutation(n, random);
        for (int i = 0; i < n; i++) {
            System.arraycopy(rows, order[i] * d, out, i * d, d);
        }
        return out;
    }

    private static double[] permuted(int n, Random random) {
        int[] row = permutation(n, random);
        int[] column = permutation(n, random);
        return fill(n, (i, j) -> (row[i] + 1.0) * (column[j] + 1.0));
    }

    private static double[] distances(int n, Random random, boolean squared) {
        double[] a = uniform(2 * n, random);
        double[] b = uniform(2 * n, random);
        return fill(n, (i, j) -> {
            double x = a[2 * i] - b[2 * j];
            double y = a[2 * i + 1] - b[2 * j + 1];
            return squared ? x * x + y * y : Math.sqrt(x * x + y * y);
        });
    }

    private static double[] uniform(int n, Random random) {
        double[] out = new double[n];
        for (int i = 0; i < n; i++) {
            out[i] = random.nextDouble();
        }
        return out;
    }

    private static int[] permutation(int n, Random random) {
        int[] out = new int[n];
        for (int i = 0; i < n; i++) {
            int k = random.nextInt(i + 1);
            out[i] = out[k];
            out[k] = i;
        }
        return out;
    }

    private interface Cell {
        double at(int i, int j);
    }

    private static double[] fill(int n, Cell cell) {
        double[] out = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                out[i * n + j] = cell.at(i, j);
            }
        }
        return out;
    }
}

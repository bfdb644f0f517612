package org.equisphere.sphere;

/** Linear algebra of n x d row-major matrices as points and tangent vectors of a product of spheres. */
final class SphereVectors {

    private SphereVectors() {
    }

    static double dot(double[] x, double[] y) {
        return dot(x, y, 0, x.length);
    }

    /** The sum of x[k] y[k] for from <= k < to, in four interleaved sums, which the CPU can add at once. */
    static double dot(double[] x, double[] y, int from, int to) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int k = from;
        for (; k + 4 <= to; k += 4) {
            s0 += x[k] * y[k];
            s1 += x[k + 1] * y[k + 1];
            s2 += x[k + 2] * y[k + 2];
            s3 += x[k + 3] * y[k + 3];
        }
        for (; k < to; k++) {
            s0 += x[k] * y[k];
        }
        return s0 + s1 + (s2 + s3);
    }

    /** As {@link #dot(double[], double[], int, int)}, of h with x and of h with z at one reading of h: results[at] and results[at + 1]. */
    static void twoDots(double[] h, double[] x, double[] z, int from, int to, double[] results, int at) {
        double x0 = 0;
        double x1 = 0;
        double x2 = 0;
        double x3 = 0;
        double z0 = 0;
        double z1 = 0;
        double z2 = 0;
        double z3 = 0;
        int k = from;
        for (; k + 4 <= to; k += 4) {
            x0 += h[k] * x[k];
            x1 += h[k + 1] * x[k + 1];
            x2 += h[k + 2] * x[k + 2];
            x3 += h[k + 3] * x[k + 3];
            z0 += h[k] * z[k];
            z1 += h[k + 1] * z[k + 1];
            z2 += h[k + 2] * z[k + 2];
            z3 += h[k + 3] * z[k + 3];
        }
        for (; k < to; k++) {
            x0 += h[k] * x[k];
            z0 += h[k] * z[k];
        }
        results[at] = x0 + x1 + (x2 + x3);
        results[at + 1] = z0 + z1 + (z2 + z3);
    }

    /** y += a * x + b * z in elements from to to-1. */
    static void addTwo(double a, double[] x, double b, double[] z, double[] y, int from, int to) {
        for (int k = from; k < to; k++) {
            y[k] += a * x[k] + b * z[k];
        }
    }

    /** y += factor * x. */
    static void add(double factor, double[] x, double[] y) {
        for (int k = 0; k < y.length; k++) {
            y[k] += factor * x[k];
        }
    }

    static void scale(double factor, double[] x) {
        for (int k = 0; k < x.length; k++) {
            x[k] *= factor;
        }
    }

    static void copy(double[] from, double[] to) {
        System.arraycopy(from, 0, to, 0, to.length);
    }

    /** Takes from rows from to to-1 of v their parts along the unit rows of w. */
    static void projectTangent(double[] w, double[] v, int from, int to, int d) {
        for (int row = from * d; row < to * d; row += d) {
            double along = dot(w, v, row, row + d);
            for (int k = row; k < row + d; k++) {
                v[k] -= along * w[k];
            }
        }
    }

    /** point = w + a p with each of the rows from to to-1 divided by its norm; norms keeps those. */
    static void retract(double[] w, double a, double[] p, double[] point, double[] norms, int from, int to, int d) {
        for (int i = from; i < to; i++) {
            int first = i * d;
            int last = first + d;
            for (int k = first; k < last; k++) {
                point[k] = w[k] + a * p[k];
            }
            norms[i] = Math.sqrt(dot(point, point, first, last));
            double inverse = 1 / norms[i];
            for (int k = first; k < last; k++) {
                point[k] *= inverse;
            }
        }
    }

    /** The Euclidean length of the longest of the rows from to to-1. */
    static double longestRow(double[] v, int from, int to, int d) {
        double longest = 0;
        for (int row = from * d; row < to * d; row += d) {
            longest = Math.max(longest, dot(v, v, row, row + d));
        }
        return Math.sqrt(longest);
    }
}

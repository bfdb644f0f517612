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

    /** Takes from each row of v its part along the unit row of w. */
    static void projectTangent(double[] w, double[] v, int n, int d) {
        for (int i = 0; i < n; i++) {
            double along = dot(w, v, i * d, (i + 1) * d);
            for (int k = i * d; k < (i + 1) * d; k++) {
                v[k] -= along * w[k];
            }
        }
    }

    /** point = w + a p with each row divided by its norm; norms keeps those. */
    static void retract(double[] w, double a, double[] p, double[] point, double[] norms, int n, int d) {
        for (int i = 0; i < n; i++) {
            int from = i * d;
            int to = from + d;
            for (int k = from; k < to; k++) {
                point[k] = w[k] + a * p[k];
            }
            norms[i] = Math.sqrt(dot(point, point, from, to));
            double inverse = 1 / norms[i];
            for (int k = from; k < to; k++) {
                point[k] *= inverse;
            }
        }
    }

    /** The Euclidean length of the longest row. */
    static double longestRow(double[] v, int n, int d) {
        double longest = 0;
        for (int i = 0; i < n; i++) {
            longest = Math.max(longest, dot(v, v, i * d, (i + 1) * d));
        }
        return Math.sqrt(longest);
    }
}

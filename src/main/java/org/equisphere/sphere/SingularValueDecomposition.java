package org.equisphere.sphere;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The thin singular value decomposition A = sum over k of values[k] left_k right_k', by one-sided Jacobi rotations (Hestenes, "Inversion of matrices
 * by biorthogonalization and related results", 1958): pairs of rows are turned in their plane until all rows are orthogonal. Small values keep their
 * relative accuracy; O(r^2 (m + n)) time a sweep and 5 to 12 sweeps, for r the smaller of m and n. One thread, one result for equal arguments.
 *
 * @param values r of them, descending, 0 where they are below rounding
 * @param left   [r, m], row-major: orthonormal rows, also where a value is 0
 * @param right  [r, n], row-major: likewise
 */
public record SingularValueDecomposition(double[] values, double[] left, double[] right) {

    private static final double ROUNDING = 0x1p-52;
    private static final int MOST_SWEEPS = 60;

    /**
     * Decomposes a matrix.
     *
     * @param a [m, n], row-major; not modified
     * @throws IllegalArgumentException if a's length is not m * n, or m or n is below 1
     * @throws ArithmeticException      if a holds a number that is not finite
     */
    public static SingularValueDecomposition of(double[] a, int m, int n) {
        if (m < 1 || n < 1 || a.length != (long) m * n) {
            throw new IllegalArgumentException("a: length " + a.length + ", expected m*n = " + m + "*" + n + " with both at least 1");
        }
        double largest = Arrays.stream(a).map(Math::abs).reduce(0, Math::max);
        if (!Double.isFinite(largest)) {
            throw new ArithmeticException("a matrix with NaN or infinite entries has no singular value decomposition");
        }
        if (m > n) {
            SingularValueDecomposition turned = ofWide(transposed(a, m, n), n, m, largest);
            return new SingularValueDecomposition(turned.values, turned.right, turned.left);
        }
        return ofWide(a.clone(), m, n, largest);
    }

    private static double[] transposed(double[] a, int m, int n) {
        double[] t = new double[a.length];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                t[j * m + i] = a[i * n + j];
            }
        }
        return t;
    }

    /** For m at most n; a is overwritten. */
    private static SingularValueDecomposition ofWide(double[] a, int m, int n, double largest) {
        double scale = largest > 0 ? Math.scalb(1.0, -Math.getExponent(largest)) : 1; // keeps squares within range
        for (int k = 0; k < a.length; k++) {
            a[k] *= scale;
        }
        double[] turns = new double[m * m];
        for (int i = 0; i < m; i++) {
            turns[i * m + i] = 1;
        }
        int sweeps = 0;
        while (sweep(a, turns, m, n)) {
            if (++sweeps == MOST_SWEEPS) {
                throw new ArithmeticException("the singular value decomposition of a " + m + " x " + n + " matrix did not converge");
            }
        }
        return sorted(a, turns, m, n, scale);
    }

    /** Turns every pair of rows once; false when all were orthogonal already. */
    private static boolean sweep(double[] a, double[] turns, int m, int n) {
        double[] squares = new double[m];
        for (int i = 0; i < m; i++) {
            squares[i] = dot(a, i * n, i * n, n);
        }
        double negligible = Arrays.stream(squares).max().orElseThrow() * square(ROUNDING);
        boolean turned = false;
        for (int p = 0; p < m - 1; p++) {
            for (int q = p + 1; q < m; q++) {
                if (squares[p] < squares[q]) { // larger rows first: fewer sweeps (de Rijk 1989)
                    swap(a, p * n, q * n, n);
                    swap(turns, p * m, q * m, m);
                    swap(squares, p, q, 1);
                }
                if (squares[q] <= negligible) {
                    continue;
                }
                double product = dot(a, p * n, q * n, n);
                if (Math.abs(product) <= ROUNDING * Math.sqrt(n) * Math.sqrt(squares[p]) * Math.sqrt(squares[q])) {
                    continue;
                }
                turned = true;
                double cot = (squares[p] - squares[q]) / (2 * product);
                double tan = Math.copySign(1, cot) / (Math.abs(cot) + Math.hypot(1, cot));
                double cos = 1 / Math.hypot(1, tan);
                turn(a, p * n, q * n, n, cos, cos * tan);
                turn(turns, p * m, q * m, m, cos, cos * tan);
                squares[p] += tan * product;
                double less = squares[q] - tan * product;
                squares[q] = less > squares[q] / 8 ? less : dot(a, q * n, q * n, n); // what little is left of it must not be rounding
            }
        }
        return turned;
    }

    private static double square(double x) {
        return x * x;
    }

    private static double dot(double[] a, int p, int q, int length) {
        double s0 = 0; // four sums, so that an addition need not wait for the one before
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int k = 0;
        for (; k + 3 < length; k += 4) {
            s0 += a[p + k] * a[q + k];
            s1 += a[p + k + 1] * a[q + k + 1];
            s2 += a[p + k + 2] * a[q + k + 2];
            s3 += a[p + k + 3] * a[q + k + 3];
        }
        for (; k < length; k++) {
            s0 += a[p + k] * a[q + k];
        }
        return s0 + s1 + (s2 + s3);
    }

    private static void swap(double[] a, int p, int q, int length) {
        for (int k = 0; k < length; k++) {
            double held = a[p + k];
            a[p + k] = a[q + k];
            a[q + k] = held;
        }
    }

    private static void turn(double[] a, int p, int q, int length, double cos, double sin) {
        for (int k = 0; k < length; k++) {
            double x = a[p + k];
            double y = a[q + k];
            a[p + k] = cos * x + sin * y;
            a[q + k] = cos * y - sin * x;
        }
    }

    private static SingularValueDecomposition sorted(double[] a, double[] turns, int m, int n, double scale) {
        double[] lengths = new double[m];
        for (int i = 0; i < m; i++) {
            lengths[i] = Math.sqrt(dot(a, i * n, i * n, n));
        }
        int[] order = IntStream.range(0, m).boxed().sorted(Comparator.comparingDouble(i -> -lengths[i])).mapToInt(i -> i).toArray();
        double[] values = new double[m];
        double[] left = new double[m * m];
        double[] right = new double[m * n];
        double smallest = lengths[order[0]] * ROUNDING * n;
        for (int k = 0; k < m; k++) {
            System.arraycopy(turns, order[k] * m, left, k * m, m);
            double length = lengths[order[k]];
            if (length > smallest) {
                values[k] = length / scale;
                for (int j = 0; j < n; j++) {
                    right[k * n + j] = a[order[k] * n + j] / length;
                }
            } else {
                complete(right, k, n);
            }
        }
        return new SingularValueDecomposition(values, left, right);
    }

    /** Puts a unit vector orthogonal to the rows before into row k: of the axes the one furthest from their span, made orthogonal twice. */
    private static void complete(double[] rows, int k, int n) {
        int furthest = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int j = 0; j < n; j++) {
            double inside = 0;
            for (int i = 0; i < k; i++) {
                inside += square(rows[i * n + j]);
            }
            if (inside < least) {
                least = inside;
                furthest = j;
            }
        }
        rows[k * n + furthest] = 1;
        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < k; i++) {
                double along = dot(rows, i * n, k * n, n);
                for (int j = 0; j < n; j++) {
                    rows[k * n + j] -= along * rows[i * n + j];
                }
            }
        }
        double length = Math.sqrt(dot(rows, k * n, k * n, n));
        for (int j = 0; j < n; j++) {
            rows[k * n + j] /= length;
        }
    }
}

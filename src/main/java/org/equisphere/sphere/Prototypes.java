package org.equisphere.sphere;

import java.util.Arrays;

/**
 * An immutable n x d matrix, row-major, whose rows are unit vectors: one prototype a row.
 */
public final class Prototypes {

    private final double[] rows;
    private final int count;
    private final int dimension;

    private Prototypes(double[] rows, int count, int dimension) {
        this.rows = rows;
        this.count = count;
        this.dimension = dimension;
    }

    /**
     * Prototypes from the rows of a matrix, each divided by its Euclidean norm.
     *
     * @param rows n*d numbers, row-major, not modified; no row may be zero or hold a NaN or an infinity
     * @param n number of rows, at least 1
     * @param d length of a row, at least 1
     * @throws IllegalArgumentException if a size or a row is not as asked; the message names the row
     */
    public static Prototypes of(double[] rows, int n, int d) {
        requireSizes(n, d);
        if (rows.length != n * d) {
            throw new IllegalArgumentException("rows: length " + rows.length + ", expected n*d = " + n + "*" + d + " = " + n * d);
        }
        double[] unit = rows.clone();
        for (int i = 0; i < n; i++) {
            normalizeRow(unit, i, d);
        }
        return new Prototypes(unit, n, d);
    }

    /** Checks the size of a matrix of prototypes. */
    static void requireSizes(int n, int d) {
        if (n < 1) {
            throw new IllegalArgumentException("n: " + n + ", expected at least 1 prototype");
        }
        if (d < 1) {
            throw new IllegalArgumentException("d: " + d + ", expected a dimension of at least 1");
        }
        if ((long) n * d > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException("n*d: " + n + "*" + d + " = " + (long) n * d + ", expected less than 2^31 - 64");
        }
    }

    private static void normalizeRow(double[] rows, int i, int d) {
        int start = i * d;
        double largest = 0;
        for (int k = start; k < start + d; k++) {
            if (!Double.isFinite(rows[k])) {
                throw new IllegalArgumentException("rows: row " + i + ", column " + (k - start) + " is " + rows[k] + ", expected a finite number");
            }
            largest = Math.max(largest, Math.abs(rows[k]));
        }
        if (largest == 0) {
            throw new IllegalArgumentException("rows: row " + i + " is zero and has no direction");
        }
        // A normalised row is kept bit for bit, so that normalising twice changes nothing. Of millions of rows rounding left at most 3 of these units
        // for d = 3, 5 for d = 32, 35 for d = 4096.
        if (Math.abs(squaredNorm(rows, start, d) - 1) <= (3 + 0.25 * d) * 0x1p-52) {
            return;
        }
        // Dividing by the largest entry first keeps the squares of very small and very large rows in range.
        for (int k = start; k < start + d; k++) {
            rows[k] /= largest;
        }
        double norm = Math.sqrt(squaredNorm(rows, start, d));
        for (int k = start; k < start + d; k++) {
            rows[k] /= norm;
        }
    }

    private static double squaredNorm(double[] rows, int start, int d) {
        double sum = 0;
        for (int k = start; k < start + d; k++) {
            sum += rows[k] * rows[k];
        }
        return sum;
    }

    /** The number of prototypes, n. */
    public int count() {
        return count;
    }

    /** The dimension of the space, d: prototypes lie on the sphere S^(d-1). */
    public int dimension() {
        return dimension;
    }

    /** Coordinate k of prototype i. */
    public double get(int i, int k) {
        if (i < 0 || i >= count || k < 0 || k >= dimension) {
            throw new IndexOutOfBoundsException("(" + i + ", " + k + ") of a " + count + " x " + dimension + " matrix");
        }
        return rows[i * dimension + k];
    }

    /** A copy of prototype i, length d. */
    public double[] row(int i) {
        if (i < 0 || i >= count) {
            throw new IndexOutOfBoundsException("row " + i + " of " + count);
        }
        return Arrays.copyOfRange(rows, i * dimension, (i + 1) * dimension);
    }

    /** A copy of the matrix, row-major, length n*d. */
    public double[] toArray() {
        return rows.clone();
    }

    /** A copy of the matrix rounded to single precision, row-major, length n*d. */
    public float[] toFloats() {
        float[] floats = new float[rows.length];
        for (int k = 0; k < floats.length; k++) {
            floats[k] = (float) rows[k];
        }
        return floats;
    }

    /** The matrix itself, for the readers of this package. */
    double[] rows() {
        return rows;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Prototypes that && dimension == that.dimension && Arrays.equals(rows, that.rows);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(rows) + dimension;
    }

    @Override
    public String toString() {
        return "Prototypes[" + count + " x " + dimension + "]";
    }
}

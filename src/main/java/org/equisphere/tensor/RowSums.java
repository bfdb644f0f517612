package org.equisphere.tensor;

import java.util.Arrays;

/**
 * The inner loop of the plain convolutions: a weighted sum of rows. Every row is an array of its own and is read from 0 on: C2
 * vectorises a loop over several arrays only where all indices are alike (30 GFLOP/s a core with AVX-512 on JDK 17, against 6 for the
 * same loop over parts of one array and 5 for EJML's product).
 */
final class RowSums {

    private RowSums() {
    }

    /**
     * sum[j] = over l &lt; count: sum of factors[at + l * step] * rows[first + l][j], added to what sum holds, for j &lt; n.
     *
     * @param sum  modified
     * @param rows the arrays {@code first .. first + count - 1}, at least n long
     */
    static void add(float[] sum, int n, float[][] rows, int first, int count, float[] factors, int at, int step) {
        int l = 0;
        for (; l + 4 <= count; l += 4) {
            int k = at + l * step;
            addFour(sum, n, rows[first + l], rows[first + l + 1], rows[first + l + 2], rows[first + l + 3],
                    factors[k], factors[k + step], factors[k + 2 * step], factors[k + 3 * step]);
        }
        for (; l < count; l++) {
            addOne(sum, n, rows[first + l], factors[at + l * step]);
        }
    }

    private static void addFour(float[] sum, int n, float[] r0, float[] r1, float[] r2, float[] r3, float f0, float f1, float f2, float f3) {
        for (int j = 0; j < n; j++) {
            sum[j] += f0 * r0[j] + f1 * r1[j] + f2 * r2[j] + f3 * r3[j];
        }
    }

    static void addOne(float[] sum, int n, float[] row, float factor) {
        for (int j = 0; j < n; j++) {
            sum[j] += factor * row[j];
        }
    }

    /** At least {@code count} arrays of at least {@code n} elements: those kept, or new ones where they are too small. */
    static float[][] atLeast(float[][] kept, int count, int n) {
        float[][] rows = kept.length >= count ? kept : Arrays.copyOf(kept, count);
        for (int i = 0; i < count; i++) {
            if (rows[i] == null || rows[i].length < n) {
                rows[i] = new float[n];
            }
        }
        return rows;
    }

    /** The number of positions whose rows or columns of {@code length} elements fit a core's cache together, within limits. */
    static int positionsAtOnce(int length, int least, int most) {
        return Math.max(least, Math.min(most, (1 << 16) / length));
    }
}

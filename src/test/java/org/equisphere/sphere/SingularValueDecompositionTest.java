package org.equisphere.sphere;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SingularValueDecompositionTest {

    private static void requireOrthonormal(double[] rows, int count, int length) {
        for (int p = 0; p < count; p++) {
            for (int q = 0; q <= p; q++) {
                double dot = 0;
                for (int k = 0; k < length; k++) {
                    dot += rows[p * length + k] * rows[q * length + k];
                }
                assertEquals(p == q ? 1 : 0, dot, 1e-13, "rows " + p + ", " + q);
            }
        }
    }

    /** Orthonormal on both sides, values descending, and the product is the matrix. */
    private static SingularValueDecomposition checked(double[] a, int m, int n) {
        double[] given = a.clone();
        SingularValueDecomposition svd = SingularValueDecomposition.of(a, m, n);
        assertArrayEquals(given, a);
        int r = Math.min(m, n);
        assertEquals(r, svd.values().length);
        requireOrthonormal(svd.left(), r, m);
        requireOrthonormal(svd.right(), r, n);
        for (int k = 1; k < r; k++) {
            assertTrue(svd.values()[k] <= svd.values()[k - 1] && svd.values()[k] >= 0);
        }
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = 0; k < r; k++) {
                    sum += svd.values()[k] * svd.left()[k * m + i] * svd.right()[k * n + j];
                }
                assertEquals(a[i * n + j], sum, 1e-13 * svd.values()[0] * Math.max(m, n));
            }
        }
        return svd;
    }

    /** Random of a rank, entries of about a size. */
    private static double[] random(int m, int n, int rank, double size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] a = new double[m * n];
        for (int k = 0; k < rank; k++) {
            double[] u = random.doubles(m, -1, 1).toArray();
            double[] v = random.doubles(n, -1, 1).toArray();
            for (int i = 0; i < m * n; i++) {
                a[i] += size * u[i / n] * v[i % n];
            }
        }
        return a;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "1, 7, 1, 1", "7, 1, 1, 1", "5, 5, 5, 1", "5, 5, 2, 1",
        "4, 9, 4, 1", "9, 4, 3, 1", "40, 40, 40, 1", "33, 60, 20, 1", "90, 12, 12, 1", "6, 8, 6, 1e-150", "6, 8, 6, 1e150", "3, 3, 1, 1e-300"})
    void vectorsAreOrthonormalAndTheProductIsTheMatrix(int m, int n, int rank, double size) {
        SingularValueDecomposition svd = checked(random(m, n, rank, size, m * 100 + n), m, n);
        for (int k = 0; k < svd.values().length; k++) {
            assertEquals(k < rank, svd.values()[k] > 1e-12 * svd.values()[0], "value " + k + " of rank " + rank);
        }
    }

    @Test
    void valuesKnownInClosedForm() {
        assertArrayEquals(new double[] {Math.sqrt(45), Math.sqrt(5)}, checked(new double[] {3, 0, 4, 5}, 2, 2).values(), 1e-14);
        assertArrayEquals(new double[] {7, 3, 2}, checked(new double[] {0, 3, 0, 0, 0, -2, 7, 0, 0}, 3, 3).values(), 1e-15);
        assertArrayEquals(new double[] {Math.sqrt(3), 1}, checked(new double[] {1, 1, 1, 0, 0, 1}, 3, 2).values(), 1e-15);
        assertArrayEquals(new double[] {0, 0}, checked(new double[6], 2, 3).values());
        int n = 12; // the path's difference matrix: 2 sin(k pi / (2 (n + 1))) for k = 1..n
        double[] differences = new double[n * (n + 1)];
        double[] expected = new double[n];
        for (int i = 0; i < n; i++) {
            differences[i * (n + 1) + i] = 1;
            differences[i * (n + 1) + i + 1] = -1;
            expected[i] = 2 * Math.sin((n - i) * Math.PI / (2 * (n + 1)));
        }
        assertArrayEquals(expected, checked(differences, n, n + 1).values(), 1e-14);
    }

    /** Rows of very different lengths: what one-sided rotations are for. */
    @Test
    void smallValuesKeepTheirAccuracy() {
        double[] values = SingularValueDecomposition.of(new double[] {1, 1, 1e-12, -1e-12}, 2, 2).values();
        assertEquals(Math.sqrt(2), values[0], 1e-15);
        assertEquals(Math.sqrt(2) * 1e-12, values[1], 1e-26);
    }

    @Test
    void nonsenseIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> SingularValueDecomposition.of(new double[5], 2, 3));
        assertThrows(IllegalArgumentException.class, () -> SingularValueDecomposition.of(new double[0], 0, 3));
        assertThrows(ArithmeticException.class, () -> SingularValueDecomposition.of(new double[] {1, Double.NaN}, 1, 2));
        assertThrows(ArithmeticException.class, () -> SingularValueDecomposition.of(new double[] {1, Double.NEGATIVE_INFINITY}, 1, 2));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "7, 3, 3", "3, 7, 3", "20, 20, 20", "33, 17, 5", "64, 64, 63"})
    void hasTheValuesOfEjml(int m, int n, int rank) {
        double[] a = random(m, n, rank, 1, 11L * m + n);
        SingularValueDecomposition_F64<DMatrixRMaj> oracle = DecompositionFactory_DDRM.svd(m, n, false, false, true);
        assertTrue(oracle.decompose(new DMatrixRMaj(m, n, true, a.clone())));
        double[] expected = Arrays.copyOf(oracle.getSingularValues(), Math.min(m, n));
        Arrays.sort(expected);
        double[] values = SingularValueDecomposition.of(a, m, n).values();
        for (int k = 0; k < values.length; k++) {
            assertEquals(expected[values.length - 1 - k], values[k], 1e-13 * values[0], "value " + k);
        }
    }
}

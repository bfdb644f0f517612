package org.equisphere.assignment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinearAssignmentTest {

    private static final double INF = Double.POSITIVE_INFINITY;

    static String[] families() {
        return CostFamilies.NAMES;
    }

    private static Assignment proved(double[] cost, int rows, int cols) {
        Assignment best = LinearAssignment.minimize(cost, rows, cols);
        assertProved(best, cost);
        return best;
    }

    private static void assertProved(Assignment best, double[] cost) {
        Certificate certificate = best.verify(cost);
        assertTrue(certificate.optimal(), certificate::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 25, 64, 129, 300})
    void aConstantMatrixGivesTheIdentity(int n) {
        double[] cost = new double[n * n];
        java.util.Arrays.fill(cost, 3);
        int[] column = proved(cost, n, n).columnOfRow();
        for (int i = 0; i < n; i++) {
            assertEquals(i, column[i]);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "2, 0", "0, 3"})
    void emptyMatricesAreSolved(int rows, int cols) {
        Assignment best = LinearAssignment.minimize(new double[0], rows, cols);
        assertEquals(0, best.value());
        assertEquals(rows, best.columnOfRow().length);
        assertEquals(cols, best.rowOfColumn().length);
        assertTrue(best.verify(new double[0]).optimal());
    }

    @Test
    void theValueIsTheSameSeenFromRowsAndFromColumns() {
        Random random = new Random(5);
        for (int rows = 1; rows < 40; rows += 3) {
            for (int cols = 1; cols < 40; cols += 5) {
                double[] cost = random.doubles(rows * cols).toArray();
                Assignment best = proved(cost, rows, cols);
                double byColumns = 0;
                int matched = 0;
                for (int j = 0; j < cols; j++) {
                    int i = best.rowOfColumn()[j];
                    if (i >= 0) {
                        assertEquals(j, best.columnOfRow(i));
                        byColumns += cost[i * cols + j];
                        matched++;
                    }
                }
                assertEquals(Math.min(rows, cols), matched);
                assertEquals(best.value(), byColumns, 1e-12);
            }
        }
    }

    @Test
    void bruteForceAgreesUpToSevenWithForbiddenPairsAndTies() {
        Random random = new Random(6);
        int infeasible = 0;
        int feasible = 0;
        for (int trial = 0; trial < 3000; trial++) {
            int rows = 1 + random.nextInt(7);
            int cols = 1 + random.nextInt(7);
            int kind = random.nextInt(3);
            double[] cost = new double[rows * cols];
            for (int k = 0; k < cost.length; k++) {
                double c = kind == 0 ? random.nextDouble() : random.nextInt(4) - 1;
                cost[k] = kind == 2 && random.nextInt(2) == 0 ? INF : c;
            }
            double expected = rows <= cols ? bruteForce(cost, rows, cols, 0, 0) : bruteForce(transposed(cost, rows, cols), cols, rows, 0, 0);
            if (expected == INF) {
                InfeasibleAssignmentException refused = assertThrows(InfeasibleAssignmentException.class,
                        () -> LinearAssignment.minimize(cost, rows, cols));
                assertHallViolated(refused, cost, rows, cols);
                infeasible++;
            } else {
                assertEquals(expected, proved(cost, rows, cols).value(), 1e-12);
                feasible++;
            }
        }
        assertTrue(infeasible > 100 && feasible > 300, infeasible + " infeasible, " + feasible + " feasible");
    }

    private static double bruteForce(double[] cost, int n, int m, int i, int taken) {
        if (i == n) {
            return 0;
        }
        double best = INF;
        for (int j = 0; j < m; j++) {
            if ((taken & 1 << j) == 0) {
                best = Math.min(best, cost[i * m + j] + bruteForce(cost, n, m, i + 1, taken | 1 << j));
            }
        }
        return best;
    }

    private static double[] transposed(double[] cost, int rows, int cols) {
        double[] out = new double[cost.length];
        for (int k = 0; k < cost.length; k++) {
            out[k % cols * rows + k / cols] = cost[k];
        }
        return out;
    }

    private static void assertHallViolated(InfeasibleAssignmentException refused, double[] cost, int rows, int cols) {
        boolean tall = rows > cols;
        int[] crowd = tall ? refused.columns() : refused.rows();
        int[] places = tall ? refused.rows() : refused.columns();
        assertTrue(places.length < crowd.length);
        for (int a : crowd) {
            for (int b = 0; b < Math.max(rows, cols); b++) {
                if (cost[tall ? b * cols + a : a * cols + b] < INF) {
                    assertTrue(java.util.Arrays.binarySearch(places, b) >= 0);
                }
            }
        }
    }

    @Test
    void infeasibleCostsAreRefusedInTimeNamingTheRows() {
        int n = 300;
        double[] cost = new Random(7).doubles(n * n).toArray();
        for (int i : new int[] {3, 50, 299}) {
            for (int j = 0; j < n; j++) {
                cost[i * n + j] = j == 8 || j == 9 ? 1 : INF;
            }
        }
        InfeasibleAssignmentException refused = assertTimeoutPreemptively(Duration.ofSeconds(5),
                () -> assertThrows(InfeasibleAssignmentException.class, () -> LinearAssignment.minimize(cost, n, n)));
        assertArrayEquals(new int[] {3, 50, 299}, refused.rows());
        assertArrayEquals(new int[] {8, 9}, refused.columns());
        assertTrue(refused.getMessage().contains("[3, 50, 299]"), refused.getMessage());
        double[] nothing = new double[n * n];
        java.util.Arrays.fill(nothing, INF);
        assertTimeoutPreemptively(Duration.ofSeconds(5),
                () -> assertThrows(InfeasibleAssignmentException.class, () -> LinearAssignment.minimize(nothing, n, n)));
    }

    @Test
    void badCostsAreRefusedNamingTheCell() {
        for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
            double[] cost = {1, 2, 3, 4, 5, bad};
            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> LinearAssignment.minimize(cost, 2, 3));
            assertTrue(refused.getMessage().contains("row 1, column 2") && refused.getMessage().contains("" + bad), refused.getMessage());
            IllegalArgumentException tall = assertThrows(IllegalArgumentException.class, () -> LinearAssignment.minimize(cost, 3, 2));
            assertTrue(tall.getMessage().contains("row 2, column 1"), tall.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> LinearAssignment.maximize(new double[] {INF}, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> LinearAssignment.minimize(new float[] {Float.NaN}, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> LinearAssignment.minimize(new double[5], 2, 3));
        assertThrows(IllegalArgumentException.class, () -> LinearAssignment.minimize(new double[0], -1, 0));
    }

    @Test
    void constantsAddedToRowsAndColumnsLeaveTheAssignmentUnchanged() {
        Random random = new Random(8);
        for (int n : new int[] {5, 60, 150}) {
            double[] cost = random.doubles(n * n).toArray();
            double[] hard = cost.clone();
            double[] row = random.doubles(n).toArray();
            double[] column = random.doubles(n).toArray();
            for (int k = 0; k < hard.length; k++) {
                hard[k] += 10 * row[k / n] + 10 * column[k % n];
            }
            assertArrayEquals(proved(cost, n, n).columnOfRow(), proved(hard, n, n).columnOfRow());
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyFamilyIsProvedSquareWideAndTall(String family) {
        for (int n : new int[] {3, 26, 100, 141}) {
            double[] cost = CostFamilies.make(family, n, n);
            Assignment best = proved(cost, n, n);
            assertArrayEquals(best.columnOfRow(), proved(cost, n, n).columnOfRow());
            int rows = n / 2;
            proved(java.util.Arrays.copyOf(cost, rows * n), rows, n);
            double[] part = java.util.Arrays.copyOf(cost, rows * n);
            assertEquals(proved(part, rows, n).value(), proved(transposed(part, rows, n), n, rows).value(), 1e-9 * Math.abs(best.value()) + 1e-12);
            double[] negated = java.util.Arrays.stream(cost).map(c -> -c).toArray();
            Assignment most = LinearAssignment.maximize(negated, n, n);
            assertProved(most, negated);
            assertArrayEquals(best.columnOfRow(), most.columnOfRow());
            assertEquals(0 - best.value(), most.value() + 0.0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"machol_wien", "machol_wien_perm"})
    void macholAndWienHaveAClosedForm(String family) {
        for (int n : new int[] {1, 2, 10, 100, 500}) {
            assertEquals(n * (n + 1.0) * (n + 2.0) / 6, proved(CostFamilies.make(family, n, 2), n, n).value());
        }
    }

    @Test
    void floatAndIntegerCostsAgreeWithDoubles() {
        int n = 90;
        Random random = new Random(9);
        int[] whole = random.ints(n * n, -1_000_000_000, 1_000_000_000).toArray();
        double[] same = java.util.Arrays.stream(whole).asDoubleStream().toArray();
        float[] single = new float[n * n];
        double[] wide = new double[n * n];
        for (int k = 0; k < single.length; k++) {
            single[k] = random.nextFloat();
            wide[k] = single[k];
        }
        assertEquals(LinearAssignment.minimize(same, n, n).value(), LinearAssignment.minimize(whole, n, n).value());
        assertEquals(LinearAssignment.maximize(same, n, n).value(), LinearAssignment.maximize(whole, n, n).value());
        assertEquals(LinearAssignment.minimize(wide, n, n).value(), LinearAssignment.minimize(single, n, n).value());
        assertEquals(LinearAssignment.maximize(wide, n, n).value(), LinearAssignment.maximize(single, n, n).value());
    }

    @Test
    void columnsThatCrowdIntoOneLaneAreFound() {
        int n = 7000;
        int rows = 60;
        double[] cost = new double[rows * n];
        Random random = new Random(10);
        for (int k = 0; k < cost.length; k++) {
            cost[k] = k % n % 128 == 5 ? random.nextDouble() : 2 + random.nextDouble();
        }
        proved(cost, rows, n);
    }

    /** The difference of two costs may be more than a double holds, and then looks forbidden: told, or solved all the same, but never mistaken. */
    @Test
    void costsNearTheEndOfADoublesRangeAreSolvedOrRefused() {
        Random random = new Random(17);
        int solved = 0;
        int refused = 0;
        int infeasible = 0;
        for (int run = 0; run < 20_000; run++) {
            int rows = 1 + random.nextInt(5);
            int cols = 1 + random.nextInt(5);
            double[] cost = random.ints(rows * cols, -2, run % 2 == 0 ? 3 : 4).mapToDouble(k -> k == 3 ? INF : k * 0.85e308).toArray();
            try {
                Assignment best = LinearAssignment.minimize(cost, rows, cols);
                assertProved(best, cost);
                solved++;
            } catch (InfeasibleAssignmentException crowded) {
                assertHallViolated(crowded, cost, rows, cols);
                infeasible++;
            } catch (IllegalArgumentException outOfRange) {
                assertEquals("cost: its values differ by more than a double can hold, expected less", outOfRange.getMessage());
                refused++;
            }
        }
        assertTrue(solved > 1000 && refused > 1000 && infeasible > 100, solved + ", " + refused + ", " + infeasible);
    }
}

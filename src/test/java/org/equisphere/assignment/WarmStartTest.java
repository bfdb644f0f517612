package org.equisphere.assignment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class WarmStartTest {

    private static void drift(double[] cost, int rows, int cols, Random random) {
        int kind = random.nextInt(4);
        double noise = Math.pow(10, -4 * random.nextDouble());
        for (int k = 0; k < cost.length; k++) {
            if (kind == 0) {
                cost[k] += noise * random.nextGaussian();
            } else if (kind == 1 && random.nextInt(20) == 0) {
                cost[k] = random.nextInt(5);
            }
        }
        if (kind == 2) {
            int i = random.nextInt(rows);
            for (int j = 0; j < cols; j++) {
                cost[i * cols + j] = random.nextDouble();
            }
        } else if (kind == 3) {
            int j = random.nextInt(cols);
            for (int i = 0; i < rows; i++) {
                cost[i * cols + j] = random.nextDouble() - 0.5;
            }
        }
    }

    @Test
    void warmEqualsColdOverThousandsOfDrifts() {
        Random random = new Random(11);
        int solves = 0;
        for (int run = 0; run < 250; run++) {
            int rows = 1 + random.nextInt(60);
            int cols = random.nextBoolean() ? rows : 1 + random.nextInt(60);
            boolean maximal = random.nextBoolean();
            LinearAssignment warm = maximal ? LinearAssignment.maximizing() : LinearAssignment.minimizing();
            double[] cost = random.doubles(rows * cols).toArray();
            for (int step = 0; step < 16; step++) {
                Assignment again = warm.resolve(cost, rows, cols);
                Assignment cold = maximal ? LinearAssignment.maximize(cost, rows, cols) : LinearAssignment.minimize(cost, rows, cols);
                assertEquals(cold.value(), again.value(), 1e-11 * Math.max(1, Math.abs(cold.value())));
                Certificate certificate = again.verify(cost);
                assertTrue(certificate.optimal(), certificate::toString);
                solves++;
                drift(cost, rows, cols, random);
            }
        }
        assertEquals(4000, solves);
    }

    @Test
    void unchangedCostsKeepTheAssignment() {
        int n = 200;
        double[] cost = new Random(12).doubles(n * n).toArray();
        LinearAssignment solver = LinearAssignment.minimizing();
        Assignment first = solver.solve(cost, n, n);
        assertArrayEquals(first.columnOfRow(), solver.resolve(cost, n, n).columnOfRow());
    }

    @Test
    void aSavedAssignmentStartsAnotherSolverAlike() {
        Random random = new Random(13);
        for (int[] shape : new int[][] {{80, 80}, {50, 70}, {70, 50}}) {
            double[] cost = random.doubles(shape[0] * shape[1]).toArray();
            LinearAssignment one = LinearAssignment.maximizing();
            Assignment first = one.solve(cost, shape[0], shape[1]);
            drift(cost, shape[0], shape[1], random);
            LinearAssignment other = LinearAssignment.maximizing();
            other.startFrom(Assignment.of(true, first.value(), first.columnOfRow(), first.rowDuals(), first.columnDuals()));
            Assignment a = one.resolve(cost, shape[0], shape[1]);
            Assignment b = other.resolve(cost, shape[0], shape[1]);
            assertArrayEquals(a.columnOfRow(), b.columnOfRow());
            assertEquals(a.value(), b.value());
        }
        Assignment least = LinearAssignment.minimize(new double[] {1}, 1, 1);
        assertThrows(IllegalArgumentException.class, () -> LinearAssignment.maximizing().startFrom(least));
    }

    @Test
    void aWarmStartFindsThatNewCostsAreInfeasibleAndRecovers() {
        double[] cost = {1, 2, 3, 4};
        double inf = Double.POSITIVE_INFINITY;
        LinearAssignment solver = LinearAssignment.minimizing();
        solver.solve(cost, 2, 2);
        assertThrows(InfeasibleAssignmentException.class, () -> solver.resolve(new double[] {1, inf, 1, inf}, 2, 2));
        assertEquals(5, solver.resolve(cost, 2, 2).value());
        assertThrows(IllegalArgumentException.class, () -> solver.resolve(new double[] {1, 2, Double.NaN, 4}, 2, 2));
        assertEquals(5, solver.resolve(cost, 2, 2).value());
    }

    /** Duals of 1e17 and more have no digit for costs of 1: what is left of them must not decide. */
    @Test
    void costsOfAnotherSizeAreSolvedAsExactly() {
        Random random = new Random(14);
        int solves = 0;
        for (int run = 0; run < 400; run++) {
            int rows = 1 + random.nextInt(run % 8 == 0 ? 150 : 8);
            int cols = run % 8 == 0 ? rows : 1 + random.nextInt(8);
            LinearAssignment warm = LinearAssignment.minimizing();
            for (double size : new double[] {1, 1e20, 1, 0x1p1020, 1e-300, 1e300, 1}) {
                double[] cost = random.doubles(rows * cols, -size, size).toArray();
                if (size == 0x1p1020) {
                    java.util.Arrays.setAll(cost, k -> Math.copySign(Double.MAX_VALUE, cost[k]));
                }
                Assignment cold;
                try {
                    cold = LinearAssignment.minimize(cost, rows, cols);
                } catch (IllegalArgumentException outOfRange) {
                    assertThrows(IllegalArgumentException.class, () -> warm.resolve(cost, rows, cols));
                    continue;
                }
                Assignment again = warm.resolve(cost, rows, cols);
                assertEquals(cold.value(), again.value(), 1e-11 * size * rows, rows + " x " + cols + " of " + size);
                Certificate certificate = again.verify(cost);
                assertTrue(certificate.optimal(), certificate::toString);
                solves++;
            }
        }
        assertTrue(solves >= 2400, "only " + solves + " solved");
    }

    /** A few costs far above the rest put their size into the duals, and vanish again. */
    @Test
    void hugeCostsForPairsToAvoidLeaveNoTrace() {
        Random random = new Random(15);
        for (int run = 0; run < 3000; run++) {
            int rows = 2 + random.nextInt(4);
            int cols = 2 + random.nextInt(4);
            LinearAssignment warm = LinearAssignment.minimizing();
            for (int step = 0; step < 3; step++) {
                double[] cost = random.doubles(rows * cols).map(c -> random.nextInt(3) == 0 ? 1e20 : c).toArray();
                Assignment cold = LinearAssignment.minimize(cost, rows, cols);
                assertEquals(cold.value(), warm.resolve(cost, rows, cols).value(), 1e-12 * cold.value());
            }
        }
    }

    @Test
    void anyDualsAreAStart() {
        Random random = new Random(16);
        for (int run = 0; run < 2000; run++) {
            int rows = 1 + random.nextInt(6);
            int cols = 1 + random.nextInt(6);
            boolean maximal = random.nextBoolean();
            double[] cost = random.ints(rows * cols, 0, 5).asDoubleStream().toArray();
            LinearAssignment any = maximal ? LinearAssignment.maximizing() : LinearAssignment.minimizing();
            int[] column = any.solve(random.doubles(rows * cols).toArray(), rows, cols).columnOfRow();
            any.startFrom(Assignment.of(maximal, 0, column, random.doubles(rows, -3, 3).toArray(), random.doubles(cols, -3, 3).toArray()));
            Assignment best = any.resolve(cost, rows, cols);
            assertEquals((maximal ? LinearAssignment.maximize(cost, rows, cols) : LinearAssignment.minimize(cost, rows, cols)).value(), best.value());
            assertTrue(best.verify(cost).optimal(), () -> best.verify(cost).toString());
        }
    }
}

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
}

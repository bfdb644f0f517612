package org.equisphere.sphere;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CholeskySolverTest {

    /** B B^T + I for random B. */
    private static double[] positive(int n) {
        double[] b = RandomRows.gaussian(n, n, n);
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int k = 0; k < n; k++) {
                    a[i * n + j] += b[i * n + k] * b[j * n + k];
                }
            }
            a[i * n + i] += 1;
        }
        return a;
    }

    private static double[] times(double[] a, double[] x) {
        double[] product = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            for (int k = 0; k < x.length; k++) {
                product[i] += a[i * x.length + k] * x[k];
            }
        }
        return product;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 13, 63, 64, 65, 129, 207})
    void solves(int n) {
        double[] a = positive(n);
        double[] expected = RandomRows.gaussian(n, 1, 3);
        double[] b = times(a, expected);
        CholeskySolver solver = new CholeskySolver(n, new WorkerTeam(1));
        solver.factorize(a.clone(), n);
        solver.solve(b);
        assertArrayEquals(expected, b, 1e-9 * n);
    }

    @Test
    void threadsDoNotChangeABit() {
        double[] one = RandomRows.gaussian(300, 1, 4);
        double[] three = one.clone();
        double[] a = positive(300);
        CholeskySolver alone = new CholeskySolver(300, new WorkerTeam(1));
        alone.factorize(a.clone(), 300);
        alone.solve(one);
        try (WorkerTeam team = new WorkerTeam(3)) {
            CholeskySolver shared = new CholeskySolver(500, team);
            shared.factorize(a.clone(), 300);
            shared.solve(three);
        }
        assertArrayEquals(one, three);
    }

    /** Of two equal rows with equal right sides one is solved for and the other set to 0. */
    @Test
    void dependentRowsAreLeftOut() {
        double[] a = {4, 1, 4, 1, 3, 1, 4, 1, 4};
        double[] b = {9, 5, 9};
        CholeskySolver solver = new CholeskySolver(3, new WorkerTeam(1));
        solver.factorize(a.clone(), 3);
        solver.solve(b);
        assertEquals(0, b[2], 1e-15);
        assertArrayEquals(new double[] {9, 5, 9}, times(a, b), 1e-12);
        assertTrue(Math.abs(b[0] - 2) < 1e-12, "first unknown " + b[0]);
    }
}

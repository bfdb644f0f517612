package org.equisphere.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PrincipalAxesTest {

    /** An ellipse in three dimensions: its axes are along (0, 1, 0) and (1, 0, 0), its scatter off the plane is known. */
    @Test
    void theAxesOfAnEllipse() {
        int n = 40;
        double[] rows = new double[n * 3];
        for (int i = 0; i < n; i++) {
            double t = 2 * Math.PI * i / n;
            rows[i * 3] = 5 + 2 * Math.cos(t);
            rows[i * 3 + 1] = -1 + 3 * Math.sin(t);
            rows[i * 3 + 2] = 7 + (i % 2 == 0 ? 1 : -1);
        }
        PrincipalAxes axes = PrincipalAxes.of(rows, n, 3);
        assertArrayEquals(new double[] {5, -1, 7}, axes.mean(), 1e-12);
        assertArrayEquals(new double[] {0, 1, 0}, axes.first(), 1e-9);
        assertArrayEquals(new double[] {1, 0, 0}, axes.second(), 1e-9);
        assertEquals((4.5 + 2) / (4.5 + 2 + 1), axes.share(), 1e-12);
        assertArrayEquals(new double[] {3, 0}, axes.place(rows, n / 4 * 3), 1e-9);
    }

    @Test
    void pointsOfOneDimensionOrOfOnePlace() {
        PrincipalAxes line = PrincipalAxes.of(new double[] {1, 2, 6}, 3, 1);
        assertArrayEquals(new double[] {3, 0}, line.place(new double[] {6}, 0), 1e-12);
        assertEquals(1, line.share(), 1e-12);
        assertEquals(0, PrincipalAxes.of(new double[] {1, 1, 1, 1}, 2, 2).share());
    }
}

package org.equisphere.assignment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Every implementation against a loop over cells, bit for bit, on odd shapes with ties, infinities and NaN. */
class RowScansTest {

    private static final double INF = Double.POSITIVE_INFINITY;

    private static List<RowScans> implementations() {
        List<RowScans> all = new ArrayList<>(List.of(new PlainRowScans(), RowScans.best()));
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            all.add(new VectorRowScans());
        }
        return all;
    }

    private static double[] costs(int length, int kind, Random random) {
        double[] c = new double[length];
        for (int k = 0; k < length; k++) {
            c[k] = kind == 0 ? random.nextGaussian() : random.nextInt(3) - 1;
            if (kind == 2 && random.nextInt(9) == 0) {
                c[k] = new double[] {INF, -INF, Double.NaN}[random.nextInt(3)];
            }
        }
        return c;
    }

    @Test
    void minimaOfLanesAndColumnsAreThoseOfALoopOverCells() {
        Random random = new Random(31);
        int checked = 0;
        for (int m : new int[] {1, 2, 7, 8, 31, 100, 127, 128, 129, 255, 256, 257, 300, 391, 1000}) {
            for (int n : new int[] {1, 3, 4, 5, 9}) {
                for (int kind = 0; kind < 3; kind++) {
                    double[] c = costs(n * m, kind, random);
                    double[] v = costs(m, 0, random);
                    for (RowScans scans : implementations()) {
                        double sign = 1 - 2 * random.nextInt(2);
                        checkColumns(scans, c, sign, n, m);
                        checkLanes(scans, c, sign, n - 1, v, m);
                        checked++;
                    }
                }
            }
        }
        assertTrue(checked >= 2 * 15 * 5 * 3);
    }

    private static void checkColumns(RowScans scans, double[] c, double sign, int n, int m) {
        int from = m / 4;
        double[] expected = new double[m];
        double[] least = new double[m];
        Arrays.fill(expected, INF);
        Arrays.fill(least, INF);
        for (int k = 0; k < n * m; k++) {
            expected[k % m] = k % m < from ? INF : Math.min(expected[k % m], sign * c[k]);
        }
        scans.columnMinima(least, c, sign, n, from, m, m);
        assertArrayEquals(expected, least, scans.getClass().getSimpleName() + " " + n + " x " + m);
    }

    private static void checkLanes(RowScans scans, double[] c, double sign, int i, double[] v, int m) {
        double[] expected = new double[RowScans.LANES];
        double[] least = new double[RowScans.LANES];
        Arrays.fill(expected, INF);
        Arrays.fill(least, 7);
        for (int j = 0; j < m; j++) {
            expected[j % RowScans.LANES] = Math.min(expected[j % RowScans.LANES], sign * c[i * m + j] - v[j]);
        }
        double lowest = scans.laneMinima(least, c, sign, i, v, m);
        assertEquals(Arrays.stream(expected).reduce(INF, Math::min), lowest);
        assertArrayEquals(expected, least, scans.getClass().getSimpleName() + " row " + i + " of " + m);
    }

    @Test
    void aRowsLeastIsThatOfALoopOverItsCells() {
        Random random = new Random(32);
        for (int m : new int[] {1, 3, 8, 63, 100, 127, 128}) {
            for (int kind = 0; kind < 3; kind++) {
                double[] c = costs(3 * m, kind, random);
                double[] v = costs(m, 0, random);
                double expected = INF;
                double sign = 1 - 2 * random.nextInt(2);
                for (int j = 0; j < m; j++) {
                    expected = Math.min(expected, sign * c[2 * m + j] - v[j]);
                }
                for (RowScans scans : implementations()) {
                    assertEquals(expected, scans.least(c, sign, 2 * m, v, m), scans.getClass().getSimpleName() + " of " + m);
                }
            }
        }
    }

    @Test
    void relaxingLowersWhatIsNearerAndSkipsSettledColumns() {
        Random random = new Random(33);
        for (int m : new int[] {1, 3, 8, 63, 100, 127, 128}) {
            for (int kind = 0; kind < 2; kind++) {
                double[] c = costs(3 * m, kind, random);
                double[] v = costs(m, 0, random);
                double[] near = costs(m, 0, random);
                v[random.nextInt(m)] = -INF;
                near[random.nextInt(m)] = INF;
                double[] expected = near.clone();
                double[] rows = costs(m, 1, random);
                double least = INF;
                double sign = 1 - 2 * random.nextInt(2);
                for (int j = 0; j < m; j++) {
                    double d = 0.25 + (sign * c[m + j] - v[j]);
                    expected[j] = Math.min(near[j], d);
                    least = Math.min(least, expected[j]);
                }
                for (RowScans scans : implementations()) {
                    String what = scans.getClass().getSimpleName() + " of " + m;
                    double[] now = near.clone();
                    double[] from = rows.clone();
                    assertEquals(least, scans.relax(now, from, 17, 0.25, c, sign, m, v, m), what);
                    assertArrayEquals(expected, now, what);
                    for (int j = 0; j < m; j++) {
                        assertEquals(now[j] < near[j] ? 17 : rows[j], from[j], what);
                    }
                }
            }
        }
    }

    @Test
    void everyColumnBelowALimitIsFound() {
        Random random = new Random(34);
        for (int m : new int[] {1, 7, 8, 15, 16, 17, 40, 127, 300}) {
            for (int kind = 0; kind < 3; kind++) {
                double[] c = costs(2 * m, kind, random);
                double[] v = costs(m, 0, random);
                double sign = 1 - 2 * random.nextInt(2);
                for (RowScans scans : implementations()) {
                    int next = scans.indexBelow(-0.5, c, sign, m, v, 0, m);
                    for (int j = 0; j < m; j++) {
                        if (sign * c[m + j] - v[j] < -0.5) {
                            assertEquals(j, next, scans.getClass().getSimpleName() + " of " + m);
                            next = scans.indexBelow(-0.5, c, sign, m, v, j + 1, m);
                        }
                    }
                    assertEquals(m, next, scans.getClass().getSimpleName() + " of " + m);
                }
            }
        }
    }

    /** Bit for bit, whatever rows are computed together. */
    @Test
    void productsAreThoseOfALoopOverFours() {
        Random random = new Random(35);
        for (int m : new int[] {1, 5, 8, 63, 64, 65, 100, 200}) {
            for (int d : new int[] {4, 12, 32}) {
                int n = 11;
                double[] z = costs(n * d, 0, random);
                double[] w = costs(m * d, 0, random);
                int panels = (m + RowScans.PANEL - 1) / RowScans.PANEL;
                double[] b = new double[panels * d * RowScans.PANEL];
                double[] expected = new double[n * m];
                for (int j = 0; j < m; j++) {
                    for (int k = 0; k < d; k++) {
                        b[(j / RowScans.PANEL * d + k) * RowScans.PANEL + j % RowScans.PANEL] = w[j * d + k];
                    }
                    for (int i = 0; i < n; i++) {
                        for (int k = 0; k < d; k += 4) {
                            int x = i * d + k;
                            int y = j * d + k;
                            expected[i * m + j] += z[x] * w[y] + z[x + 1] * w[y + 1] + z[x + 2] * w[y + 2] + z[x + 3] * w[y + 3];
                        }
                    }
                }
                for (RowScans scans : implementations()) {
                    double[] out = new double[n * m];
                    Arrays.fill(out, Double.NaN);
                    scans.products(out, m, z, d, b, new int[] {10, 3, 0, 7, 1, 2, 4}, 7);
                    scans.products(out, m, z, d, b, new int[] {9, 8, 5, 6, 0}, 4);
                    assertArrayEquals(expected, out, scans.getClass().getSimpleName() + " of " + m + ", " + d);
                }
            }
        }
    }

    @Test
    void everyPlaceOfAValueIsFound() {
        for (int m : new int[] {1, 2, 7, 8, 9, 100, 127}) {
            for (int place = 0; place < m; place++) {
                double[] a = new double[m];
                a[place] = 3;
                for (RowScans scans : implementations()) {
                    assertEquals(place, scans.indexOf(3, a, 0, m));
                    assertEquals(place, scans.indexOf(3, a, place, m));
                    assertEquals(m, scans.indexOf(3, a, place + 1, m));
                }
            }
        }
    }
}

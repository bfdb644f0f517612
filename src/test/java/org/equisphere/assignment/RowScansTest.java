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

package org.equisphere.assignment;

import java.util.Arrays;

/** Plain loops, in the form that HotSpot vectorises by itself. */
final class PlainRowScans extends RowScans {

    /** Four rows at a time, so that {@code least} is read and written once for four costs. */
    @Override
    void columnMinima(double[] least, double[] c, double sign, int n, int from, int to, int m) {
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            lowerByFour(least, c, sign, i * m, i * m + m, i * m + 2 * m, i * m + 3 * m, from, to);
        }
        for (; i < n; i++) {
            lowerByOne(least, c, sign, i * m, from, to);
        }
    }

    private static void lowerByFour(double[] least, double[] c, double sign, int o0, int o1, int o2, int o3, int from, int to) {
        for (int j = from; j < to; j++) {
            double low = Math.min(Math.min(sign * c[o0 + j], sign * c[o1 + j]), Math.min(sign * c[o2 + j], sign * c[o3 + j]));
            least[j] = Math.min(least[j], low);
        }
    }

    private static void lowerByOne(double[] least, double[] c, double sign, int o, int from, int to) {
        for (int j = from; j < to; j++) {
            least[j] = Math.min(least[j], sign * c[o + j]);
        }
    }

    @Override
    double laneMinima(double[] least, double[] c, double sign, int i, double[] v, int m) {
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        int o = i * m;
        int j = 0;
        for (; j + LANES <= m; j += LANES) {
            lowerLanes(least, c, sign, o + j, v, j, LANES);
        }
        lowerLanes(least, c, sign, o + j, v, j, m - j);
        double lowest = Double.POSITIVE_INFINITY;
        for (double low : least) {
            lowest = Math.min(lowest, low);
        }
        return lowest;
    }

    private static void lowerLanes(double[] least, double[] c, double sign, int o, double[] v, int j, int length) {
        for (int l = 0; l < length; l++) {
            least[l] = Math.min(least[l], sign * c[o + l] - v[j + l]);
        }
    }

    @Override
    double least(double[] c, double sign, int o, double[] v, int m) {
        double least = Double.POSITIVE_INFINITY;
        for (int j = 0; j < m; j++) {
            least = Math.min(least, sign * c[o + j] - v[j]);
        }
        return least;
    }

    @Override
    double relax(double[] near, double[] from, double row, double base, double[] c, double sign, int o, double[] v, int m) {
        double least = Double.POSITIVE_INFINITY;
        for (int j = 0; j < m; j++) {
            double d = base + (sign * c[o + j] - v[j]);
            double old = near[j];
            if (d < old) {
                near[j] = d;
                from[j] = row;
                old = d;
            }
            least = old < least ? old : least;
        }
        return least;
    }

    @Override
    int indexBelow(double limit, double[] c, double sign, int o, double[] v, int first, int m) {
        int j = first;
        while (j < m && !(sign * c[o + j] - v[j] < limit)) {
            j++;
        }
        return j;
    }

    @Override
    int indexOf(double value, double[] a, int first, int m) {
        int j = first;
        while (j < m && a[j] != value) {
            j++;
        }
        return j;
    }

    /** Four products of each value at a time, so that the values are read and written once for four. */
    @Override
    void products(double[] out, int m, double[] z, int d, double[] b, int[] rows, int count) {
        for (int first = 0; first < m; first += PANEL) {
            for (int r = 0; r < count; r++) {
                int o = rows[r] * m + first;
                int length = Math.min(PANEL, m - first);
                Arrays.fill(out, o, o + length, 0);
                for (int k = 0; k < d; k += TERMS) {
                    addTerms(out, o, length, z, rows[r] * d + k, b, first * d + k * PANEL);
                }
            }
        }
    }

    private static void addTerms(double[] out, int o, int length, double[] z, int at, double[] b, int b0) {
        double z0 = z[at];
        double z1 = z[at + 1];
        double z2 = z[at + 2];
        double z3 = z[at + 3];
        int b1 = b0 + PANEL;
        int b2 = b1 + PANEL;
        int b3 = b2 + PANEL;
        for (int j = 0; j < length; j++) {
            out[o + j] += z0 * b[b0 + j] + z1 * b[b1 + j] + z2 * b[b2 + j] + z3 * b[b3 + j];
        }
    }
}

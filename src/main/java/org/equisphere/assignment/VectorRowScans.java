package org.equisphere.assignment;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The passes by the Vector API, with scalar tails. Loaded only where its module is present. */
final class VectorRowScans extends RowScans {

    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

    /** Doubles in a vector. */
    static int step() {
        return SPECIES.length();
    }

    @Override
    void columnMinima(double[] least, double[] c, double sign, int n, int from, int to, int m) {
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            lowerByFour(least, c, sign, i * m, from, to, m);
        }
        for (; i < n; i++) {
            for (int j = from; j < to; j++) {
                least[j] = Math.min(least[j], sign * c[i * m + j]);
            }
        }
    }

    /** Four rows at a time, so that {@code least} is read and written once for four costs. */
    private static void lowerByFour(double[] least, double[] c, double sign, int o, int from, int to, int m) {
        int step = SPECIES.length();
        DoubleVector signs = DoubleVector.broadcast(SPECIES, sign);
        int j = from;
        for (; j + step <= to; j += step) {
            DoubleVector c0 = DoubleVector.fromArray(SPECIES, c, o + j).mul(signs);
            DoubleVector c1 = DoubleVector.fromArray(SPECIES, c, o + m + j).mul(signs);
            DoubleVector c2 = DoubleVector.fromArray(SPECIES, c, o + 2 * m + j).mul(signs);
            DoubleVector c3 = DoubleVector.fromArray(SPECIES, c, o + 3 * m + j).mul(signs);
            DoubleVector.fromArray(SPECIES, least, j).min(c0.min(c1)).min(c2.min(c3)).intoArray(least, j);
        }
        for (; j < to; j++) {
            double low = Math.min(Math.min(sign * c[o + j], sign * c[o + m + j]), Math.min(sign * c[o + 2 * m + j], sign * c[o + 3 * m + j]));
            least[j] = Math.min(least[j], low);
        }
    }

    @Override
    double laneMinima(double[] least, double[] c, double sign, int i, double[] v, int m) {
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        int step = SPECIES.length();
        DoubleVector signs = DoubleVector.broadcast(SPECIES, sign);
        int o = i * m;
        int j = 0;
        for (; j + 2 * LANES <= m; j += 2 * LANES) {
            for (int l = 0; l < LANES; l += step) {
                int k = j + l;
                DoubleVector low = DoubleVector.fromArray(SPECIES, c, o + k).mul(signs).sub(DoubleVector.fromArray(SPECIES, v, k));
                DoubleVector next = DoubleVector.fromArray(SPECIES, c, o + k + LANES).mul(signs)
                        .sub(DoubleVector.fromArray(SPECIES, v, k + LANES));
                DoubleVector.fromArray(SPECIES, least, l).min(low.min(next)).intoArray(least, l);
            }
        }
        for (; j + step <= m; j += step) {
            int l = j & LANES - 1;
            DoubleVector low = DoubleVector.fromArray(SPECIES, c, o + j).mul(signs).sub(DoubleVector.fromArray(SPECIES, v, j));
            DoubleVector.fromArray(SPECIES, least, l).min(low).intoArray(least, l);
        }
        for (; j < m; j++) {
            least[j & LANES - 1] = Math.min(least[j & LANES - 1], sign * c[o + j] - v[j]);
        }
        DoubleVector lowest = DoubleVector.fromArray(SPECIES, least, 0);
        for (int l = step; l < LANES; l += step) {
            lowest = lowest.min(DoubleVector.fromArray(SPECIES, least, l));
        }
        return lowest.reduceLanes(VectorOperators.MIN);
    }

    /** Four minima at a time, which do not wait for one another. */
    @Override
    double least(double[] c, double sign, int o, double[] v, int m) {
        int step = SPECIES.length();
        DoubleVector signs = DoubleVector.broadcast(SPECIES, sign);
        DoubleVector low0 = DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY);
        DoubleVector low1 = low0;
        DoubleVector low2 = low0;
        DoubleVector low3 = low0;
        int j = 0;
        for (; j + 4 * step <= m; j += 4 * step) {
            low0 = low0.min(DoubleVector.fromArray(SPECIES, c, o + j).mul(signs).sub(DoubleVector.fromArray(SPECIES, v, j)));
            low1 = low1.min(DoubleVector.fromArray(SPECIES, c, o + j + step).mul(signs).sub(DoubleVector.fromArray(SPECIES, v, j + step)));
            low2 = low2.min(DoubleVector.fromArray(SPECIES, c, o + j + 2 * step).mul(signs).sub(DoubleVector.fromArray(SPECIES, v, j + 2 * step)));
            low3 = low3.min(DoubleVector.fromArray(SPECIES, c, o + j + 3 * step).mul(signs).sub(DoubleVector.fromArray(SPECIES, v, j + 3 * step)));
        }
        double least = low0.min(low1).min(low2.min(low3)).reduceLanes(VectorOperators.MIN);
        for (; j < m; j++) {
            least = Math.min(least, sign * c[o + j] - v[j]);
        }
        return least;
    }

    @Override
    double relax(double[] near, double[] from, double row, double base, double[] c, double sign, int o, double[] v, int m) {
        int step = SPECIES.length();
        DoubleVector signs = DoubleVector.broadcast(SPECIES, sign);
        DoubleVector rows = DoubleVector.broadcast(SPECIES, row);
        DoubleVector bases = DoubleVector.broadcast(SPECIES, base);
        DoubleVector low = DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY);
        int j = 0;
        for (; j + step <= m; j += step) {
            DoubleVector d = bases.add(DoubleVector.fromArray(SPECIES, c, o + j).mul(signs).sub(DoubleVector.fromArray(SPECIES, v, j)));
            DoubleVector old = DoubleVector.fromArray(SPECIES, near, j);
            VectorMask<Double> nearer = d.lt(old);
            DoubleVector now = old.blend(d, nearer);
            now.intoArray(near, j);
            DoubleVector.fromArray(SPECIES, from, j).blend(rows, nearer).intoArray(from, j);
            low = low.blend(now, now.lt(low));
        }
        double least = low.reduceLanes(VectorOperators.MIN);
        for (; j < m; j++) {
            double d = base + (sign * c[o + j] - v[j]);
            if (d < near[j]) {
                near[j] = d;
                from[j] = row;
            }
            least = near[j] < least ? near[j] : least;
        }
        return least;
    }

    @Override
    int indexBelow(double limit, double[] c, double sign, int o, double[] v, int first, int m) {
        int step = SPECIES.length();
        DoubleVector signs = DoubleVector.broadcast(SPECIES, sign);
        DoubleVector limits = DoubleVector.broadcast(SPECIES, limit);
        int j = first;
        while (j + 2 * step <= m
                && !DoubleVector.fromArray(SPECIES, c, o + j).mul(signs).sub(DoubleVector.fromArray(SPECIES, v, j)).lt(limits)
                .or(DoubleVector.fromArray(SPECIES, c, o + j + step).mul(signs).sub(DoubleVector.fromArray(SPECIES, v, j + step))
                        .lt(limits)).anyTrue()) {
            j += 2 * step;
        }
        while (j < m && !(sign * c[o + j] - v[j] < limit)) {
            j++;
        }
        return j;
    }

    @Override
    int indexOf(double value, double[] a, int first, int m) {
        int step = SPECIES.length();
        DoubleVector wanted = DoubleVector.broadcast(SPECIES, value);
        int j = first;
        while (j + 2 * step <= m && !DoubleVector.fromArray(SPECIES, a, j).eq(wanted)
                .or(DoubleVector.fromArray(SPECIES, a, j + step).eq(wanted)).anyTrue()) {
            j += 2 * step;
        }
        while (j < m && a[j] != value) {
            j++;
        }
        return j;
    }

    @Override
    void products(double[] out, int m, double[] z, int d, double[] b, int[] rows, int count) {
        for (int first = 0; first < m; first += PANEL) {
            int length = Math.min(PANEL, m - first);
            int r = 0;
            for (; r + 4 <= count; r += 4) {
                productsOfFour(out, m, z, d, b, rows, r, first, length);
            }
            for (; r < count; r++) {
                productsOfOne(out, m, z, d, b, rows[r], first, length);
            }
        }
    }

    private static void productsOfFour(double[] out, int m, double[] z, int d, double[] b, int[] rows, int r, int first, int length) {
        int step = SPECIES.length();
        int i0 = rows[r];
        int i1 = rows[r + 1];
        int i2 = rows[r + 2];
        int i3 = rows[r + 3];
        int j = 0;
        for (; j + step <= length; j += step) {
            int o = first + j;
            tile(out, i0 * m + o, i1 * m + o, i2 * m + o, i3 * m + o, z, i0 * d, i1 * d, i2 * d, i3 * d, d, b, first * d + j);
        }
        for (int k = r; j < length && k < r + 4; k++) {
            tail(out, m, z, d, b, rows[k], first, j, length);
        }
    }

    private static void productsOfOne(double[] out, int m, double[] z, int d, double[] b, int i, int first, int length) {
        int step = SPECIES.length();
        int j = 0;
        for (; j + 4 * step <= length; j += 4 * step) {
            tile(out, i * m + first + j, z, i * d, d, b, first * d + j);
        }
        tail(out, m, z, d, b, i, first, j, length);
    }

    /** One vector of columns and four rows: 16 products to 4 reads of b. */
    private static void tile(double[] out, int o0, int o1, int o2, int o3, double[] z, int a0, int a1, int a2, int a3, int d, double[] b, int at) {
        DoubleVector sum0 = DoubleVector.zero(SPECIES);
        DoubleVector sum1 = sum0;
        DoubleVector sum2 = sum0;
        DoubleVector sum3 = sum0;
        for (int k = 0; k < d; k += TERMS) {
            DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, at + k * PANEL);
            DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, at + k * PANEL + PANEL);
            DoubleVector b2 = DoubleVector.fromArray(SPECIES, b, at + k * PANEL + 2 * PANEL);
            DoubleVector b3 = DoubleVector.fromArray(SPECIES, b, at + k * PANEL + 3 * PANEL);
            sum0 = sum0.add(b0.mul(z[a0 + k]).add(b1.mul(z[a0 + k + 1])).add(b2.mul(z[a0 + k + 2])).add(b3.mul(z[a0 + k + 3])));
            sum1 = sum1.add(b0.mul(z[a1 + k]).add(b1.mul(z[a1 + k + 1])).add(b2.mul(z[a1 + k + 2])).add(b3.mul(z[a1 + k + 3])));
            sum2 = sum2.add(b0.mul(z[a2 + k]).add(b1.mul(z[a2 + k + 1])).add(b2.mul(z[a2 + k + 2])).add(b3.mul(z[a2 + k + 3])));
            sum3 = sum3.add(b0.mul(z[a3 + k]).add(b1.mul(z[a3 + k + 1])).add(b2.mul(z[a3 + k + 2])).add(b3.mul(z[a3 + k + 3])));
        }
        sum0.intoArray(out, o0);
        sum1.intoArray(out, o1);
        sum2.intoArray(out, o2);
        sum3.intoArray(out, o3);
    }

    /** Four vectors of columns and one row. */
    private static void tile(double[] out, int o, double[] z, int a, int d, double[] b, int at) {
        int step = SPECIES.length();
        DoubleVector sum0 = DoubleVector.zero(SPECIES);
        DoubleVector sum1 = sum0;
        DoubleVector sum2 = sum0;
        DoubleVector sum3 = sum0;
        for (int k = 0; k < d; k += TERMS) {
            double z0 = z[a + k];
            double z1 = z[a + k + 1];
            double z2 = z[a + k + 2];
            double z3 = z[a + k + 3];
            int b0 = at + k * PANEL;
            int b1 = b0 + PANEL;
            int b2 = b1 + PANEL;
            int b3 = b2 + PANEL;
            sum0 = sum0.add(DoubleVector.fromArray(SPECIES, b, b0).mul(z0)
                    .add(DoubleVector.fromArray(SPECIES, b, b1).mul(z1))
                    .add(DoubleVector.fromArray(SPECIES, b, b2).mul(z2))
                    .add(DoubleVector.fromArray(SPECIES, b, b3).mul(z3)));
            sum1 = sum1.add(DoubleVector.fromArray(SPECIES, b, b0 + step).mul(z0)
                    .add(DoubleVector.fromArray(SPECIES, b, b1 + step).mul(z1))
                    .add(DoubleVector.fromArray(SPECIES, b, b2 + step).mul(z2))
                    .add(DoubleVector.fromArray(SPECIES, b, b3 + step).mul(z3)));
            sum2 = sum2.add(DoubleVector.fromArray(SPECIES, b, b0 + 2 * step).mul(z0)
                    .add(DoubleVector.fromArray(SPECIES, b, b1 + 2 * step).mul(z1))
                    .add(DoubleVector.fromArray(SPECIES, b, b2 + 2 * step).mul(z2))
                    .add(DoubleVector.fromArray(SPECIES, b, b3 + 2 * step).mul(z3)));
            sum3 = sum3.add(DoubleVector.fromArray(SPECIES, b, b0 + 3 * step).mul(z0)
                    .add(DoubleVector.fromArray(SPECIES, b, b1 + 3 * step).mul(z1))
                    .add(DoubleVector.fromArray(SPECIES, b, b2 + 3 * step).mul(z2))
                    .add(DoubleVector.fromArray(SPECIES, b, b3 + 3 * step).mul(z3)));
        }
        sum0.intoArray(out, o);
        sum1.intoArray(out, o + step);
        sum2.intoArray(out, o + 2 * step);
        sum3.intoArray(out, o + 3 * step);
    }

    /** The columns {@code from .. to - 1} of a panel. */
    private static void tail(double[] out, int m, double[] z, int d, double[] b, int i, int first, int from, int to) {
        int a = i * d;
        for (int j = from; j < to; j++) {
            double sum = 0;
            for (int k = 0; k < d; k += TERMS) {
                int b0 = first * d + k * PANEL + j;
                sum += z[a + k] * b[b0] + z[a + k + 1] * b[b0 + PANEL] + z[a + k + 2] * b[b0 + 2 * PANEL] + z[a + k + 3] * b[b0 + 3 * PANEL];
            }
            out[i * m + first + j] = sum;
        }
    }
}

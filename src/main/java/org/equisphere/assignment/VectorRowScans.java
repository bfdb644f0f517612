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
    void columnMinima(double[] least, double[] c, int n, int from, int to, int m) {
        int i = 0;
        for (; i + 4 <= n; i += 4) {
            lowerByFour(least, c, i * m, from, to, m);
        }
        for (; i < n; i++) {
            for (int j = from; j < to; j++) {
                least[j] = Math.min(least[j], c[i * m + j]);
            }
        }
    }

    /** Four rows at a time, so that {@code least} is read and written once for four costs. */
    private static void lowerByFour(double[] least, double[] c, int o, int from, int to, int m) {
        int step = SPECIES.length();
        int j = from;
        for (; j + step <= to; j += step) {
            DoubleVector c0 = DoubleVector.fromArray(SPECIES, c, o + j);
            DoubleVector c1 = DoubleVector.fromArray(SPECIES, c, o + m + j);
            DoubleVector c2 = DoubleVector.fromArray(SPECIES, c, o + 2 * m + j);
            DoubleVector c3 = DoubleVector.fromArray(SPECIES, c, o + 3 * m + j);
            DoubleVector.fromArray(SPECIES, least, j).min(c0.min(c1)).min(c2.min(c3)).intoArray(least, j);
        }
        for (; j < to; j++) {
            double low = Math.min(Math.min(c[o + j], c[o + m + j]), Math.min(c[o + 2 * m + j], c[o + 3 * m + j]));
            least[j] = Math.min(least[j], low);
        }
    }

    @Override
    void laneMinima(double[] least, double[] c, int i, double[] v, int m) {
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        int step = SPECIES.length();
        int o = i * m;
        int j = 0;
        for (; j + 2 * LANES <= m; j += 2 * LANES) {
            for (int l = 0; l < LANES; l += step) {
                int k = j + l;
                DoubleVector low = DoubleVector.fromArray(SPECIES, c, o + k).sub(DoubleVector.fromArray(SPECIES, v, k));
                DoubleVector next = DoubleVector.fromArray(SPECIES, c, o + k + LANES)
                        .sub(DoubleVector.fromArray(SPECIES, v, k + LANES));
                DoubleVector.fromArray(SPECIES, least, l).min(low.min(next)).intoArray(least, l);
            }
        }
        for (; j + step <= m; j += step) {
            int l = j & LANES - 1;
            DoubleVector low = DoubleVector.fromArray(SPECIES, c, o + j).sub(DoubleVector.fromArray(SPECIES, v, j));
            DoubleVector.fromArray(SPECIES, least, l).min(low).intoArray(least, l);
        }
        for (; j < m; j++) {
            least[j & LANES - 1] = Math.min(least[j & LANES - 1], c[o + j] - v[j]);
        }
    }

    @Override
    double least(double[] c, int o, double[] v, int m) {
        int step = SPECIES.length();
        DoubleVector low = DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY);
        int j = 0;
        for (; j + step <= m; j += step) {
            low = low.min(DoubleVector.fromArray(SPECIES, c, o + j).sub(DoubleVector.fromArray(SPECIES, v, j)));
        }
        double least = low.reduceLanes(VectorOperators.MIN);
        for (; j < m; j++) {
            least = Math.min(least, c[o + j] - v[j]);
        }
        return least;
    }

    @Override
    double relax(double[] near, double[] from, double row, double base, double[] c, int o, double[] v, int m) {
        int step = SPECIES.length();
        DoubleVector rows = DoubleVector.broadcast(SPECIES, row);
        DoubleVector bases = DoubleVector.broadcast(SPECIES, base);
        DoubleVector low = DoubleVector.broadcast(SPECIES, Double.POSITIVE_INFINITY);
        int j = 0;
        for (; j + step <= m; j += step) {
            DoubleVector d = bases.add(DoubleVector.fromArray(SPECIES, c, o + j).sub(DoubleVector.fromArray(SPECIES, v, j)));
            DoubleVector old = DoubleVector.fromArray(SPECIES, near, j);
            VectorMask<Double> nearer = d.lt(old);
            DoubleVector now = old.blend(d, nearer);
            now.intoArray(near, j);
            DoubleVector.fromArray(SPECIES, from, j).blend(rows, nearer).intoArray(from, j);
            low = low.blend(now, now.lt(low));
        }
        double least = low.reduceLanes(VectorOperators.MIN);
        for (; j < m; j++) {
            double d = base + (c[o + j] - v[j]);
            if (d < near[j]) {
                near[j] = d;
                from[j] = row;
            }
            least = near[j] < least ? near[j] : least;
        }
        return least;
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
}

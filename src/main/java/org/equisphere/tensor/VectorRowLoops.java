package org.equisphere.tensor;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link RowLoops} a vector at a time. */
final class VectorRowLoops extends RowLoops {

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;

    @Override
    double exponentials(float[] row, int n) {
        int end = Lanes.roundUp(n, L);
        Arrays.fill(row, n, end, Float.NEGATIVE_INFINITY);
        double sum = 0;
        for (int from = 0; from < end; from += Scratch.STRIP) {
            strip(row, from, Math.min(end, from + Scratch.STRIP), end);
            for (int lane = 0; lane < L; lane++) { // one by one: on JDK 25 the order of reduceLanes changes when a loop gets compiled
                sum += row[end + lane];
            }
        }
        return sum;
    }

    /**
     * As in {@link RowLoops}; 1.011 units in the last place off at most (every float tried). Constants are vectors before the loop: made inside, they
     * take two thirds of the time on JDK 17. The lanes' sums go to {@code sums} and behind.
     */
    private static void strip(float[] row, int from, int to, int sums) {
        FloatVector zero = FloatVector.zero(S);
        FloatVector infinity = FloatVector.broadcast(S, Float.POSITIVE_INFINITY);
        FloatVector least = FloatVector.broadcast(S, LEAST);
        FloatVector most = FloatVector.broadcast(S, MOST);
        FloatVector rounder = FloatVector.broadcast(S, ROUNDER);
        FloatVector perOctave = FloatVector.broadcast(S, PER_OCTAVE);
        FloatVector octave = FloatVector.broadcast(S, -LN2);
        FloatVector rest = FloatVector.broadcast(S, -LN2_REST);
        FloatVector c7 = FloatVector.broadcast(S, 1.9875691500e-4f);
        FloatVector c6 = FloatVector.broadcast(S, 1.3981999507e-3f);
        FloatVector c5 = FloatVector.broadcast(S, 8.3334519073e-3f);
        FloatVector c4 = FloatVector.broadcast(S, 4.1665795894e-2f);
        FloatVector c3 = FloatVector.broadcast(S, 1.6666665459e-1f);
        FloatVector c2 = FloatVector.broadcast(S, 5.0000001201e-1f);
        FloatVector one = FloatVector.broadcast(S, 1);
        FloatVector sum = zero;
        for (int j = from; j < to; j += L) {
            FloatVector x = FloatVector.fromArray(S, row, j);
            FloatVector shifted = x.fma(perOctave, rounder);
            FloatVector k = shifted.sub(rounder);
            FloatVector r = k.fma(rest, k.fma(octave, x));
            FloatVector p = r.fma(c7, c6).fma(r, c5).fma(r, c4).fma(r, c3).fma(r, c2).fma(r.mul(r), r).add(one);
            p = p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
            p = x.add(infinity).blend(p, x.compare(VectorOperators.LE, most)).blend(zero, x.compare(VectorOperators.LT, least));
            p.intoArray(row, j);
            sum = sum.add(p);
        }
        sum.intoArray(row, sums);
    }

    @Override
    void mask(float[] y, float[] row, int n) {
        FloatVector zero = FloatVector.zero(S);
        for (int j = 0; j < n; j += L) {
            zero.blend(FloatVector.fromArray(S, row, j), FloatVector.fromArray(S, y, j).compare(VectorOperators.GT, zero)).intoArray(row, j);
        }
    }

    @Override
    void maximum(float[] most, float[] x, int from, int n) {
        int j = 0;
        for (; j <= n - L; j += L) {
            FloatVector.fromArray(S, most, j).max(FloatVector.fromArray(S, x, from + j)).intoArray(most, j);
        }
        for (; j < n; j++) {
            most[j] = Math.max(most[j], x[from + j]);
        }
    }
}

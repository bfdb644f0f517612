package org.equisphere.tensor;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link RowLoops} a vector at a time. */
final class VectorRowLoops extends RowLoops {

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;
    /** Numbers that are added up in float. */
    private static final int STRIP = 1 << 10;
    /** Where the result leaves the normal numbers. */
    private static final float LEAST = -87.33f;
    private static final float MOST = 88.7228f;
    /** Added to a small number, it leaves the nearest integer in the last bits. */
    private static final float ROUNDER = 0x1.8p23f;
    /** ln 2 in two parts: products of the first with an exponent are exact. */
    private static final float LN2 = 0.693359375f;
    private static final float LN2_REST = -2.12194440e-4f;

    @Override
    double exponentials(float[] row, int n) {
        int end = Lanes.roundUp(n, L);
        Arrays.fill(row, n, end, Float.NEGATIVE_INFINITY);
        double sum = 0;
        for (int from = 0; from < end; from += STRIP) {
            sum += strip(row, from, Math.min(end, from + STRIP));
        }
        return sum;
    }

    /** exp(x) = 2^k exp(x - k ln 2) with the polynomial of Cephes' expf; at most 1 unit in the last place off; 0 in place of subnormal results. */
    private static float strip(float[] row, int from, int to) {
        FloatVector sum = FloatVector.zero(S);
        for (int j = from; j < to; j += L) {
            FloatVector x = FloatVector.fromArray(S, row, j);
            FloatVector shifted = x.mul((float) (1 / Math.log(2))).add(ROUNDER);
            FloatVector k = shifted.sub(ROUNDER);
            FloatVector r = k.fma(FloatVector.broadcast(S, -LN2_REST), k.fma(FloatVector.broadcast(S, -LN2), x));
            FloatVector p = r.fma(FloatVector.broadcast(S, 1.9875691500e-4f), FloatVector.broadcast(S, 1.3981999507e-3f));
            p = p.fma(r, FloatVector.broadcast(S, 8.3334519073e-3f));
            p = p.fma(r, FloatVector.broadcast(S, 4.1665795894e-2f));
            p = p.fma(r, FloatVector.broadcast(S, 1.6666665459e-1f));
            p = p.fma(r, FloatVector.broadcast(S, 5.0000001201e-1f));
            p = p.fma(r.mul(r), r).add(1);
            p = p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
            p = x.add(Float.POSITIVE_INFINITY).blend(p, x.compare(VectorOperators.LE, MOST));
            p = p.blend(0, x.compare(VectorOperators.LT, LEAST));
            p.intoArray(row, j);
            sum = sum.add(p);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    @Override
    void mask(float[] y, float[] row, int n) {
        FloatVector zero = FloatVector.zero(S);
        for (int j = 0; j < n; j += L) {
            zero.blend(FloatVector.fromArray(S, row, j), FloatVector.fromArray(S, y, j).compare(VectorOperators.GT, zero)).intoArray(row, j);
        }
    }

    @Override
    void maximum(float[] most, int at, float[] x, int from, int n) {
        int whole = n & -L;
        for (int j = 0; j < whole; j += L) {
            FloatVector.fromArray(S, most, at + j).max(FloatVector.fromArray(S, x, from + j)).intoArray(most, at + j);
        }
        super.maximum(most, at + whole, x, from + whole, n - whole);
    }
}

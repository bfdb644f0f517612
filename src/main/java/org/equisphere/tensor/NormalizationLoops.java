package org.equisphere.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of batch normalisation over rows of c channels, c a multiple of the lanes. Sums run in four vectors at a time, to hide the latency of
 * additions; what the four are is the caller's choice. Masks come from comparing numbers, never from a loop's end: masked loads
 * and stores are slow on JDK 17.
 */
final class NormalizationLoops {

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;
    /** Rows whose mean shifts a run. */
    private static final int SHIFT_ROWS = 8;

    private NormalizationLoops() {
    }

    /**
     * For the four vectors at x0 + i * gap + t * step: a shift k, and the sums over t of x - k and of (x - k)^2. The shift takes out most
     * of the mean: E[x^2] - E[x]^2 would cancel. It is the mean of the first few values, since one alone may lie far out.
     *
     * @param count at least 1
     * @param sums  k, the sum of x - k and that of (x - k)^2, overwritten: four vectors each
     */
    static void moments(float[] x, int x0, int gap, int step, int count, float[] sums) {
        FloatVector k0 = FloatVector.zero(S);
        FloatVector k1 = FloatVector.zero(S);
        FloatVector k2 = FloatVector.zero(S);
        FloatVector k3 = FloatVector.zero(S);
        int few = Math.min(SHIFT_ROWS, count);
        int at = x0;
        for (int t = 0; t < few; t++) {
            k0 = k0.add(FloatVector.fromArray(S, x, at));
            k1 = k1.add(FloatVector.fromArray(S, x, at + gap));
            k2 = k2.add(FloatVector.fromArray(S, x, at + 2 * gap));
            k3 = k3.add(FloatVector.fromArray(S, x, at + 3 * gap));
            at += step;
        }
        k0 = k0.mul(1f / few);
        k1 = k1.mul(1f / few);
        k2 = k2.mul(1f / few);
        k3 = k3.mul(1f / few);
        k0.intoArray(sums, 0);
        k1.intoArray(sums, L);
        k2.intoArray(sums, 2 * L);
        k3.intoArray(sums, 3 * L);
        FloatVector s0 = FloatVector.zero(S);
        FloatVector q0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        FloatVector q1 = FloatVector.zero(S);
        FloatVector s2 = FloatVector.zero(S);
        FloatVector q2 = FloatVector.zero(S);
        FloatVector s3 = FloatVector.zero(S);
        FloatVector q3 = FloatVector.zero(S);
        at = x0;
        for (int t = 0; t < count; t++) {
            FloatVector d0 = FloatVector.fromArray(S, x, at).sub(k0);
            s0 = s0.add(d0);
            q0 = d0.fma(d0, q0);
            FloatVector d1 = FloatVector.fromArray(S, x, at + gap).sub(k1);
            s1 = s1.add(d1);
            q1 = d1.fma(d1, q1);
            FloatVector d2 = FloatVector.fromArray(S, x, at + 2 * gap).sub(k2);
            s2 = s2.add(d2);
            q2 = d2.fma(d2, q2);
            FloatVector d3 = FloatVector.fromArray(S, x, at + 3 * gap).sub(k3);
            s3 = s3.add(d3);
            q3 = d3.fma(d3, q3);
            at += step;
        }
        s0.intoArray(sums, 4 * L);
        s1.intoArray(sums, 5 * L);
        s2.intoArray(sums, 6 * L);
        s3.intoArray(sums, 7 * L);
        q0.intoArray(sums, 8 * L);
        q1.intoArray(sums, 9 * L);
        q2.intoArray(sums, 10 * L);
        q3.intoArray(sums, 11 * L);
    }

    /**
     * For the four vectors as in {@link #moments}: the sums over t of g and of g * (x - mean), g being dy where y &gt; 0.
     *
     * @param mean four vectors
     * @param sums overwritten: sum of g, sum of g * (x - mean): four vectors each
     */
    static void maskedSums(float[] x, int x0, float[] y, int y0, float[] dy, int dy0, int gap, int step, int count, float[] mean, float[] sums) {
        FloatVector m0 = FloatVector.fromArray(S, mean, 0);
        FloatVector m1 = FloatVector.fromArray(S, mean, L);
        FloatVector m2 = FloatVector.fromArray(S, mean, 2 * L);
        FloatVector m3 = FloatVector.fromArray(S, mean, 3 * L);
        FloatVector s0 = FloatVector.zero(S);
        FloatVector q0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        FloatVector q1 = FloatVector.zero(S);
        FloatVector s2 = FloatVector.zero(S);
        FloatVector q2 = FloatVector.zero(S);
        FloatVector s3 = FloatVector.zero(S);
        FloatVector q3 = FloatVector.zero(S);
        FloatVector zero = FloatVector.zero(S);
        int at = 0;
        for (int t = 0; t < count; t++) {
            FloatVector g0 = FloatVector.fromArray(S, dy, dy0 + at);
            g0 = zero.blend(g0, FloatVector.fromArray(S, y, y0 + at).compare(VectorOperators.GT, zero));
            s0 = s0.add(g0);
            q0 = FloatVector.fromArray(S, x, x0 + at).sub(m0).fma(g0, q0);
            FloatVector g1 = FloatVector.fromArray(S, dy, dy0 + at + gap);
            g1 = zero.blend(g1, FloatVector.fromArray(S, y, y0 + at + gap).compare(VectorOperators.GT, zero));
            s1 = s1.add(g1);
            q1 = FloatVector.fromArray(S, x, x0 + at + gap).sub(m1).fma(g1, q1);
            FloatVector g2 = FloatVector.fromArray(S, dy, dy0 + at + 2 * gap);
            g2 = zero.blend(g2, FloatVector.fromArray(S, y, y0 + at + 2 * gap).compare(VectorOperators.GT, zero));
            s2 = s2.add(g2);
            q2 = FloatVector.fromArray(S, x, x0 + at + 2 * gap).sub(m2).fma(g2, q2);
            FloatVector g3 = FloatVector.fromArray(S, dy, dy0 + at + 3 * gap);
            g3 = zero.blend(g3, FloatVector.fromArray(S, y, y0 + at + 3 * gap).compare(VectorOperators.GT, zero));
            s3 = s3.add(g3);
            q3 = FloatVector.fromArray(S, x, x0 + at + 3 * gap).sub(m3).fma(g3, q3);
            at += step;
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, L);
        s2.intoArray(sums, 2 * L);
        s3.intoArray(sums, 3 * L);
        q0.intoArray(sums, 4 * L);
        q1.intoArray(sums, 5 * L);
        q2.intoArray(sums, 6 * L);
        q3.intoArray(sums, 7 * L);
    }

    /** {@link #maskedSums} with g = dy. */
    static void plainSums(float[] x, int x0, float[] dy, int dy0, int gap, int step, int count, float[] mean, float[] sums) {
        FloatVector m0 = FloatVector.fromArray(S, mean, 0);
        FloatVector m1 = FloatVector.fromArray(S, mean, L);
        FloatVector m2 = FloatVector.fromArray(S, mean, 2 * L);
        FloatVector m3 = FloatVector.fromArray(S, mean, 3 * L);
        FloatVector s0 = FloatVector.zero(S);
        FloatVector q0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        FloatVector q1 = FloatVector.zero(S);
        FloatVector s2 = FloatVector.zero(S);
        FloatVector q2 = FloatVector.zero(S);
        FloatVector s3 = FloatVector.zero(S);
        FloatVector q3 = FloatVector.zero(S);
        int at = 0;
        for (int t = 0; t < count; t++) {
            FloatVector g0 = FloatVector.fromArray(S, dy, dy0 + at);
            s0 = s0.add(g0);
            q0 = FloatVector.fromArray(S, x, x0 + at).sub(m0).fma(g0, q0);
            FloatVector g1 = FloatVector.fromArray(S, dy, dy0 + at + gap);
            s1 = s1.add(g1);
            q1 = FloatVector.fromArray(S, x, x0 + at + gap).sub(m1).fma(g1, q1);
            FloatVector g2 = FloatVector.fromArray(S, dy, dy0 + at + 2 * gap);
            s2 = s2.add(g2);
            q2 = FloatVector.fromArray(S, x, x0 + at + 2 * gap).sub(m2).fma(g2, q2);
            FloatVector g3 = FloatVector.fromArray(S, dy, dy0 + at + 3 * gap);
            s3 = s3.add(g3);
            q3 = FloatVector.fromArray(S, x, x0 + at + 3 * gap).sub(m3).fma(g3, q3);
            at += step;
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, L);
        s2.intoArray(sums, 2 * L);
        s3.intoArray(sums, 3 * L);
        q0.intoArray(sums, 4 * L);
        q1.intoArray(sums, 5 * L);
        q2.intoArray(sums, 6 * L);
        q3.intoArray(sums, 7 * L);
    }

    // Passes over count floats, whole rows. The coefficients k are four rows of channels.

    /**
     * y = max((x - k0 - k1) * k2 + k3, floor): k0 + k1 is the mean in two floats. By {@code max}, since {@link Lanes#atLeast} left vectors of this
     * loop on the heap in one JVM of three without AVX2.
     */
    static void affine(float[] x, int x0, float floor, float[] y, int y0, int count, int channels, float[] k) {
        FloatVector low = FloatVector.broadcast(S, floor);
        int j = 0;
        for (int i = 0; i < count; i += L) {
            FloatVector d = FloatVector.fromArray(S, x, x0 + i).sub(FloatVector.fromArray(S, k, j)).sub(FloatVector.fromArray(S, k, channels + j));
            FloatVector v = d.fma(FloatVector.fromArray(S, k, 2 * channels + j), FloatVector.fromArray(S, k, 3 * channels + j));
            v.max(low).intoArray(y, y0 + i);
            j = j + L == channels ? 0 : j + L;
        }
    }

    /** y = max((x - k0 - k1) * k2 + k3 + r, floor). */
    static void affineAdd(float[] x, int x0, float[] r, int r0, float floor, float[] y, int y0, int count, int channels, float[] k) {
        FloatVector low = FloatVector.broadcast(S, floor);
        int j = 0;
        for (int i = 0; i < count; i += L) {
            FloatVector d = FloatVector.fromArray(S, x, x0 + i).sub(FloatVector.fromArray(S, k, j)).sub(FloatVector.fromArray(S, k, channels + j));
            FloatVector v = d.fma(FloatVector.fromArray(S, k, 2 * channels + j), FloatVector.fromArray(S, k, 3 * channels + j));
            v.add(FloatVector.fromArray(S, r, r0 + i)).max(low).intoArray(y, y0 + i);
            j = j + L == channels ? 0 : j + L;
        }
    }

    /** dx = k2 * g + k1 * (x - k0) + k3, g being dy where y &gt; 0. */
    static void maskedGradient(float[] x, int x0, float[] y, int y0, float[] dy, int dy0, float[] dx, int dx0, int count, int channels, float[] k) {
        FloatVector zero = FloatVector.zero(S);
        int j = 0;
        for (int i = 0; i < count; i += L) {
            FloatVector g = zero.blend(FloatVector.fromArray(S, dy, dy0 + i), FloatVector.fromArray(S, y, y0 + i).compare(VectorOperators.GT, zero));
            FloatVector d = FloatVector.fromArray(S, x, x0 + i).sub(FloatVector.fromArray(S, k, j));
            FloatVector v = d.fma(FloatVector.fromArray(S, k, channels + j), FloatVector.fromArray(S, k, 3 * channels + j));
            g.fma(FloatVector.fromArray(S, k, 2 * channels + j), v).intoArray(dx, dx0 + i);
            j = j + L == channels ? 0 : j + L;
        }
    }

    /** {@link #maskedGradient}, and dr = g. */
    static void maskedGradients(float[] x, int x0, float[] y, int y0, float[] dy, int dy0, float[] dx, int dx0, float[] dr, int dr0, int count,
                                int channels, float[] k) {
        FloatVector zero = FloatVector.zero(S);
        int j = 0;
        for (int i = 0; i < count; i += L) {
            FloatVector g = zero.blend(FloatVector.fromArray(S, dy, dy0 + i), FloatVector.fromArray(S, y, y0 + i).compare(VectorOperators.GT, zero));
            FloatVector d = FloatVector.fromArray(S, x, x0 + i).sub(FloatVector.fromArray(S, k, j));
            FloatVector v = d.fma(FloatVector.fromArray(S, k, channels + j), FloatVector.fromArray(S, k, 3 * channels + j));
            g.intoArray(dr, dr0 + i);
            g.fma(FloatVector.fromArray(S, k, 2 * channels + j), v).intoArray(dx, dx0 + i);
            j = j + L == channels ? 0 : j + L;
        }
    }

    /** {@link #maskedGradient} with g = dy. */
    static void plainGradient(float[] x, int x0, float[] dy, int dy0, float[] dx, int dx0, int count, int channels, float[] k) {
        int j = 0;
        for (int i = 0; i < count; i += L) {
            FloatVector d = FloatVector.fromArray(S, x, x0 + i).sub(FloatVector.fromArray(S, k, j));
            FloatVector v = d.fma(FloatVector.fromArray(S, k, channels + j), FloatVector.fromArray(S, k, 3 * channels + j));
            FloatVector.fromArray(S, dy, dy0 + i).fma(FloatVector.fromArray(S, k, 2 * channels + j), v).intoArray(dx, dx0 + i);
            j = j + L == channels ? 0 : j + L;
        }
    }

    /** to += from where y &gt; 0. */
    static void maskedAdd(float[] y, int y0, float[] from, int from0, float[] to, int to0, int count) {
        FloatVector zero = FloatVector.zero(S);
        for (int i = 0; i < count; i += L) {
            FloatVector g = FloatVector.fromArray(S, from, from0 + i);
            FloatVector t = FloatVector.fromArray(S, to, to0 + i);
            t.add(zero.blend(g, FloatVector.fromArray(S, y, y0 + i).compare(VectorOperators.GT, zero))).intoArray(to, to0 + i);
        }
    }
}

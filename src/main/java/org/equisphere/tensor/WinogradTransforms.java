package org.equisphere.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transforms of Winograd's convolution F(4x4, 3x3) after Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016), section 4.3:
 * for a tile d of 6x6 inputs and a kernel g of 3x3, the 4x4 outputs are A^T [(G g G^T) * (B^T d B)] A, 36 products where the definition
 * takes 144. Every transform is taken in one direction at a time. Vectors run over channels, whose number is a multiple of the lanes.
 *
 * <p>The polynomials are evaluated at 0, +-a, +-b and infinity. Lavin and Gray's a = 1, b = 2 gives errors up to 1.8 times the contract's tolerance
 * in the corners of images; a = 11/16, b = 3/2 was the best of 36 pairs of short fractions, and all constants of A and B are exact.
 */
final class WinogradTransforms {

    /** Positions from tile to tile: a tile's outputs in one direction. */
    static final int STRIDE = 4;
    /** A tile's inputs, and products, in one direction. */
    static final int SIDE = 6;
    /** The elements of a transformed tile; element (i, j) is plane SIDE i + j. */
    static final int PLANES = SIDE * SIDE;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;

    private static final float A = 11 / 16f;
    private static final float B = 3 / 2f;
    private static final float AA = A * A;
    private static final float BB = B * B;
    private static final float AAA = A * A * A;
    private static final float BBB = B * B * B;
    private static final float AABB = AA * BB;
    /** One over the product of a point's differences from the other points: the same for a and -a, for b and -b. */
    private static final float NEAR_A = (float) (1 / (2.0 * AA * (AA - BB)));
    private static final float NEAR_B = (float) (1 / (2.0 * BB * (BB - AA)));
    private static final float NEAR_0 = (float) (1 / (double) AABB);

    private WinogradTransforms() {
    }

    /** B^T d down the columns of six image rows: six rows, {@code step} apart. */
    static void inputColumns(float[] r0, int i0, float[] r1, int i1, float[] r2, int i2, float[] r3, int i3, float[] r4, int i4, float[] r5, int i5,
                             int count, float[] to, int at, int step) {
        for (int i = 0; i < count; i += L) {
            FloatVector x0 = FloatVector.fromArray(S, r0, i0 + i);
            FloatVector x1 = FloatVector.fromArray(S, r1, i1 + i);
            FloatVector x2 = FloatVector.fromArray(S, r2, i2 + i);
            FloatVector x3 = FloatVector.fromArray(S, r3, i3 + i);
            FloatVector x4 = FloatVector.fromArray(S, r4, i4 + i);
            FloatVector x5 = FloatVector.fromArray(S, r5, i5 + i);
            FloatVector even = x2.fma(FloatVector.broadcast(S, -BB), x4);
            FloatVector odd = x1.fma(FloatVector.broadcast(S, -BB), x3);
            odd.fma(FloatVector.broadcast(S, A), even).intoArray(to, at + step + i);
            odd.fma(FloatVector.broadcast(S, -A), even).intoArray(to, at + 2 * step + i);
            even = x2.fma(FloatVector.broadcast(S, -AA), x4);
            odd = x1.fma(FloatVector.broadcast(S, -AA), x3);
            odd.fma(FloatVector.broadcast(S, B), even).intoArray(to, at + 3 * step + i);
            odd.fma(FloatVector.broadcast(S, -B), even).intoArray(to, at + 4 * step + i);
            x0.fma(FloatVector.broadcast(S, AABB), x2.fma(FloatVector.broadcast(S, -AA - BB), x4)).intoArray(to, at + i);
            x1.fma(FloatVector.broadcast(S, AABB), x3.fma(FloatVector.broadcast(S, -AA - BB), x5)).intoArray(to, at + 5 * step + i);
        }
    }

    /**
     * (B^T d) B along one row of what {@link #inputColumns} gives, [column][channel], tile after tile: six planes of [tile][channel], {@code step}
     * floats apart.
     */
    static void inputRow(float[] from, int f0, int channels, int tiles, float[] to, int at, int step) {
        int j = f0;
        int left = channels;
        for (int i = at; i < at + tiles * channels; i += L) {
            FloatVector x0 = FloatVector.fromArray(S, from, j);
            FloatVector x1 = FloatVector.fromArray(S, from, j + channels);
            FloatVector x2 = FloatVector.fromArray(S, from, j + 2 * channels);
            FloatVector x3 = FloatVector.fromArray(S, from, j + 3 * channels);
            FloatVector x4 = FloatVector.fromArray(S, from, j + 4 * channels);
            FloatVector x5 = FloatVector.fromArray(S, from, j + 5 * channels);
            FloatVector even = x2.fma(FloatVector.broadcast(S, -BB), x4);
            FloatVector odd = x1.fma(FloatVector.broadcast(S, -BB), x3);
            odd.fma(FloatVector.broadcast(S, A), even).intoArray(to, i + step);
            odd.fma(FloatVector.broadcast(S, -A), even).intoArray(to, i + 2 * step);
            even = x2.fma(FloatVector.broadcast(S, -AA), x4);
            odd = x1.fma(FloatVector.broadcast(S, -AA), x3);
            odd.fma(FloatVector.broadcast(S, B), even).intoArray(to, i + 3 * step);
            odd.fma(FloatVector.broadcast(S, -B), even).intoArray(to, i + 4 * step);
            x0.fma(FloatVector.broadcast(S, AABB), x2.fma(FloatVector.broadcast(S, -AA - BB), x4)).intoArray(to, i);
            x1.fma(FloatVector.broadcast(S, AABB), x3.fma(FloatVector.broadcast(S, -AA - BB), x5)).intoArray(to, i + 5 * step);
            j += L;
            left -= L;
            if (left == 0) {
                left = channels;
                j += (STRIDE - 1) * channels;
            }
        }
    }

    /** A^T m down the columns, in place: the first four of six planes that lie {@code step} floats apart. */
    static void outputColumns(float[] m, int m0, int step, int count) {
        for (int i = m0; i < m0 + count; i += L) {
            FloatVector m1 = FloatVector.fromArray(S, m, i + step);
            FloatVector m2 = FloatVector.fromArray(S, m, i + 2 * step);
            FloatVector m3 = FloatVector.fromArray(S, m, i + 3 * step);
            FloatVector m4 = FloatVector.fromArray(S, m, i + 4 * step);
            FloatVector p = m1.add(m2);
            FloatVector q = m1.sub(m2);
            FloatVector r = m3.add(m4);
            FloatVector t = m3.sub(m4);
            FloatVector.fromArray(S, m, i).add(p.add(r)).intoArray(m, i);
            q.fma(FloatVector.broadcast(S, A), t.mul(B)).intoArray(m, i + step);
            p.fma(FloatVector.broadcast(S, AA), r.mul(BB)).intoArray(m, i + 2 * step);
            q.fma(FloatVector.broadcast(S, AAA), t.mul(BBB)).add(FloatVector.fromArray(S, m, i + 5 * step)).intoArray(m, i + 3 * step);
        }
    }

    /**
     * y = max((A^T m) A + bias + added, floor) for one row of outputs of a row of tiles, in the channels from {@code first} up to {@code end}.
     *
     * <p>No vector depends on a branch: where it did, C2 of JDK 17 boxed it in two runs of three, which took four times as long.
     *
     * @param m        six planes of [tile][mChannels], {@code step} floats apart, each channel {@code first} first
     * @param channels floats from position to position of y
     * @param aStep    those of {@code added}, or 0: the same vector everywhere
     */
    static void outputRow(float[] m, int m0, int step, int mChannels, int tiles, int first, int end, float[] bias, float[] added, int a0, int aStep,
                          float floor, float[] y, int y0, int channels) {
        FloatVector low = FloatVector.broadcast(S, floor);
        int some = end - first;
        int next = Math.min(aStep, L);
        int skip = aStep == 0 ? 0 : STRIDE * aStep - some;
        int i = m0;
        int a = aStep == 0 ? a0 : a0 + first;
        int at = y0 + first;
        int c = first;
        for (int n = 0; n < tiles * some; n += L) {
            FloatVector m1 = FloatVector.fromArray(S, m, i + step);
            FloatVector m2 = FloatVector.fromArray(S, m, i + 2 * step);
            FloatVector m3 = FloatVector.fromArray(S, m, i + 3 * step);
            FloatVector m4 = FloatVector.fromArray(S, m, i + 4 * step);
            FloatVector p = m1.add(m2);
            FloatVector q = m1.sub(m2);
            FloatVector r = m3.add(m4);
            FloatVector t = m3.sub(m4);
            FloatVector b = FloatVector.fromArray(S, bias, c);
            FloatVector v0 = FloatVector.fromArray(S, m, i).add(p.add(r)).add(b).add(FloatVector.fromArray(S, added, a));
            FloatVector v1 = q.fma(FloatVector.broadcast(S, A), t.mul(B)).add(b).add(FloatVector.fromArray(S, added, a + aStep));
            FloatVector v2 = p.fma(FloatVector.broadcast(S, AA), r.mul(BB)).add(b).add(FloatVector.fromArray(S, added, a + 2 * aStep));
            FloatVector v3 = q.fma(FloatVector.broadcast(S, AAA), t.mul(BBB)).add(FloatVector.fromArray(S, m, i + 5 * step)).add(b)
                    .add(FloatVector.fromArray(S, added, a + 3 * aStep));
            Lanes.atLeast(v0, low).intoArray(y, at);
            Lanes.atLeast(v1, low).intoArray(y, at + channels);
            Lanes.atLeast(v2, low).intoArray(y, at + 2 * channels);
            Lanes.atLeast(v3, low).intoArray(y, at + 3 * channels);
            i += L;
            a += next;
            at += L;
            c += L;
            if (c == end) {
                c = first;
                a += skip;
                at += STRIDE * channels - some;
                i += mChannels - some;
            }
        }
    }

    /** y = max(x + added, floor) for {@code count} floats; {@code added} as in {@link #outputRow}. */
    static void place(float[] x, int x0, float[] added, int a0, int aStep, float floor, float[] y, int y0, int count) {
        FloatVector low = FloatVector.broadcast(S, floor);
        int next = Math.min(aStep, L);
        int a = a0;
        for (int i = 0; i < count; i += L) {
            Lanes.atLeast(FloatVector.fromArray(S, x, x0 + i).add(FloatVector.fromArray(S, added, a)), low).intoArray(y, y0 + i);
            a += next;
        }
    }

    /**
     * G g for {@code count} floats in runs of {@code run}: three rows, {@code gStep} apart, become six, {@code step} apart.
     *
     * @param gSkip floats between two runs of g
     * @param skip  floats between two runs of u
     */
    static void kernel(float[] g, int g0, int gStep, int gSkip, int run, int count, float[] u, int u0, int step, int skip) {
        int j = g0;
        int i = u0;
        int left = run;
        for (int n = 0; n < count; n += L) {
            FloatVector x0 = FloatVector.fromArray(S, g, j);
            FloatVector x1 = FloatVector.fromArray(S, g, j + gStep);
            FloatVector x2 = FloatVector.fromArray(S, g, j + 2 * gStep);
            x0.mul(NEAR_0).intoArray(u, i);
            FloatVector even = x0.fma(FloatVector.broadcast(S, NEAR_A), x2.mul(NEAR_A * AA));
            x1.fma(FloatVector.broadcast(S, NEAR_A * A), even).intoArray(u, i + step);
            x1.fma(FloatVector.broadcast(S, -NEAR_A * A), even).intoArray(u, i + 2 * step);
            even = x0.fma(FloatVector.broadcast(S, NEAR_B), x2.mul(NEAR_B * BB));
            x1.fma(FloatVector.broadcast(S, NEAR_B * B), even).intoArray(u, i + 3 * step);
            x1.fma(FloatVector.broadcast(S, -NEAR_B * B), even).intoArray(u, i + 4 * step);
            x2.intoArray(u, i + 5 * step);
            j += L;
            i += L;
            left -= L;
            if (left == 0) {
                left = run;
                j += gSkip;
                i += skip;
            }
        }
    }

    /** A dy down the columns of four rows of the output's gradient: six rows, {@code step} apart. */
    static void upperColumns(float[] r0, int i0, float[] r1, int i1, float[] r2, int i2,
                             float[] r3, int i3, int count, float[] to, int at, int step) {
        for (int i = 0; i < count; i += L) {
            FloatVector y0 = FloatVector.fromArray(S, r0, i0 + i);
            FloatVector y1 = FloatVector.fromArray(S, r1, i1 + i);
            FloatVector y2 = FloatVector.fromArray(S, r2, i2 + i);
            FloatVector y3 = FloatVector.fromArray(S, r3, i3 + i);
            y0.intoArray(to, at + i);
            FloatVector even = y2.fma(FloatVector.broadcast(S, AA), y0);
            FloatVector odd = y3.fma(FloatVector.broadcast(S, AA), y1);
            odd.fma(FloatVector.broadcast(S, A), even).intoArray(to, at + step + i);
            odd.fma(FloatVector.broadcast(S, -A), even).intoArray(to, at + 2 * step + i);
            even = y2.fma(FloatVector.broadcast(S, BB), y0);
            odd = y3.fma(FloatVector.broadcast(S, BB), y1);
            odd.fma(FloatVector.broadcast(S, B), even).intoArray(to, at + 3 * step + i);
            odd.fma(FloatVector.broadcast(S, -B), even).intoArray(to, at + 4 * step + i);
            y3.intoArray(to, at + 5 * step + i);
        }
    }

    /** (A dy) A^T along one row of what {@link #upperColumns} gives, as {@link #inputRow}; planes of [tile][toChannels]. */
    static void upperRow(float[] from, int f0, int channels, int tiles, float[] to, int at, int toChannels, int step) {
        int i = at;
        int j = f0;
        int left = channels;
        for (int n = 0; n < tiles * channels; n += L) {
            FloatVector y0 = FloatVector.fromArray(S, from, j);
            FloatVector y1 = FloatVector.fromArray(S, from, j + channels);
            FloatVector y2 = FloatVector.fromArray(S, from, j + 2 * channels);
            FloatVector y3 = FloatVector.fromArray(S, from, j + 3 * channels);
            y0.intoArray(to, i);
            FloatVector even = y2.fma(FloatVector.broadcast(S, AA), y0);
            FloatVector odd = y3.fma(FloatVector.broadcast(S, AA), y1);
            odd.fma(FloatVector.broadcast(S, A), even).intoArray(to, i + step);
            odd.fma(FloatVector.broadcast(S, -A), even).intoArray(to, i + 2 * step);
            even = y2.fma(FloatVector.broadcast(S, BB), y0);
            odd = y3.fma(FloatVector.broadcast(S, BB), y1);
            odd.fma(FloatVector.broadcast(S, B), even).intoArray(to, i + 3 * step);
            odd.fma(FloatVector.broadcast(S, -B), even).intoArray(to, i + 4 * step);
            y3.intoArray(to, i + 5 * step);
            i += L;
            j += L;
            left -= L;
            if (left == 0) {
                left = channels;
                j += (STRIDE - 1) * channels;
                i += toChannels - channels;
            }
        }
    }

    /** G^T u: six rows of {@code count} floats, {@code step} apart, become three, {@code gStep} apart. */
    static void gradient(float[] u, int u0, int step, int count, float[] g, int g0, int gStep) {
        for (int i = 0; i < count; i += L) {
            FloatVector u1 = FloatVector.fromArray(S, u, u0 + i + step);
            FloatVector u2 = FloatVector.fromArray(S, u, u0 + i + 2 * step);
            FloatVector u3 = FloatVector.fromArray(S, u, u0 + i + 3 * step);
            FloatVector u4 = FloatVector.fromArray(S, u, u0 + i + 4 * step);
            FloatVector p = u1.add(u2).mul(NEAR_A);
            FloatVector r = u3.add(u4).mul(NEAR_B);
            FloatVector.fromArray(S, u, u0 + i).mul(NEAR_0).add(p.add(r)).intoArray(g, g0 + i);
            u1.sub(u2).mul(NEAR_A * A).add(u3.sub(u4).mul(NEAR_B * B)).intoArray(g, g0 + i + gStep);
            p.mul(AA).add(r.mul(BB)).add(FloatVector.fromArray(S, u, u0 + i + 5 * step)).intoArray(g, g0 + i + 2 * gStep);
        }
    }
}

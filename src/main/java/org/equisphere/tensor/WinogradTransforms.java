package org.equisphere.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transforms of Winograd's convolution F(2x2, 3x3) after Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016), section 4.1:
 * for a tile d of 4x4 inputs and a kernel g of 3x3, the 2x2 outputs are A^T [(G g G^T) * (B^T d B)] A, 16 products where the definition
 * takes 36. Element (i, j) of a transformed tile is plane 4 i + j; the planes lie {@code step} floats apart. Vectors run over channels, whose
 * number is a multiple of the lanes.
 */
final class WinogradTransforms {

    /** The elements of a transformed tile. */
    static final int PLANES = 16;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;

    private WinogradTransforms() {
    }

    /** B^T d for every column of four image rows: four rows, {@code step} apart. */
    static void columns(float[] a, int a0, float[] b, int b0, float[] c, int c0, float[] d, int d0, int count, float[] to, int at, int step) {
        for (int i = 0; i < count; i += L) {
            FloatVector x0 = FloatVector.fromArray(S, a, a0 + i);
            FloatVector x1 = FloatVector.fromArray(S, b, b0 + i);
            FloatVector x2 = FloatVector.fromArray(S, c, c0 + i);
            FloatVector x3 = FloatVector.fromArray(S, d, d0 + i);
            x0.sub(x2).intoArray(to, at + i);
            x1.add(x2).intoArray(to, at + step + i);
            x2.sub(x1).intoArray(to, at + 2 * step + i);
            x1.sub(x3).intoArray(to, at + 3 * step + i);
        }
    }

    /** (B^T d) B for one row of what {@link #columns} gives, [column][channel], tile after tile two columns apart: four planes of [tile][channel]. */
    static void rows(float[] from, int f0, int channels, int tiles, float[] to, int at, int step) {
        int j = f0;
        int left = channels;
        for (int i = at; i < at + tiles * channels; i += L) {
            FloatVector x0 = FloatVector.fromArray(S, from, j);
            FloatVector x1 = FloatVector.fromArray(S, from, j + channels);
            FloatVector x2 = FloatVector.fromArray(S, from, j + 2 * channels);
            FloatVector x3 = FloatVector.fromArray(S, from, j + 3 * channels);
            x0.sub(x2).intoArray(to, i);
            x1.add(x2).intoArray(to, i + step);
            x2.sub(x1).intoArray(to, i + 2 * step);
            x1.sub(x3).intoArray(to, i + 3 * step);
            j += L;
            left -= L;
            if (left == 0) {
                left = channels;
                j += channels;
            }
        }
    }

    /**
     * y = A^T m A, plus bias, plus residual, for a row of tiles.
     *
     * @param m          planes of [tile][mChannels]
     * @param residual   of y's layout, at r0; or null
     * @param rowStep    floats between two rows of y
     * @param twoColumns whether the tiles' second column is inside the image
     * @param twoRows    and the second row
     */
    static void output(float[] m, int m0, int step, int mChannels, int tiles, int channels, float[] bias, float[] residual, int r0,
                       boolean relu, float[] y, int y0, int rowStep, boolean twoColumns, boolean twoRows) {
        int from = m0;
        int at = 0;
        int c = 0;
        for (int i = 0; i < tiles * channels; i += L) {
            FloatVector k0 = FloatVector.fromArray(S, m, from);
            FloatVector k1 = FloatVector.fromArray(S, m, from + step);
            FloatVector k2 = FloatVector.fromArray(S, m, from + 2 * step);
            FloatVector k3 = FloatVector.fromArray(S, m, from + 3 * step);
            FloatVector p0 = k0.add(k1).add(k2);
            FloatVector q0 = k1.sub(k2).sub(k3);
            k0 = FloatVector.fromArray(S, m, from + 4 * step);
            k1 = FloatVector.fromArray(S, m, from + 5 * step);
            k2 = FloatVector.fromArray(S, m, from + 6 * step);
            k3 = FloatVector.fromArray(S, m, from + 7 * step);
            FloatVector p1 = k0.add(k1).add(k2);
            FloatVector q1 = k1.sub(k2).sub(k3);
            k0 = FloatVector.fromArray(S, m, from + 8 * step);
            k1 = FloatVector.fromArray(S, m, from + 9 * step);
            k2 = FloatVector.fromArray(S, m, from + 10 * step);
            k3 = FloatVector.fromArray(S, m, from + 11 * step);
            FloatVector p2 = k0.add(k1).add(k2);
            FloatVector q2 = k1.sub(k2).sub(k3);
            k0 = FloatVector.fromArray(S, m, from + 12 * step);
            k1 = FloatVector.fromArray(S, m, from + 13 * step);
            k2 = FloatVector.fromArray(S, m, from + 14 * step);
            k3 = FloatVector.fromArray(S, m, from + 15 * step);
            FloatVector b = FloatVector.fromArray(S, bias, c);
            FloatVector y00 = p0.add(p1).add(p2).add(b);
            FloatVector y01 = q0.add(q1).add(q2).add(b);
            FloatVector y10 = p1.sub(p2).sub(k0.add(k1).add(k2)).add(b);
            FloatVector y11 = q1.sub(q2).sub(k1.sub(k2).sub(k3)).add(b);
            if (residual != null) {
                y00 = y00.add(FloatVector.fromArray(S, residual, r0 + at));
                if (twoColumns) {
                    y01 = y01.add(FloatVector.fromArray(S, residual, r0 + at + channels));
                }
                if (twoRows) {
                    y10 = y10.add(FloatVector.fromArray(S, residual, r0 + at + rowStep));
                    if (twoColumns) {
                        y11 = y11.add(FloatVector.fromArray(S, residual, r0 + at + rowStep + channels));
                    }
                }
            }
            if (relu) {
                y00 = y00.max(0);
                y01 = y01.max(0);
                y10 = y10.max(0);
                y11 = y11.max(0);
            }
            y00.intoArray(y, y0 + at);
            if (twoColumns) {
                y01.intoArray(y, y0 + at + channels);
            }
            if (twoRows) {
                y10.intoArray(y, y0 + at + rowStep);
                if (twoColumns) {
                    y11.intoArray(y, y0 + at + rowStep + channels);
                }
            }
            from += L;
            at += L;
            c += L;
            if (c == channels) {
                c = 0;
                at += channels;
                from += mChannels - channels;
            }
        }
    }

    /** G g G^T for a vector of out channels; the taps of g lie {@code tapStep} apart. */
    static void weights(float[] g, int g0, int tapStep, float[] u, int u0, int step) {
        FloatVector a0 = FloatVector.fromArray(S, g, g0);
        FloatVector a3 = FloatVector.fromArray(S, g, g0 + 2 * tapStep);
        FloatVector a1 = a0.add(a3).mul(0.5f);
        FloatVector ah = FloatVector.fromArray(S, g, g0 + tapStep).mul(0.5f);
        FloatVector a2 = a1.sub(ah);
        a1 = a1.add(ah);
        FloatVector b0 = FloatVector.fromArray(S, g, g0 + 3 * tapStep);
        FloatVector b3 = FloatVector.fromArray(S, g, g0 + 5 * tapStep);
        FloatVector b1 = b0.add(b3).mul(0.5f);
        FloatVector bh = FloatVector.fromArray(S, g, g0 + 4 * tapStep).mul(0.5f);
        FloatVector b2 = b1.sub(bh);
        b1 = b1.add(bh);
        FloatVector c0 = FloatVector.fromArray(S, g, g0 + 6 * tapStep);
        FloatVector c3 = FloatVector.fromArray(S, g, g0 + 8 * tapStep);
        FloatVector c1 = c0.add(c3).mul(0.5f);
        FloatVector ch = FloatVector.fromArray(S, g, g0 + 7 * tapStep).mul(0.5f);
        FloatVector c2 = c1.sub(ch);
        c1 = c1.add(ch);
        a0.intoArray(u, u0);
        c0.intoArray(u, u0 + 12 * step);
        a0 = a0.add(c0).mul(0.5f);
        b0 = b0.mul(0.5f);
        a0.add(b0).intoArray(u, u0 + 4 * step);
        a0.sub(b0).intoArray(u, u0 + 8 * step);
        a1.intoArray(u, u0 + step);
        c1.intoArray(u, u0 + 13 * step);
        a1 = a1.add(c1).mul(0.5f);
        b1 = b1.mul(0.5f);
        a1.add(b1).intoArray(u, u0 + 5 * step);
        a1.sub(b1).intoArray(u, u0 + 9 * step);
        a2.intoArray(u, u0 + 2 * step);
        c2.intoArray(u, u0 + 14 * step);
        a2 = a2.add(c2).mul(0.5f);
        b2 = b2.mul(0.5f);
        a2.add(b2).intoArray(u, u0 + 6 * step);
        a2.sub(b2).intoArray(u, u0 + 10 * step);
        a3.intoArray(u, u0 + 3 * step);
        c3.intoArray(u, u0 + 15 * step);
        a3 = a3.add(c3).mul(0.5f);
        b3 = b3.mul(0.5f);
        a3.add(b3).intoArray(u, u0 + 7 * step);
        a3.sub(b3).intoArray(u, u0 + 11 * step);
    }

    /**
     * A dy A^T for a row of tiles of the output's gradient, but for the signs of the last row and column of a tile, which {@link #gradient} knows.
     *
     * @param to planes of [tile][toChannels]
     */
    static void upper(float[] dy, int y0, int rowStep, int tiles, int channels, boolean twoColumns, boolean twoRows, float[] to, int t0,
                      int toChannels, int step) {
        FloatVector zero = FloatVector.zero(S);
        int at = y0;
        int i = t0;
        int left = channels;
        for (int n = 0; n < tiles * channels; n += L) {
            FloatVector y00 = FloatVector.fromArray(S, dy, at);
            FloatVector y01 = twoColumns ? FloatVector.fromArray(S, dy, at + channels) : zero;
            FloatVector y10 = twoRows ? FloatVector.fromArray(S, dy, at + rowStep) : zero;
            FloatVector y11 = twoRows && twoColumns ? FloatVector.fromArray(S, dy, at + rowStep + channels) : zero;
            y00.intoArray(to, i);
            y00.add(y01).intoArray(to, i + step);
            y00.sub(y01).intoArray(to, i + 2 * step);
            y01.intoArray(to, i + 3 * step);
            FloatVector p = y00.add(y10);
            FloatVector q = y01.add(y11);
            p.intoArray(to, i + 4 * step);
            p.add(q).intoArray(to, i + 5 * step);
            p.sub(q).intoArray(to, i + 6 * step);
            q.intoArray(to, i + 7 * step);
            p = y00.sub(y10);
            q = y01.sub(y11);
            p.intoArray(to, i + 8 * step);
            p.add(q).intoArray(to, i + 9 * step);
            p.sub(q).intoArray(to, i + 10 * step);
            q.intoArray(to, i + 11 * step);
            y10.intoArray(to, i + 12 * step);
            y10.add(y11).intoArray(to, i + 13 * step);
            y10.sub(y11).intoArray(to, i + 14 * step);
            y11.intoArray(to, i + 15 * step);
            i += L;
            at += L;
            left -= L;
            if (left == 0) {
                left = channels;
                at += channels;
                i += toChannels - channels;
            }
        }
    }

    /** G^T u G for a vector of out channels, with the signs that {@link #upper} left out; the taps of g lie {@code tapStep} apart. */
    static void gradient(float[] u, int u0, int step, float[] g, int g0, int tapStep) {
        FloatVector a0 = FloatVector.fromArray(S, u, u0);
        FloatVector a1 = FloatVector.fromArray(S, u, u0 + step);
        FloatVector a2 = FloatVector.fromArray(S, u, u0 + 2 * step);
        FloatVector ah = a1.add(a2).mul(0.5f);
        a0 = a0.add(ah);
        a1 = a1.sub(a2).mul(0.5f);
        a2 = ah.sub(FloatVector.fromArray(S, u, u0 + 3 * step));
        FloatVector b0 = FloatVector.fromArray(S, u, u0 + 4 * step);
        FloatVector b1 = FloatVector.fromArray(S, u, u0 + 5 * step);
        FloatVector b2 = FloatVector.fromArray(S, u, u0 + 6 * step);
        FloatVector bh = b1.add(b2).mul(0.5f);
        b0 = b0.add(bh);
        b1 = b1.sub(b2).mul(0.5f);
        b2 = bh.sub(FloatVector.fromArray(S, u, u0 + 7 * step));
        FloatVector c0 = FloatVector.fromArray(S, u, u0 + 8 * step);
        FloatVector c1 = FloatVector.fromArray(S, u, u0 + 9 * step);
        FloatVector c2 = FloatVector.fromArray(S, u, u0 + 10 * step);
        FloatVector ch = c1.add(c2).mul(0.5f);
        c0 = c0.add(ch);
        c1 = c1.sub(c2).mul(0.5f);
        c2 = ch.sub(FloatVector.fromArray(S, u, u0 + 11 * step));
        FloatVector d0 = FloatVector.fromArray(S, u, u0 + 12 * step);
        FloatVector d1 = FloatVector.fromArray(S, u, u0 + 13 * step);
        FloatVector d2 = FloatVector.fromArray(S, u, u0 + 14 * step);
        FloatVector dh = d1.add(d2).mul(0.5f);
        d0 = d0.add(dh);
        d1 = d1.sub(d2).mul(0.5f);
        d2 = dh.sub(FloatVector.fromArray(S, u, u0 + 15 * step));
        ah = b0.add(c0).mul(0.5f);
        a0.add(ah).intoArray(g, g0);
        b0.sub(c0).mul(0.5f).intoArray(g, g0 + 3 * tapStep);
        ah.sub(d0).intoArray(g, g0 + 6 * tapStep);
        ah = b1.add(c1).mul(0.5f);
        a1.add(ah).intoArray(g, g0 + tapStep);
        b1.sub(c1).mul(0.5f).intoArray(g, g0 + 4 * tapStep);
        ah.sub(d1).intoArray(g, g0 + 7 * tapStep);
        ah = b2.add(c2).mul(0.5f);
        a2.add(ah).intoArray(g, g0 + 2 * tapStep);
        b2.sub(c2).mul(0.5f).intoArray(g, g0 + 5 * tapStep);
        ah.sub(d2).intoArray(g, g0 + 8 * tapStep);
    }
}

package org.equisphere.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tiles of matrix products: for 6 rows of x and V vectors of columns,
 * out[p, :] = start[p, :] + sum over t of x(p, t) * w[w0 + t * V * lanes + :]. {@code start} may be {@code out}. 24 sums, 4 vectors of w and one number of x
 * leave 3 of 32 registers free; narrow tiles are for the last columns, and for 16 registers.
 *
 * <p>The sums begin at zero and start is added last: the reads of start, which may lie far, are then under way beside the next tile's products (2 to 6 %
 * of a large product).
 *
 * <p>A block of x lies by rows, x(p, t) = x[x0 + p * {@link #ROW} + t], or by columns, x(p, t) = x[x0 + t * {@link #COLUMN} + p].
 * Both steps are constants: C2 then drops the checks of indices, and one register addresses all rows.
 *
 * <p>The last vector of columns lies {@code last} floats behind the first, in start and out; it may overlap the one before, which holds the same values there:
 * a row of start is read before its row of out is written.
 *
 * <p>Unrolled by hand, each with one loop: C2 of JDK 17 keeps the sums in registers only while they are locals of one method and pass
 * through one loop (through two nested ones they are boxed, 30 times slower).
 */
final class ProductTiles {

    /** Rows of x in a tile. */
    static final int ROWS = 6;
    /** Vectors of columns in a tile, at most. */
    static final int VECTORS = Lanes.COUNT < 16 ? 2 : 4;
    /** Terms of a sum, at most: the rows of a panel. */
    static final int DEPTH = 512;
    /** Rows of x in a block, at most. */
    static final int BLOCK = 96;
    /** From one row of a block to the next: rows 1 kB apart would meet in the same sets of the first cache. */
    static final int ROW = DEPTH + 16;
    /** From one column of a transposed block to the next. */
    static final int COLUMN = BLOCK + 16;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;

    private ProductTiles() {
    }

    /** The tile of {@code vectors} vectors. */
    static void tile(int vectors, boolean columns, float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep,
                     int last) {
        if (columns) {
            switch (vectors) {
                case 1 -> columns6x1(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
                case 2 -> columns6x2(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
                case 3 -> columns6x3(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
                default -> columns6x4(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
            }
        } else {
            switch (vectors) {
                case 1 -> rows6x1(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
                case 2 -> rows6x2(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
                case 3 -> rows6x3(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
                default -> rows6x4(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
            }
        }
    }

    /**
     * One row of x, four vectors of w where it lies: out[:] = start[:] + factor * sum over t of x[x0 + t * xStep] * w[w0 + t * wStep + :]. The second to
     * fourth vector of columns lie d1, d2 and d3 floats behind the first and may overlap. With factor 1 the same bits as a row of a tile.
     */
    static void row(float factor, float[] x, int x0, int xStep, int depth, float[] w, int w0, int wStep, int d1, int d2, int d3, float[] start, int s0, float[] out, int o0) {
        FloatVector ca = FloatVector.zero(S);
        FloatVector cb = FloatVector.zero(S);
        FloatVector cc = FloatVector.zero(S);
        FloatVector cd = FloatVector.zero(S);
        int i = x0;
        int j = w0;
        for (int t = 0; t < depth; t++) {
            FloatVector b = FloatVector.broadcast(S, x[i]);
            ca = b.fma(FloatVector.fromArray(S, w, j), ca);
            cb = b.fma(FloatVector.fromArray(S, w, j + d1), cb);
            cc = b.fma(FloatVector.fromArray(S, w, j + d2), cc);
            cd = b.fma(FloatVector.fromArray(S, w, j + d3), cd);
            i += xStep;
            j += wStep;
        }
        ca = ca.mul(factor).add(FloatVector.fromArray(S, start, s0));
        cb = cb.mul(factor).add(FloatVector.fromArray(S, start, s0 + d1));
        cc = cc.mul(factor).add(FloatVector.fromArray(S, start, s0 + d2));
        cd = cd.mul(factor).add(FloatVector.fromArray(S, start, s0 + d3));
        ca.intoArray(out, o0);
        cb.intoArray(out, o0 + d1);
        cc.intoArray(out, o0 + d2);
        cd.intoArray(out, o0 + d3);
    }

    private static void rows6x4(float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c0c = FloatVector.zero(S);
        FloatVector c0d = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c1c = FloatVector.zero(S);
        FloatVector c1d = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c2c = FloatVector.zero(S);
        FloatVector c2d = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        FloatVector c3c = FloatVector.zero(S);
        FloatVector c3d = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c4b = FloatVector.zero(S);
        FloatVector c4c = FloatVector.zero(S);
        FloatVector c4d = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c5b = FloatVector.zero(S);
        FloatVector c5c = FloatVector.zero(S);
        FloatVector c5d = FloatVector.zero(S);
        int j = w0;
        for (int i = x0; i < x0 + depth; i++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector wc = FloatVector.fromArray(S, w, j + 2 * L);
            FloatVector wd = FloatVector.fromArray(S, w, j + 3 * L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            c0c = b0.fma(wc, c0c);
            c0d = b0.fma(wd, c0d);
            FloatVector b1 = FloatVector.broadcast(S, x[i + ROW]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            c1c = b1.fma(wc, c1c);
            c1d = b1.fma(wd, c1d);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2 * ROW]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            c2c = b2.fma(wc, c2c);
            c2d = b2.fma(wd, c2d);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3 * ROW]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            c3c = b3.fma(wc, c3c);
            c3d = b3.fma(wd, c3d);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4 * ROW]);
            c4a = b4.fma(wa, c4a);
            c4b = b4.fma(wb, c4b);
            c4c = b4.fma(wc, c4c);
            c4d = b4.fma(wd, c4d);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5 * ROW]);
            c5a = b5.fma(wa, c5a);
            c5b = b5.fma(wb, c5b);
            c5c = b5.fma(wc, c5c);
            c5d = b5.fma(wd, c5d);
            j += 4 * L;
        }
        c0a = c0a.add(FloatVector.fromArray(S, start, s0));
        c0b = c0b.add(FloatVector.fromArray(S, start, s0 + L));
        c0c = c0c.add(FloatVector.fromArray(S, start, s0 + 2 * L));
        c0d = c0d.add(FloatVector.fromArray(S, start, s0 + last));
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + L);
        c0c.intoArray(out, o0 + 2 * L);
        c0d.intoArray(out, o0 + last);
        c1a = c1a.add(FloatVector.fromArray(S, start, s0 + sStep));
        c1b = c1b.add(FloatVector.fromArray(S, start, s0 + sStep + L));
        c1c = c1c.add(FloatVector.fromArray(S, start, s0 + sStep + 2 * L));
        c1d = c1d.add(FloatVector.fromArray(S, start, s0 + sStep + last));
        c1a.intoArray(out, o0 + oStep);
        c1b.intoArray(out, o0 + oStep + L);
        c1c.intoArray(out, o0 + oStep + 2 * L);
        c1d.intoArray(out, o0 + oStep + last);
        c2a = c2a.add(FloatVector.fromArray(S, start, s0 + 2 * sStep));
        c2b = c2b.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + L));
        c2c = c2c.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + 2 * L));
        c2d = c2d.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + last));
        c2a.intoArray(out, o0 + 2 * oStep);
        c2b.intoArray(out, o0 + 2 * oStep + L);
        c2c.intoArray(out, o0 + 2 * oStep + 2 * L);
        c2d.intoArray(out, o0 + 2 * oStep + last);
        c3a = c3a.add(FloatVector.fromArray(S, start, s0 + 3 * sStep));
        c3b = c3b.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + L));
        c3c = c3c.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + 2 * L));
        c3d = c3d.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + last));
        c3a.intoArray(out, o0 + 3 * oStep);
        c3b.intoArray(out, o0 + 3 * oStep + L);
        c3c.intoArray(out, o0 + 3 * oStep + 2 * L);
        c3d.intoArray(out, o0 + 3 * oStep + last);
        c4a = c4a.add(FloatVector.fromArray(S, start, s0 + 4 * sStep));
        c4b = c4b.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + L));
        c4c = c4c.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + 2 * L));
        c4d = c4d.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + last));
        c4a.intoArray(out, o0 + 4 * oStep);
        c4b.intoArray(out, o0 + 4 * oStep + L);
        c4c.intoArray(out, o0 + 4 * oStep + 2 * L);
        c4d.intoArray(out, o0 + 4 * oStep + last);
        c5a = c5a.add(FloatVector.fromArray(S, start, s0 + 5 * sStep));
        c5b = c5b.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + L));
        c5c = c5c.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + 2 * L));
        c5d = c5d.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + last));
        c5a.intoArray(out, o0 + 5 * oStep);
        c5b.intoArray(out, o0 + 5 * oStep + L);
        c5c.intoArray(out, o0 + 5 * oStep + 2 * L);
        c5d.intoArray(out, o0 + 5 * oStep + last);
    }

    private static void rows6x3(float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c0c = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c1c = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c2c = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        FloatVector c3c = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c4b = FloatVector.zero(S);
        FloatVector c4c = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c5b = FloatVector.zero(S);
        FloatVector c5c = FloatVector.zero(S);
        int j = w0;
        for (int i = x0; i < x0 + depth; i++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector wc = FloatVector.fromArray(S, w, j + 2 * L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            c0c = b0.fma(wc, c0c);
            FloatVector b1 = FloatVector.broadcast(S, x[i + ROW]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            c1c = b1.fma(wc, c1c);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2 * ROW]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            c2c = b2.fma(wc, c2c);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3 * ROW]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            c3c = b3.fma(wc, c3c);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4 * ROW]);
            c4a = b4.fma(wa, c4a);
            c4b = b4.fma(wb, c4b);
            c4c = b4.fma(wc, c4c);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5 * ROW]);
            c5a = b5.fma(wa, c5a);
            c5b = b5.fma(wb, c5b);
            c5c = b5.fma(wc, c5c);
            j += 3 * L;
        }
        c0a = c0a.add(FloatVector.fromArray(S, start, s0));
        c0b = c0b.add(FloatVector.fromArray(S, start, s0 + L));
        c0c = c0c.add(FloatVector.fromArray(S, start, s0 + last));
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + L);
        c0c.intoArray(out, o0 + last);
        c1a = c1a.add(FloatVector.fromArray(S, start, s0 + sStep));
        c1b = c1b.add(FloatVector.fromArray(S, start, s0 + sStep + L));
        c1c = c1c.add(FloatVector.fromArray(S, start, s0 + sStep + last));
        c1a.intoArray(out, o0 + oStep);
        c1b.intoArray(out, o0 + oStep + L);
        c1c.intoArray(out, o0 + oStep + last);
        c2a = c2a.add(FloatVector.fromArray(S, start, s0 + 2 * sStep));
        c2b = c2b.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + L));
        c2c = c2c.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + last));
        c2a.intoArray(out, o0 + 2 * oStep);
        c2b.intoArray(out, o0 + 2 * oStep + L);
        c2c.intoArray(out, o0 + 2 * oStep + last);
        c3a = c3a.add(FloatVector.fromArray(S, start, s0 + 3 * sStep));
        c3b = c3b.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + L));
        c3c = c3c.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + last));
        c3a.intoArray(out, o0 + 3 * oStep);
        c3b.intoArray(out, o0 + 3 * oStep + L);
        c3c.intoArray(out, o0 + 3 * oStep + last);
        c4a = c4a.add(FloatVector.fromArray(S, start, s0 + 4 * sStep));
        c4b = c4b.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + L));
        c4c = c4c.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + last));
        c4a.intoArray(out, o0 + 4 * oStep);
        c4b.intoArray(out, o0 + 4 * oStep + L);
        c4c.intoArray(out, o0 + 4 * oStep + last);
        c5a = c5a.add(FloatVector.fromArray(S, start, s0 + 5 * sStep));
        c5b = c5b.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + L));
        c5c = c5c.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + last));
        c5a.intoArray(out, o0 + 5 * oStep);
        c5b.intoArray(out, o0 + 5 * oStep + L);
        c5c.intoArray(out, o0 + 5 * oStep + last);
    }

    private static void rows6x2(float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c4b = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c5b = FloatVector.zero(S);
        int j = w0;
        for (int i = x0; i < x0 + depth; i++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            FloatVector b1 = FloatVector.broadcast(S, x[i + ROW]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2 * ROW]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3 * ROW]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4 * ROW]);
            c4a = b4.fma(wa, c4a);
            c4b = b4.fma(wb, c4b);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5 * ROW]);
            c5a = b5.fma(wa, c5a);
            c5b = b5.fma(wb, c5b);
            j += 2 * L;
        }
        c0a = c0a.add(FloatVector.fromArray(S, start, s0));
        c0b = c0b.add(FloatVector.fromArray(S, start, s0 + last));
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + last);
        c1a = c1a.add(FloatVector.fromArray(S, start, s0 + sStep));
        c1b = c1b.add(FloatVector.fromArray(S, start, s0 + sStep + last));
        c1a.intoArray(out, o0 + oStep);
        c1b.intoArray(out, o0 + oStep + last);
        c2a = c2a.add(FloatVector.fromArray(S, start, s0 + 2 * sStep));
        c2b = c2b.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + last));
        c2a.intoArray(out, o0 + 2 * oStep);
        c2b.intoArray(out, o0 + 2 * oStep + last);
        c3a = c3a.add(FloatVector.fromArray(S, start, s0 + 3 * sStep));
        c3b = c3b.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + last));
        c3a.intoArray(out, o0 + 3 * oStep);
        c3b.intoArray(out, o0 + 3 * oStep + last);
        c4a = c4a.add(FloatVector.fromArray(S, start, s0 + 4 * sStep));
        c4b = c4b.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + last));
        c4a.intoArray(out, o0 + 4 * oStep);
        c4b.intoArray(out, o0 + 4 * oStep + last);
        c5a = c5a.add(FloatVector.fromArray(S, start, s0 + 5 * sStep));
        c5b = c5b.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + last));
        c5a.intoArray(out, o0 + 5 * oStep);
        c5b.intoArray(out, o0 + 5 * oStep + last);
    }

    private static void rows6x1(float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        int j = w0;
        for (int i = x0; i < x0 + depth; i++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            FloatVector b1 = FloatVector.broadcast(S, x[i + ROW]);
            c1a = b1.fma(wa, c1a);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2 * ROW]);
            c2a = b2.fma(wa, c2a);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3 * ROW]);
            c3a = b3.fma(wa, c3a);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4 * ROW]);
            c4a = b4.fma(wa, c4a);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5 * ROW]);
            c5a = b5.fma(wa, c5a);
            j += L;
        }
        c0a = c0a.add(FloatVector.fromArray(S, start, s0 + last));
        c0a.intoArray(out, o0 + last);
        c1a = c1a.add(FloatVector.fromArray(S, start, s0 + sStep + last));
        c1a.intoArray(out, o0 + oStep + last);
        c2a = c2a.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + last));
        c2a.intoArray(out, o0 + 2 * oStep + last);
        c3a = c3a.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + last));
        c3a.intoArray(out, o0 + 3 * oStep + last);
        c4a = c4a.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + last));
        c4a.intoArray(out, o0 + 4 * oStep + last);
        c5a = c5a.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + last));
        c5a.intoArray(out, o0 + 5 * oStep + last);
    }

    private static void columns6x4(float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c0c = FloatVector.zero(S);
        FloatVector c0d = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c1c = FloatVector.zero(S);
        FloatVector c1d = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c2c = FloatVector.zero(S);
        FloatVector c2d = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        FloatVector c3c = FloatVector.zero(S);
        FloatVector c3d = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c4b = FloatVector.zero(S);
        FloatVector c4c = FloatVector.zero(S);
        FloatVector c4d = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c5b = FloatVector.zero(S);
        FloatVector c5c = FloatVector.zero(S);
        FloatVector c5d = FloatVector.zero(S);
        int j = w0;
        int i = x0;
        for (int t = 0; t < depth; t++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector wc = FloatVector.fromArray(S, w, j + 2 * L);
            FloatVector wd = FloatVector.fromArray(S, w, j + 3 * L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            c0c = b0.fma(wc, c0c);
            c0d = b0.fma(wd, c0d);
            FloatVector b1 = FloatVector.broadcast(S, x[i + 1]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            c1c = b1.fma(wc, c1c);
            c1d = b1.fma(wd, c1d);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            c2c = b2.fma(wc, c2c);
            c2d = b2.fma(wd, c2d);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            c3c = b3.fma(wc, c3c);
            c3d = b3.fma(wd, c3d);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4]);
            c4a = b4.fma(wa, c4a);
            c4b = b4.fma(wb, c4b);
            c4c = b4.fma(wc, c4c);
            c4d = b4.fma(wd, c4d);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5]);
            c5a = b5.fma(wa, c5a);
            c5b = b5.fma(wb, c5b);
            c5c = b5.fma(wc, c5c);
            c5d = b5.fma(wd, c5d);
            i += COLUMN;
            j += 4 * L;
        }
        c0a = c0a.add(FloatVector.fromArray(S, start, s0));
        c0b = c0b.add(FloatVector.fromArray(S, start, s0 + L));
        c0c = c0c.add(FloatVector.fromArray(S, start, s0 + 2 * L));
        c0d = c0d.add(FloatVector.fromArray(S, start, s0 + last));
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + L);
        c0c.intoArray(out, o0 + 2 * L);
        c0d.intoArray(out, o0 + last);
        c1a = c1a.add(FloatVector.fromArray(S, start, s0 + sStep));
        c1b = c1b.add(FloatVector.fromArray(S, start, s0 + sStep + L));
        c1c = c1c.add(FloatVector.fromArray(S, start, s0 + sStep + 2 * L));
        c1d = c1d.add(FloatVector.fromArray(S, start, s0 + sStep + last));
        c1a.intoArray(out, o0 + oStep);
        c1b.intoArray(out, o0 + oStep + L);
        c1c.intoArray(out, o0 + oStep + 2 * L);
        c1d.intoArray(out, o0 + oStep + last);
        c2a = c2a.add(FloatVector.fromArray(S, start, s0 + 2 * sStep));
        c2b = c2b.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + L));
        c2c = c2c.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + 2 * L));
        c2d = c2d.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + last));
        c2a.intoArray(out, o0 + 2 * oStep);
        c2b.intoArray(out, o0 + 2 * oStep + L);
        c2c.intoArray(out, o0 + 2 * oStep + 2 * L);
        c2d.intoArray(out, o0 + 2 * oStep + last);
        c3a = c3a.add(FloatVector.fromArray(S, start, s0 + 3 * sStep));
        c3b = c3b.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + L));
        c3c = c3c.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + 2 * L));
        c3d = c3d.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + last));
        c3a.intoArray(out, o0 + 3 * oStep);
        c3b.intoArray(out, o0 + 3 * oStep + L);
        c3c.intoArray(out, o0 + 3 * oStep + 2 * L);
        c3d.intoArray(out, o0 + 3 * oStep + last);
        c4a = c4a.add(FloatVector.fromArray(S, start, s0 + 4 * sStep));
        c4b = c4b.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + L));
        c4c = c4c.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + 2 * L));
        c4d = c4d.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + last));
        c4a.intoArray(out, o0 + 4 * oStep);
        c4b.intoArray(out, o0 + 4 * oStep + L);
        c4c.intoArray(out, o0 + 4 * oStep + 2 * L);
        c4d.intoArray(out, o0 + 4 * oStep + last);
        c5a = c5a.add(FloatVector.fromArray(S, start, s0 + 5 * sStep));
        c5b = c5b.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + L));
        c5c = c5c.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + 2 * L));
        c5d = c5d.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + last));
        c5a.intoArray(out, o0 + 5 * oStep);
        c5b.intoArray(out, o0 + 5 * oStep + L);
        c5c.intoArray(out, o0 + 5 * oStep + 2 * L);
        c5d.intoArray(out, o0 + 5 * oStep + last);
    }

    private static void columns6x3(float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c0c = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c1c = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c2c = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        FloatVector c3c = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c4b = FloatVector.zero(S);
        FloatVector c4c = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c5b = FloatVector.zero(S);
        FloatVector c5c = FloatVector.zero(S);
        int j = w0;
        int i = x0;
        for (int t = 0; t < depth; t++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector wc = FloatVector.fromArray(S, w, j + 2 * L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            c0c = b0.fma(wc, c0c);
            FloatVector b1 = FloatVector.broadcast(S, x[i + 1]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            c1c = b1.fma(wc, c1c);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            c2c = b2.fma(wc, c2c);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            c3c = b3.fma(wc, c3c);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4]);
            c4a = b4.fma(wa, c4a);
            c4b = b4.fma(wb, c4b);
            c4c = b4.fma(wc, c4c);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5]);
            c5a = b5.fma(wa, c5a);
            c5b = b5.fma(wb, c5b);
            c5c = b5.fma(wc, c5c);
            i += COLUMN;
            j += 3 * L;
        }
        c0a = c0a.add(FloatVector.fromArray(S, start, s0));
        c0b = c0b.add(FloatVector.fromArray(S, start, s0 + L));
        c0c = c0c.add(FloatVector.fromArray(S, start, s0 + last));
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + L);
        c0c.intoArray(out, o0 + last);
        c1a = c1a.add(FloatVector.fromArray(S, start, s0 + sStep));
        c1b = c1b.add(FloatVector.fromArray(S, start, s0 + sStep + L));
        c1c = c1c.add(FloatVector.fromArray(S, start, s0 + sStep + last));
        c1a.intoArray(out, o0 + oStep);
        c1b.intoArray(out, o0 + oStep + L);
        c1c.intoArray(out, o0 + oStep + last);
        c2a = c2a.add(FloatVector.fromArray(S, start, s0 + 2 * sStep));
        c2b = c2b.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + L));
        c2c = c2c.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + last));
        c2a.intoArray(out, o0 + 2 * oStep);
        c2b.intoArray(out, o0 + 2 * oStep + L);
        c2c.intoArray(out, o0 + 2 * oStep + last);
        c3a = c3a.add(FloatVector.fromArray(S, start, s0 + 3 * sStep));
        c3b = c3b.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + L));
        c3c = c3c.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + last));
        c3a.intoArray(out, o0 + 3 * oStep);
        c3b.intoArray(out, o0 + 3 * oStep + L);
        c3c.intoArray(out, o0 + 3 * oStep + last);
        c4a = c4a.add(FloatVector.fromArray(S, start, s0 + 4 * sStep));
        c4b = c4b.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + L));
        c4c = c4c.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + last));
        c4a.intoArray(out, o0 + 4 * oStep);
        c4b.intoArray(out, o0 + 4 * oStep + L);
        c4c.intoArray(out, o0 + 4 * oStep + last);
        c5a = c5a.add(FloatVector.fromArray(S, start, s0 + 5 * sStep));
        c5b = c5b.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + L));
        c5c = c5c.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + last));
        c5a.intoArray(out, o0 + 5 * oStep);
        c5b.intoArray(out, o0 + 5 * oStep + L);
        c5c.intoArray(out, o0 + 5 * oStep + last);
    }

    private static void columns6x2(float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c0b = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c1b = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c2b = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c3b = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c4b = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c5b = FloatVector.zero(S);
        int j = w0;
        int i = x0;
        for (int t = 0; t < depth; t++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            FloatVector b1 = FloatVector.broadcast(S, x[i + 1]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4]);
            c4a = b4.fma(wa, c4a);
            c4b = b4.fma(wb, c4b);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5]);
            c5a = b5.fma(wa, c5a);
            c5b = b5.fma(wb, c5b);
            i += COLUMN;
            j += 2 * L;
        }
        c0a = c0a.add(FloatVector.fromArray(S, start, s0));
        c0b = c0b.add(FloatVector.fromArray(S, start, s0 + last));
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + last);
        c1a = c1a.add(FloatVector.fromArray(S, start, s0 + sStep));
        c1b = c1b.add(FloatVector.fromArray(S, start, s0 + sStep + last));
        c1a.intoArray(out, o0 + oStep);
        c1b.intoArray(out, o0 + oStep + last);
        c2a = c2a.add(FloatVector.fromArray(S, start, s0 + 2 * sStep));
        c2b = c2b.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + last));
        c2a.intoArray(out, o0 + 2 * oStep);
        c2b.intoArray(out, o0 + 2 * oStep + last);
        c3a = c3a.add(FloatVector.fromArray(S, start, s0 + 3 * sStep));
        c3b = c3b.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + last));
        c3a.intoArray(out, o0 + 3 * oStep);
        c3b.intoArray(out, o0 + 3 * oStep + last);
        c4a = c4a.add(FloatVector.fromArray(S, start, s0 + 4 * sStep));
        c4b = c4b.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + last));
        c4a.intoArray(out, o0 + 4 * oStep);
        c4b.intoArray(out, o0 + 4 * oStep + last);
        c5a = c5a.add(FloatVector.fromArray(S, start, s0 + 5 * sStep));
        c5b = c5b.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + last));
        c5a.intoArray(out, o0 + 5 * oStep);
        c5b.intoArray(out, o0 + 5 * oStep + last);
    }

    private static void columns6x1(float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        int j = w0;
        int i = x0;
        for (int t = 0; t < depth; t++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            FloatVector b1 = FloatVector.broadcast(S, x[i + 1]);
            c1a = b1.fma(wa, c1a);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2]);
            c2a = b2.fma(wa, c2a);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3]);
            c3a = b3.fma(wa, c3a);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4]);
            c4a = b4.fma(wa, c4a);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5]);
            c5a = b5.fma(wa, c5a);
            i += COLUMN;
            j += L;
        }
        c0a = c0a.add(FloatVector.fromArray(S, start, s0 + last));
        c0a.intoArray(out, o0 + last);
        c1a = c1a.add(FloatVector.fromArray(S, start, s0 + sStep + last));
        c1a.intoArray(out, o0 + oStep + last);
        c2a = c2a.add(FloatVector.fromArray(S, start, s0 + 2 * sStep + last));
        c2a.intoArray(out, o0 + 2 * oStep + last);
        c3a = c3a.add(FloatVector.fromArray(S, start, s0 + 3 * sStep + last));
        c3a.intoArray(out, o0 + 3 * oStep + last);
        c4a = c4a.add(FloatVector.fromArray(S, start, s0 + 4 * sStep + last));
        c4a.intoArray(out, o0 + 4 * oStep + last);
        c5a = c5a.add(FloatVector.fromArray(S, start, s0 + 5 * sStep + last));
        c5a.intoArray(out, o0 + 5 * oStep + last);
    }
}

package org.equisphere.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tiles of matrix products: out[p, :] = start[p, :] + sum over t of x[x0 + p * xRow + t * xStep] * w[w0 + t * wStep + :], for up
 * to 4 rows of x and 4 vectors of columns, 6 rows and 2 vectors, or 8 rows and one: 16 sums, 4 vectors of w and one number of x leave 11 of 32
 * registers free, 12 sums suit 16. {@code start} may be {@code out}.
 *
 * <p>Operands are read where they lie. That leaves the checks of indices in, beside the products; what it takes is that the integers of a loop have
 * registers, 13 of them: rows at 0, x1, x2 and x1 + x2 need two, a step of its own for each takes 15 to 30 % more time. In place of rows that are
 * not there one is taken twice.
 *
 * <p>The vectors of columns may overlap: the last begins {@code last} floats behind the first in start and out, {@code wLast} in w, of four the third
 * just before it. All of start is read before out is written.
 *
 * <p>The sums begin at zero and start is added last: the reads of start, which may lie far, are then under way beside the next tile's products
 * (2 to 6 % of a large product). It is added as start * 1 + sum, which has the same bits: by {@code add} C2 of JDK 17 left sums in the heap in one
 * JVM of two. All tiles give the same bits.
 *
 * <p>Unrolled by hand, each with one loop: C2 of JDK 17 keeps the sums in registers only while they are locals of one method and pass
 * through one loop (through two nested ones they are boxed, 30 times slower).
 */
final class ProductTiles {

    /** Vectors of columns in a tile, at most. */
    static final int VECTORS = Lanes.COUNT < 16 ? 2 : 4;
    /** Floats from row to row of an x that is laid out for six rows and a packed panel of two vectors: a constant above 512, no power of two. */
    static final int LAID = 528;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;

    private ProductTiles() {
    }

    /** Rows of x in a tile of so many vectors. */
    static int rows(int vectors) {
        return vectors == 1 ? 8 : vectors == 2 ? 6 : 4;
    }

    /** The tile of 1, 2 or 4 vectors: one, two at most, or three or four, for which wLast is last. */
    static void tile(int vectors, int rows, float[] x, int x0, int xRow, int xStep, int depth,
                     float[] w, int w0, int wStep, int wLast, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        switch (vectors) {
            case 1 -> tile8x1(rows, x, x0, xRow, xStep, depth, w, w0, wStep, start, s0, sStep, out, o0, oStep);
            case 2 -> {
                if (rows == 6 && xRow == LAID && xStep == 1 && wStep == 2 * L) {
                    laid6x2(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
                } else {
                    tile6x2(rows, x, x0, xRow, xStep, depth, w, w0, wStep, wLast, start, s0, sStep, out, o0, oStep, last);
                }
            }
            default -> tile4x4(rows, x, x0, xRow, xStep, depth, w, w0, wStep, start, s0, sStep, out, o0, oStep, last);
        }
    }

    private static void tile4x4(int rows, float[] x, int x0, int xRow, int xStep, int depth,
                                float[] w, int w0, int wStep, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        int near = rows == 1 ? 0 : 1;
        int far = rows < 3 ? 0 : rows - 2;
        int x1 = near * xRow;
        int x2 = far * xRow;
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
        int i = x0;
        int j = w0;
        for (int t = 0; t < depth; t++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector wc = FloatVector.fromArray(S, w, j + last - L);
            FloatVector wd = FloatVector.fromArray(S, w, j + last);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            c0c = b0.fma(wc, c0c);
            c0d = b0.fma(wd, c0d);
            FloatVector b1 = FloatVector.broadcast(S, x[i + x1]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            c1c = b1.fma(wc, c1c);
            c1d = b1.fma(wd, c1d);
            FloatVector b2 = FloatVector.broadcast(S, x[i + x2]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            c2c = b2.fma(wc, c2c);
            c2d = b2.fma(wd, c2d);
            FloatVector b3 = FloatVector.broadcast(S, x[i + x1 + x2]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            c3c = b3.fma(wc, c3c);
            c3d = b3.fma(wd, c3d);
            i += xStep;
            j += wStep;
        }
        int s1 = s0 + near * sStep;
        int s2 = s0 + far * sStep;
        int s3 = s1 + far * sStep;
        FloatVector one = FloatVector.broadcast(S, 1);
        c0a = FloatVector.fromArray(S, start, s0).fma(one, c0a);
        c0b = FloatVector.fromArray(S, start, s0 + L).fma(one, c0b);
        c0c = FloatVector.fromArray(S, start, s0 + last - L).fma(one, c0c);
        c0d = FloatVector.fromArray(S, start, s0 + last).fma(one, c0d);
        c1a = FloatVector.fromArray(S, start, s1).fma(one, c1a);
        c1b = FloatVector.fromArray(S, start, s1 + L).fma(one, c1b);
        c1c = FloatVector.fromArray(S, start, s1 + last - L).fma(one, c1c);
        c1d = FloatVector.fromArray(S, start, s1 + last).fma(one, c1d);
        c2a = FloatVector.fromArray(S, start, s2).fma(one, c2a);
        c2b = FloatVector.fromArray(S, start, s2 + L).fma(one, c2b);
        c2c = FloatVector.fromArray(S, start, s2 + last - L).fma(one, c2c);
        c2d = FloatVector.fromArray(S, start, s2 + last).fma(one, c2d);
        c3a = FloatVector.fromArray(S, start, s3).fma(one, c3a);
        c3b = FloatVector.fromArray(S, start, s3 + L).fma(one, c3b);
        c3c = FloatVector.fromArray(S, start, s3 + last - L).fma(one, c3c);
        c3d = FloatVector.fromArray(S, start, s3 + last).fma(one, c3d);
        int o1 = o0 + near * oStep;
        int o2 = o0 + far * oStep;
        int o3 = o1 + far * oStep;
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + L);
        c0c.intoArray(out, o0 + last - L);
        c0d.intoArray(out, o0 + last);
        c1a.intoArray(out, o1);
        c1b.intoArray(out, o1 + L);
        c1c.intoArray(out, o1 + last - L);
        c1d.intoArray(out, o1 + last);
        c2a.intoArray(out, o2);
        c2b.intoArray(out, o2 + L);
        c2c.intoArray(out, o2 + last - L);
        c2d.intoArray(out, o2 + last);
        c3a.intoArray(out, o3);
        c3b.intoArray(out, o3 + L);
        c3c.intoArray(out, o3 + last - L);
        c3d.intoArray(out, o3 + last);
    }

    private static void tile6x2(int rows, float[] x, int x0, int xRow, int xStep, int depth,
                                float[] w, int w0, int wStep, int wLast, float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
        int near = rows == 1 ? 0 : 1;
        int half = Math.min(rows, 4);
        int far = half < 3 ? 0 : half - 2;
        int rest = rows > 4 ? rows - 2 : 0;
        int x1 = near * xRow;
        int x2 = far * xRow;
        int x4 = rest * xRow;
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
        int i = x0;
        int j = w0;
        for (int t = 0; t < depth; t++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + wLast);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            FloatVector b1 = FloatVector.broadcast(S, x[i + x1]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            FloatVector b2 = FloatVector.broadcast(S, x[i + x2]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            FloatVector b3 = FloatVector.broadcast(S, x[i + x1 + x2]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            FloatVector b4 = FloatVector.broadcast(S, x[i + x4]);
            c4a = b4.fma(wa, c4a);
            c4b = b4.fma(wb, c4b);
            FloatVector b5 = FloatVector.broadcast(S, x[i + x1 + x4]);
            c5a = b5.fma(wa, c5a);
            c5b = b5.fma(wb, c5b);
            i += xStep;
            j += wStep;
        }
        int s1 = s0 + near * sStep;
        int s2 = s0 + far * sStep;
        int s3 = s1 + far * sStep;
        int sRest = rest * sStep;
        FloatVector one = FloatVector.broadcast(S, 1);
        c0a = FloatVector.fromArray(S, start, s0).fma(one, c0a);
        c0b = FloatVector.fromArray(S, start, s0 + last).fma(one, c0b);
        c1a = FloatVector.fromArray(S, start, s1).fma(one, c1a);
        c1b = FloatVector.fromArray(S, start, s1 + last).fma(one, c1b);
        c2a = FloatVector.fromArray(S, start, s2).fma(one, c2a);
        c2b = FloatVector.fromArray(S, start, s2 + last).fma(one, c2b);
        c3a = FloatVector.fromArray(S, start, s3).fma(one, c3a);
        c3b = FloatVector.fromArray(S, start, s3 + last).fma(one, c3b);
        c4a = FloatVector.fromArray(S, start, s0 + sRest).fma(one, c4a);
        c4b = FloatVector.fromArray(S, start, s0 + sRest + last).fma(one, c4b);
        c5a = FloatVector.fromArray(S, start, s1 + sRest).fma(one, c5a);
        c5b = FloatVector.fromArray(S, start, s1 + sRest + last).fma(one, c5b);
        int o1 = o0 + near * oStep;
        int o2 = o0 + far * oStep;
        int o3 = o1 + far * oStep;
        int oRest = rest * oStep;
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + last);
        c1a.intoArray(out, o1);
        c1b.intoArray(out, o1 + last);
        c2a.intoArray(out, o2);
        c2b.intoArray(out, o2 + last);
        c3a.intoArray(out, o3);
        c3b.intoArray(out, o3 + last);
        c4a.intoArray(out, o0 + oRest);
        c4b.intoArray(out, o0 + oRest + last);
        c5a.intoArray(out, o1 + oRest);
        c5b.intoArray(out, o1 + oRest + last);
    }

    private static void tile8x1(int rows, float[] x, int x0, int xRow, int xStep, int depth,
                                float[] w, int w0, int wStep, float[] start, int s0, int sStep, float[] out, int o0, int oStep) {
        int near = rows == 1 ? 0 : 1;
        int half = Math.min(rows, 4);
        int far = half < 3 ? 0 : half - 2;
        int rest = rows > 4 ? rows - 4 : 0;
        int x1 = near * xRow;
        int x2 = far * xRow;
        int x4 = rest * xRow;
        FloatVector c0a = FloatVector.zero(S);
        FloatVector c1a = FloatVector.zero(S);
        FloatVector c2a = FloatVector.zero(S);
        FloatVector c3a = FloatVector.zero(S);
        FloatVector c4a = FloatVector.zero(S);
        FloatVector c5a = FloatVector.zero(S);
        FloatVector c6a = FloatVector.zero(S);
        FloatVector c7a = FloatVector.zero(S);
        int i = x0;
        int j = w0;
        for (int t = 0; t < depth; t++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            c0a = FloatVector.broadcast(S, x[i]).fma(wa, c0a);
            c1a = FloatVector.broadcast(S, x[i + x1]).fma(wa, c1a);
            c2a = FloatVector.broadcast(S, x[i + x2]).fma(wa, c2a);
            c3a = FloatVector.broadcast(S, x[i + x1 + x2]).fma(wa, c3a);
            c4a = FloatVector.broadcast(S, x[i + x4]).fma(wa, c4a);
            c5a = FloatVector.broadcast(S, x[i + x1 + x4]).fma(wa, c5a);
            c6a = FloatVector.broadcast(S, x[i + x2 + x4]).fma(wa, c6a);
            c7a = FloatVector.broadcast(S, x[i + x1 + x2 + x4]).fma(wa, c7a);
            i += xStep;
            j += wStep;
        }
        int s1 = s0 + near * sStep;
        int s2 = s0 + far * sStep;
        int s3 = s1 + far * sStep;
        int sRest = rest * sStep;
        FloatVector one = FloatVector.broadcast(S, 1);
        c0a = FloatVector.fromArray(S, start, s0).fma(one, c0a);
        c1a = FloatVector.fromArray(S, start, s1).fma(one, c1a);
        c2a = FloatVector.fromArray(S, start, s2).fma(one, c2a);
        c3a = FloatVector.fromArray(S, start, s3).fma(one, c3a);
        c4a = FloatVector.fromArray(S, start, s0 + sRest).fma(one, c4a);
        c5a = FloatVector.fromArray(S, start, s1 + sRest).fma(one, c5a);
        c6a = FloatVector.fromArray(S, start, s2 + sRest).fma(one, c6a);
        c7a = FloatVector.fromArray(S, start, s3 + sRest).fma(one, c7a);
        int o1 = o0 + near * oStep;
        int o2 = o0 + far * oStep;
        int o3 = o1 + far * oStep;
        int oRest = rest * oStep;
        c0a.intoArray(out, o0);
        c1a.intoArray(out, o1);
        c2a.intoArray(out, o2);
        c3a.intoArray(out, o3);
        c4a.intoArray(out, o0 + oRest);
        c5a.intoArray(out, o1 + oRest);
        c6a.intoArray(out, o2 + oRest);
        c7a.intoArray(out, o3 + oRest);
    }

    /**
     * Of six rows of x that lie {@link #LAID} apart and a packed panel, for 16 registers: with constants for all distances and two terms at a time a
     * term takes 31 instructions for its 12 products, with distances in registers and checks of indices 44, which is more than a processor that
     * shares its core with other work has time for. C2 puts all loads of a straight piece first and would need 28 registers: a branch that is never
     * taken but would need all sums keeps it to two rows at a time.
     */
    private static void laid6x2(float[] x, int x0, int depth, float[] w, int w0,
                                float[] start, int s0, int sStep, float[] out, int o0, int oStep, int last) {
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
        int never = ~s0; // below 0, as no t is
        int t = 0;
        for (; t < depth - 1; t += 2) {
            int i = x0 + t;
            int j = w0 + 2 * L * t;
            FloatVector wa0 = FloatVector.fromArray(S, w, j);
            FloatVector wb0 = FloatVector.fromArray(S, w, j + L);
            FloatVector b00 = FloatVector.broadcast(S, x[i]);
            c0a = b00.fma(wa0, c0a);
            c0b = b00.fma(wb0, c0b);
            FloatVector b10 = FloatVector.broadcast(S, x[i + LAID]);
            c1a = b10.fma(wa0, c1a);
            c1b = b10.fma(wb0, c1b);
            if (t == never) {
                c1b = wb0;
            }
            FloatVector b20 = FloatVector.broadcast(S, x[i + 2 * LAID]);
            c2a = b20.fma(wa0, c2a);
            c2b = b20.fma(wb0, c2b);
            FloatVector b30 = FloatVector.broadcast(S, x[i + 3 * LAID]);
            c3a = b30.fma(wa0, c3a);
            c3b = b30.fma(wb0, c3b);
            if (t == never - 1) {
                c3b = wb0;
            }
            FloatVector b40 = FloatVector.broadcast(S, x[i + 4 * LAID]);
            c4a = b40.fma(wa0, c4a);
            c4b = b40.fma(wb0, c4b);
            FloatVector b50 = FloatVector.broadcast(S, x[i + 5 * LAID]);
            c5a = b50.fma(wa0, c5a);
            c5b = b50.fma(wb0, c5b);
            if (t == never - 2) {
                c5b = wb0;
            }
            FloatVector wa1 = FloatVector.fromArray(S, w, j + 2 * L);
            FloatVector wb1 = FloatVector.fromArray(S, w, j + 3 * L);
            FloatVector b01 = FloatVector.broadcast(S, x[i + 1]);
            c0a = b01.fma(wa1, c0a);
            c0b = b01.fma(wb1, c0b);
            FloatVector b11 = FloatVector.broadcast(S, x[i + LAID + 1]);
            c1a = b11.fma(wa1, c1a);
            c1b = b11.fma(wb1, c1b);
            if (t == never - 3) {
                c1b = wb1;
            }
            FloatVector b21 = FloatVector.broadcast(S, x[i + 2 * LAID + 1]);
            c2a = b21.fma(wa1, c2a);
            c2b = b21.fma(wb1, c2b);
            FloatVector b31 = FloatVector.broadcast(S, x[i + 3 * LAID + 1]);
            c3a = b31.fma(wa1, c3a);
            c3b = b31.fma(wb1, c3b);
            if (t == never - 4) {
                c3b = wb1;
            }
            FloatVector b41 = FloatVector.broadcast(S, x[i + 4 * LAID + 1]);
            c4a = b41.fma(wa1, c4a);
            c4b = b41.fma(wb1, c4b);
            FloatVector b51 = FloatVector.broadcast(S, x[i + 5 * LAID + 1]);
            c5a = b51.fma(wa1, c5a);
            c5b = b51.fma(wb1, c5b);
        }
        if (t < depth) {
            int i = x0 + t;
            int j = w0 + 2 * L * t;
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            FloatVector b1 = FloatVector.broadcast(S, x[i + LAID]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2 * LAID]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3 * LAID]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4 * LAID]);
            c4a = b4.fma(wa, c4a);
            c4b = b4.fma(wb, c4b);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5 * LAID]);
            c5a = b5.fma(wa, c5a);
            c5b = b5.fma(wb, c5b);
        }
        FloatVector one = FloatVector.broadcast(S, 1);
        c0a = FloatVector.fromArray(S, start, s0).fma(one, c0a);
        c0b = FloatVector.fromArray(S, start, s0 + last).fma(one, c0b);
        c1a = FloatVector.fromArray(S, start, s0 + sStep).fma(one, c1a);
        c1b = FloatVector.fromArray(S, start, s0 + sStep + last).fma(one, c1b);
        c2a = FloatVector.fromArray(S, start, s0 + 2 * sStep).fma(one, c2a);
        c2b = FloatVector.fromArray(S, start, s0 + 2 * sStep + last).fma(one, c2b);
        c3a = FloatVector.fromArray(S, start, s0 + 3 * sStep).fma(one, c3a);
        c3b = FloatVector.fromArray(S, start, s0 + 3 * sStep + last).fma(one, c3b);
        c4a = FloatVector.fromArray(S, start, s0 + 4 * sStep).fma(one, c4a);
        c4b = FloatVector.fromArray(S, start, s0 + 4 * sStep + last).fma(one, c4b);
        c5a = FloatVector.fromArray(S, start, s0 + 5 * sStep).fma(one, c5a);
        c5b = FloatVector.fromArray(S, start, s0 + 5 * sStep + last).fma(one, c5b);
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + last);
        c1a.intoArray(out, o0 + oStep);
        c1b.intoArray(out, o0 + oStep + last);
        c2a.intoArray(out, o0 + 2 * oStep);
        c2b.intoArray(out, o0 + 2 * oStep + last);
        c3a.intoArray(out, o0 + 3 * oStep);
        c3b.intoArray(out, o0 + 3 * oStep + last);
        c4a.intoArray(out, o0 + 4 * oStep);
        c4b.intoArray(out, o0 + 4 * oStep + last);
        c5a.intoArray(out, o0 + 5 * oStep);
        c5b.intoArray(out, o0 + 5 * oStep + last);
    }
}

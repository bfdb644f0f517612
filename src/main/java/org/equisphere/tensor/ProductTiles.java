package org.equisphere.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tiles of matrix products: out[p, :] = start[p, :] + sum over t of x(p, t) * w[w0 + t * wStep + :]. {@code start} may be {@code out}.
 *
 * <p>Wide tiles, 4 rows of x and 4 vectors of columns, take x where it lies, and w, too, or a packed panel of it: 16 sums, 4 vectors of w and one number of x leave
 * 11 of 32 registers free. Narrow ones, 6 rows and one or two vectors, are for few columns and for 16 registers; their operands are packed.
 *
 * <p>The sums begin at zero and start is added last: the reads of start, which may lie far, are then under way beside the next tile's products (2 to 6 %
 * of a large product). All tiles give the same bits.
 *
 * <p>The last vector of columns lies {@code last} floats behind the first, in start and out; it may overlap the one before, which holds the same values there:
 * a row of start is read before its row of out is written.
 *
 * <p>Unrolled by hand, each with one loop: C2 of JDK 17 keeps the sums in registers only while they are locals of one method and pass
 * through one loop (through two nested ones they are boxed, 30 times slower).
 */
final class ProductTiles {

    /** Whether there are registers for wide tiles. */
    static final boolean WIDE = Lanes.COUNT >= 16;
    /** Rows of x in a wide tile. */
    static final int WIDE_ROWS = 4;
    /** Vectors of columns in a wide tile. */
    static final int WIDE_VECTORS = 4;
    /** Rows of x in a narrow tile. */
    static final int ROWS = 6;
    /** Vectors of columns in a narrow tile, at most. */
    static final int VECTORS = 2;
    /** Terms of a sum, at most: the rows of a panel. */
    static final int DEPTH = 512;
    /** Rows of x in a block, at most. */
    static final int BLOCK = 96;
    /** From one row of a packed block to the next: rows 1 kB apart would meet in the same sets of the first cache. */
    static final int ROW = DEPTH + 16;
    /** From one column of a packed, transposed block to the next. */
    static final int COLUMN = BLOCK + 16;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;

    private ProductTiles() {
    }

    /**
     * The narrow tile of {@code vectors} vectors. A block of x lies by rows, x(p, t) = x[x0 + p * {@link #ROW} + t], or by columns,
     * x(p, t) = x[x0 + t * {@link #COLUMN} + p], and wStep is that of the panel: with constants for steps C2 drops the checks of indices, and one register addresses all rows.
     */
    static void narrow(int vectors, boolean columns, float[] x, int x0, int depth, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep,
                       int last) {
        if (columns) {
            if (vectors == 1) {
                columns6x1(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
            } else {
                columns6x2(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
            }
        } else if (vectors == 1) {
            rows6x1(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
        } else {
            rows6x2(x, x0, depth, w, w0, start, s0, sStep, out, o0, oStep, last);
        }
    }

    /**
     * One row, x(0, t) = x[x0 + t * xStep], and four vectors of columns, of which the second to fourth lie d1, d2 and d3 floats behind the first and may overlap.
     */
    static void row(float[] x, int x0, int xStep, int depth, float[] w, int w0, int wStep, int d1, int d2, int d3, float[] start, int s0, float[] out, int o0) {
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
        ca = ca.add(FloatVector.fromArray(S, start, s0));
        cb = cb.add(FloatVector.fromArray(S, start, s0 + d1));
        cc = cc.add(FloatVector.fromArray(S, start, s0 + d2));
        cd = cd.add(FloatVector.fromArray(S, start, s0 + d3));
        ca.intoArray(out, o0);
        cb.intoArray(out, o0 + d1);
        cc.intoArray(out, o0 + d2);
        cd.intoArray(out, o0 + d3);
    }

    /**
     * The wide tile of one to four rows, x(p, t) = x[x0 + p * xRow + t * xStep]. The vectors of columns begin at 0, 1 and last / lanes - 1 vectors and at
     * {@code last}, in w as in start and out: three vectors of columns or more, which may overlap. In place of rows that are not there one is taken twice; all of
     * start is read before out is written.
     *
     * <p>Steps that are no constants leave the checks of indices in, beside the products; 13 integers in the loop are as many as there are registers for: a step of
     * its own for each row takes 15 to 30 % more time.
     */
    static void wide(int rows, float[] x, int x0, int xRow, int xStep, int depth, float[] w, int w0, int wStep, float[] start, int s0, int sStep, float[] out,
                     int o0, int oStep, int last) {
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
        c0a = c0a.add(FloatVector.fromArray(S, start, s0));
        c0b = c0b.add(FloatVector.fromArray(S, start, s0 + L));
        c0c = c0c.add(FloatVector.fromArray(S, start, s0 + last - L));
        c0d = c0d.add(FloatVector.fromArray(S, start, s0 + last));
        c1a = c1a.add(FloatVector.fromArray(S, start, s1));
        c1b = c1b.add(FloatVector.fromArray(S, start, s1 + L));
        c1c = c1c.add(FloatVector.fromArray(S, start, s1 + last - L));
        c1d = c1d.add(FloatVector.fromArray(S, start, s1 + last));
        c2a = c2a.add(FloatVector.fromArray(S, start, s2));
        c2b = c2b.add(FloatVector.fromArray(S, start, s2 + L));
        c2c = c2c.add(FloatVector.fromArray(S, start, s2 + last - L));
        c2d = c2d.add(FloatVector.fromArray(S, start, s2 + last));
        c3a = c3a.add(FloatVector.fromArray(S, start, s3));
        c3b = c3b.add(FloatVector.fromArray(S, start, s3 + L));
        c3c = c3c.add(FloatVector.fromArray(S, start, s3 + last - L));
        c3d = c3d.add(FloatVector.fromArray(S, start, s3 + last));
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

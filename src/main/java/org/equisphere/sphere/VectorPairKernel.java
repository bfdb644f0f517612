package org.equisphere.sphere;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link PairKernel} by the JDK Vector API; touched only when {@link PairKernels} has found the module and what it needs.
 *
 * <p>Each product is made of tiles of 4 rows by 2 vectors: 8 sums, enough to hide the latency of two fused multiply-adds a cycle,
 * and few enough for the 16 registers of AVX2. The four rows are written out because C2 keeps vectors in registers only while they
 * are local variables of one method: an array of vectors, or a method for the stores, boxes every one of them. Panels bring the tile
 * to 53 to 56 GFLOP/s of the 58 that one core of a Zen 4 has, where rows at a stride came to 25 to 38; a tile of 8 rows comes to 57.
 */
final class VectorPairKernel implements PairKernel {

    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int ROWS = 4;

    private static final double LOG2_E = 1.4426950408889634;
    /** ln 2 in two parts, the first with 32 zero bits at its end, so that k * LN2_HIGH is exact. */
    private static final double LN2_HIGH = 6.93147180369123816490e-01;
    private static final double LN2_LOW = 1.90821492927058770002e-10;
    /** 1.5 * 2^52: adding it rounds to the nearest integer, and leaves that integer in the low bits. */
    private static final double ROUND = 6755399441055744.0;

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public int width(int columns) {
        return columns <= LANES && LANES >= ROWS ? LANES : Math.max(ROWS, 2 * LANES);
    }

    @Override
    public String name() {
        return "vector" + SPECIES.vectorBitSize();
    }

    @Override
    public void gram(double[] a, int aOff, int rows, double[] b, int bOff, int bp, int width, int d, boolean upper, double[] g) {
        for (int j = 0; j < bp; j += width) {
            int needed = upper ? Math.min(rows, j + width) : rows;
            for (int i = 0; i < needed; i += ROWS) {
                int at = aOff + i / width * width * d + i % width;
                if (j + LANES < bp) {
                    product4x2(a, at, 1, width, d, b, bOff + j * d, g, i * bp + j, bp, false);
                } else {
                    product4x1(a, at, 1, width, d, b, bOff + j * d, width, g, i * bp + j, bp, false);
                }
            }
        }
    }

    @Override
    public void accumulate(double[] e, int bp, int rows, int inner, double[] w, int wOff, int height, int width, int d, double[] c, int cOff) {
        addProduct(e, bp, 1, rows, inner, w, wOff, height, width, d, c, cOff);
    }

    @Override
    public void accumulateTransposed(double[] e, int bp, int rows, int inner, double[] w,
                                     int wOff, int height, int width, int d, double[] c, int cOff) {
        addProduct(e, 1, bp, rows, inner, w, wOff, height, width, d, c, cOff);
    }

    /** C += E W, where entry (i, j) of E is e[i*rowStep + j*innerStep]. */
    private static void addProduct(double[] e, int rowStep, int innerStep, int rows, int inner, double[] w, int wOff, int height, int width, int d,
                                   double[] c, int cOff) {
        for (int k = 0; k < d; k += width) {
            int panel = k * height;
            for (int i = 0; i < rows; i += ROWS) {
                if (k + LANES < d) {
                    product4x2(e, i * rowStep, rowStep, innerStep, inner, w, wOff + panel, c, cOff + panel + i * width, width, true);
                } else {
                    product4x1(e, i * rowStep, rowStep, innerStep, inner, w, wOff + panel, width, c, cOff + panel + i * width, width, true);
                }
            }
        }
    }

    /** Rows of b, two vectors wide, lie one after the other: an index with a constant step has no checks in the loop. */
    private static void product4x2(double[] a, int aOff, int aRow, int aStep, int inner, double[] b, int bOff,
                                   double[] c, int cOff, int cRow, boolean add) {
        DoubleVector zero = DoubleVector.zero(SPECIES);
        DoubleVector s00 = zero;
        DoubleVector s01 = zero;
        DoubleVector s10 = zero;
        DoubleVector s11 = zero;
        DoubleVector s20 = zero;
        DoubleVector s21 = zero;
        DoubleVector s30 = zero;
        DoubleVector s31 = zero;
        int a0 = aOff;
        for (int k = 0; k < inner; k++) {
            int bk = bOff + 2 * LANES * k;
            DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bk);
            DoubleVector b1 = DoubleVector.fromArray(SPECIES, b, bk + LANES);
            DoubleVector x = DoubleVector.broadcast(SPECIES, a[a0]);
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            x = DoubleVector.broadcast(SPECIES, a[a0 + aRow]);
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            x = DoubleVector.broadcast(SPECIES, a[a0 + 2 * aRow]);
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            x = DoubleVector.broadcast(SPECIES, a[a0 + 3 * aRow]);
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
            a0 += aStep;
        }
        if (add) {
            s00 = s00.add(DoubleVector.fromArray(SPECIES, c, cOff));
            s01 = s01.add(DoubleVector.fromArray(SPECIES, c, cOff + LANES));
            s10 = s10.add(DoubleVector.fromArray(SPECIES, c, cOff + cRow));
            s11 = s11.add(DoubleVector.fromArray(SPECIES, c, cOff + cRow + LANES));
            s20 = s20.add(DoubleVector.fromArray(SPECIES, c, cOff + 2 * cRow));
            s21 = s21.add(DoubleVector.fromArray(SPECIES, c, cOff + 2 * cRow + LANES));
            s30 = s30.add(DoubleVector.fromArray(SPECIES, c, cOff + 3 * cRow));
            s31 = s31.add(DoubleVector.fromArray(SPECIES, c, cOff + 3 * cRow + LANES));
        }
        s00.intoArray(c, cOff);
        s01.intoArray(c, cOff + LANES);
        s10.intoArray(c, cOff + cRow);
        s11.intoArray(c, cOff + cRow + LANES);
        s20.intoArray(c, cOff + 2 * cRow);
        s21.intoArray(c, cOff + 2 * cRow + LANES);
        s30.intoArray(c, cOff + 3 * cRow);
        s31.intoArray(c, cOff + 3 * cRow + LANES);
    }

    private static void product4x1(double[] a, int aOff, int aRow, int aStep, int inner, double[] b, int bOff, int bRow,
                                   double[] c, int cOff, int cRow, boolean add) {
        DoubleVector s0 = DoubleVector.zero(SPECIES);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int a0 = aOff;
        int bk = bOff;
        for (int k = 0; k < inner; k++) {
            DoubleVector b0 = DoubleVector.fromArray(SPECIES, b, bk);
            s0 = DoubleVector.broadcast(SPECIES, a[a0]).fma(b0, s0);
            s1 = DoubleVector.broadcast(SPECIES, a[a0 + aRow]).fma(b0, s1);
            s2 = DoubleVector.broadcast(SPECIES, a[a0 + 2 * aRow]).fma(b0, s2);
            s3 = DoubleVector.broadcast(SPECIES, a[a0 + 3 * aRow]).fma(b0, s3);
            a0 += aStep;
            bk += bRow;
        }
        if (add) {
            s0 = s0.add(DoubleVector.fromArray(SPECIES, c, cOff));
            s1 = s1.add(DoubleVector.fromArray(SPECIES, c, cOff + cRow));
            s2 = s2.add(DoubleVector.fromArray(SPECIES, c, cOff + 2 * cRow));
            s3 = s3.add(DoubleVector.fromArray(SPECIES, c, cOff + 3 * cRow));
        }
        s0.intoArray(c, cOff);
        s1.intoArray(c, cOff + cRow);
        s2.intoArray(c, cOff + 2 * cRow);
        s3.intoArray(c, cOff + 3 * cRow);
    }

    @Override
    public double largest(double[] g, int from, int to) {
        DoubleVector largest = DoubleVector.broadcast(SPECIES, Double.NEGATIVE_INFINITY);
        for (int k = from; k < to; k += LANES) {
            largest = largest.max(DoubleVector.fromArray(SPECIES, g, k));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /**
     * exp(x) = 2^k exp(r) with k = round(x / ln 2) and |r| <= ln(2)/2, where the Taylor polynomial of degree 13 leaves less than
     * 5e-18. 2^k is applied by adding k to the exponent bits, which the bound -708 keeps in the normal range. The bounds are set by comparing:
     * {@code max} and {@code min}, which look for NaN on both sides, are five instructions each on x86.
     */
    @Override
    public double exponentials(double[] g, int from, int to, double scale, double shift) {
        DoubleVector least = DoubleVector.broadcast(SPECIES, -708);
        DoubleVector most = DoubleVector.broadcast(SPECIES, 709);
        DoubleVector sum = DoubleVector.zero(SPECIES);
        for (int at = from; at < to; at += LANES) {
            DoubleVector x = DoubleVector.fromArray(SPECIES, g, at).sub(shift).mul(scale);
            x = x.blend(least, x.lt(least));
            x = x.blend(most, most.lt(x));
            DoubleVector rounded = x.mul(LOG2_E).add(ROUND);
            DoubleVector k = rounded.sub(ROUND);
            DoubleVector r = k.fma(DoubleVector.broadcast(SPECIES, -LN2_HIGH), x);
            r = k.fma(DoubleVector.broadcast(SPECIES, -LN2_LOW), r);
            DoubleVector p = DoubleVector.broadcast(SPECIES, 1.0 / 6227020800.0);
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 479001600.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 39916800.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 3628800.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 362880.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 40320.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 5040.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 720.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 120.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 24.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0 / 6.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 0.5));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0));
            p = p.fma(r, DoubleVector.broadcast(SPECIES, 1.0));
            LongVector exponent = rounded.reinterpretAsLongs().lanewise(VectorOperators.LSHL, 52);
            DoubleVector y = p.reinterpretAsLongs().add(exponent).reinterpretAsDoubles();
            y.intoArray(g, at);
            sum = sum.add(y);
        }
        // one by one: the order of reduceLanes is up to the JVM, and on JDK 25 it changes when a loop gets compiled
        double[] lanes = new double[LANES];
        sum.intoArray(lanes, 0);
        double total = 0;
        for (double lane : lanes) {
            total += lane;
        }
        return total;
    }
}

package org.equisphere.tensor;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tiles of convolutions and of their gradients by weights, as {@link RowKernel} defines them.
 *
 * <p>The class is loaded again for each step that is used much (see {@link RowKernels}): with the step a constant, one register addresses all
 * rows of x, where 16 would not do, and checks of indices leave the loop; that is a third of the speed.
 *
 * <p>Unrolled by hand, each with one loop: C2 of JDK 17 keeps the sums in registers only while they are locals of one method and pass
 * through one loop (through two nested ones they are boxed, 30 times slower).
 */
final class RowTiles implements RowKernel {

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;

    /** The step of x that this copy of the class is for; 0 for any. */
    private static final int STEP = RowKernels.stepOf(MethodHandles.lookup());

    @Override
    public void rows16x1(float[] x, int x0, int anyStep, int count, float[] w, int w0, float[] start, int s0, int sStep,
                         float[] out, int o0, int oStep) {
        int step = STEP > 0 ? STEP : anyStep;
        FloatVector c0a = FloatVector.fromArray(S, start, s0);
        FloatVector c1a = FloatVector.fromArray(S, start, s0 + sStep);
        FloatVector c2a = FloatVector.fromArray(S, start, s0 + 2 * sStep);
        FloatVector c3a = FloatVector.fromArray(S, start, s0 + 3 * sStep);
        FloatVector c4a = FloatVector.fromArray(S, start, s0 + 4 * sStep);
        FloatVector c5a = FloatVector.fromArray(S, start, s0 + 5 * sStep);
        FloatVector c6a = FloatVector.fromArray(S, start, s0 + 6 * sStep);
        FloatVector c7a = FloatVector.fromArray(S, start, s0 + 7 * sStep);
        FloatVector c8a = FloatVector.fromArray(S, start, s0 + 8 * sStep);
        FloatVector c9a = FloatVector.fromArray(S, start, s0 + 9 * sStep);
        FloatVector c10a = FloatVector.fromArray(S, start, s0 + 10 * sStep);
        FloatVector c11a = FloatVector.fromArray(S, start, s0 + 11 * sStep);
        FloatVector c12a = FloatVector.fromArray(S, start, s0 + 12 * sStep);
        FloatVector c13a = FloatVector.fromArray(S, start, s0 + 13 * sStep);
        FloatVector c14a = FloatVector.fromArray(S, start, s0 + 14 * sStep);
        FloatVector c15a = FloatVector.fromArray(S, start, s0 + 15 * sStep);
        int j = w0;
        for (int i = x0; i < x0 + count; i++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            c0a = FloatVector.broadcast(S, x[i]).fma(wa, c0a);
            c1a = FloatVector.broadcast(S, x[i + step]).fma(wa, c1a);
            c2a = FloatVector.broadcast(S, x[i + 2 * step]).fma(wa, c2a);
            c3a = FloatVector.broadcast(S, x[i + 3 * step]).fma(wa, c3a);
            c4a = FloatVector.broadcast(S, x[i + 4 * step]).fma(wa, c4a);
            c5a = FloatVector.broadcast(S, x[i + 5 * step]).fma(wa, c5a);
            c6a = FloatVector.broadcast(S, x[i + 6 * step]).fma(wa, c6a);
            c7a = FloatVector.broadcast(S, x[i + 7 * step]).fma(wa, c7a);
            c8a = FloatVector.broadcast(S, x[i + 8 * step]).fma(wa, c8a);
            c9a = FloatVector.broadcast(S, x[i + 9 * step]).fma(wa, c9a);
            c10a = FloatVector.broadcast(S, x[i + 10 * step]).fma(wa, c10a);
            c11a = FloatVector.broadcast(S, x[i + 11 * step]).fma(wa, c11a);
            c12a = FloatVector.broadcast(S, x[i + 12 * step]).fma(wa, c12a);
            c13a = FloatVector.broadcast(S, x[i + 13 * step]).fma(wa, c13a);
            c14a = FloatVector.broadcast(S, x[i + 14 * step]).fma(wa, c14a);
            c15a = FloatVector.broadcast(S, x[i + 15 * step]).fma(wa, c15a);
            j += L;
        }
        c0a.intoArray(out, o0);
        c1a.intoArray(out, o0 + oStep);
        c2a.intoArray(out, o0 + 2 * oStep);
        c3a.intoArray(out, o0 + 3 * oStep);
        c4a.intoArray(out, o0 + 4 * oStep);
        c5a.intoArray(out, o0 + 5 * oStep);
        c6a.intoArray(out, o0 + 6 * oStep);
        c7a.intoArray(out, o0 + 7 * oStep);
        c8a.intoArray(out, o0 + 8 * oStep);
        c9a.intoArray(out, o0 + 9 * oStep);
        c10a.intoArray(out, o0 + 10 * oStep);
        c11a.intoArray(out, o0 + 11 * oStep);
        c12a.intoArray(out, o0 + 12 * oStep);
        c13a.intoArray(out, o0 + 13 * oStep);
        c14a.intoArray(out, o0 + 14 * oStep);
        c15a.intoArray(out, o0 + 15 * oStep);
    }

    @Override
    public void rows8x2(float[] x, int x0, int anyStep, int count, float[] w, int w0, float[] start, int s0, int sStep,
                         float[] out, int o0, int oStep) {
        int step = STEP > 0 ? STEP : anyStep;
        FloatVector c0a = FloatVector.fromArray(S, start, s0);
        FloatVector c0b = FloatVector.fromArray(S, start, s0 + L);
        FloatVector c1a = FloatVector.fromArray(S, start, s0 + sStep);
        FloatVector c1b = FloatVector.fromArray(S, start, s0 + sStep + L);
        FloatVector c2a = FloatVector.fromArray(S, start, s0 + 2 * sStep);
        FloatVector c2b = FloatVector.fromArray(S, start, s0 + 2 * sStep + L);
        FloatVector c3a = FloatVector.fromArray(S, start, s0 + 3 * sStep);
        FloatVector c3b = FloatVector.fromArray(S, start, s0 + 3 * sStep + L);
        FloatVector c4a = FloatVector.fromArray(S, start, s0 + 4 * sStep);
        FloatVector c4b = FloatVector.fromArray(S, start, s0 + 4 * sStep + L);
        FloatVector c5a = FloatVector.fromArray(S, start, s0 + 5 * sStep);
        FloatVector c5b = FloatVector.fromArray(S, start, s0 + 5 * sStep + L);
        FloatVector c6a = FloatVector.fromArray(S, start, s0 + 6 * sStep);
        FloatVector c6b = FloatVector.fromArray(S, start, s0 + 6 * sStep + L);
        FloatVector c7a = FloatVector.fromArray(S, start, s0 + 7 * sStep);
        FloatVector c7b = FloatVector.fromArray(S, start, s0 + 7 * sStep + L);
        int j = w0;
        for (int i = x0; i < x0 + count; i++) {
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            FloatVector b1 = FloatVector.broadcast(S, x[i + step]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2 * step]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3 * step]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4 * step]);
            c4a = b4.fma(wa, c4a);
            c4b = b4.fma(wb, c4b);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5 * step]);
            c5a = b5.fma(wa, c5a);
            c5b = b5.fma(wb, c5b);
            FloatVector b6 = FloatVector.broadcast(S, x[i + 6 * step]);
            c6a = b6.fma(wa, c6a);
            c6b = b6.fma(wb, c6b);
            FloatVector b7 = FloatVector.broadcast(S, x[i + 7 * step]);
            c7a = b7.fma(wa, c7a);
            c7b = b7.fma(wb, c7b);
            j += 2 * L;
        }
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + L);
        c1a.intoArray(out, o0 + oStep);
        c1b.intoArray(out, o0 + oStep + L);
        c2a.intoArray(out, o0 + 2 * oStep);
        c2b.intoArray(out, o0 + 2 * oStep + L);
        c3a.intoArray(out, o0 + 3 * oStep);
        c3b.intoArray(out, o0 + 3 * oStep + L);
        c4a.intoArray(out, o0 + 4 * oStep);
        c4b.intoArray(out, o0 + 4 * oStep + L);
        c5a.intoArray(out, o0 + 5 * oStep);
        c5b.intoArray(out, o0 + 5 * oStep + L);
        c6a.intoArray(out, o0 + 6 * oStep);
        c6b.intoArray(out, o0 + 6 * oStep + L);
        c7a.intoArray(out, o0 + 7 * oStep);
        c7b.intoArray(out, o0 + 7 * oStep + L);
    }

    @Override
    public void rows4x2(float[] x, int x0, int anyStep, int count, float[] w, int w0, float[] start, int s0, int sStep,
                         float[] out, int o0, int oStep) {
        int step = STEP > 0 ? STEP : anyStep;
        FloatVector c0a = FloatVector.fromArray(S, start, s0);
        FloatVector c0b = FloatVector.fromArray(S, start, s0 + L);
        FloatVector c1a = FloatVector.fromArray(S, start, s0 + sStep);
        FloatVector c1b = FloatVector.fromArray(S, start, s0 + sStep + L);
        FloatVector c2a = FloatVector.fromArray(S, start, s0 + 2 * sStep);
        FloatVector c2b = FloatVector.fromArray(S, start, s0 + 2 * sStep + L);
        FloatVector c3a = FloatVector.fromArray(S, start, s0 + 3 * sStep);
        FloatVector c3b = FloatVector.fromArray(S, start, s0 + 3 * sStep + L);
        // C2 puts all loads of a straight piece first, here of more than 16 registers. A branch that is never taken, as never is below 0,
        // but would need all sums keeps two terms apart: 44 instructions for 50.
        int never = ~s0;
        int t = 0;
        for (; t < count - 1; t += 2) {
            int i = x0 + t;
            int j = w0 + 2 * L * t;
            FloatVector wa0 = FloatVector.fromArray(S, w, j);
            FloatVector wb0 = FloatVector.fromArray(S, w, j + L);
            FloatVector b00 = FloatVector.broadcast(S, x[i]);
            c0a = b00.fma(wa0, c0a);
            c0b = b00.fma(wb0, c0b);
            FloatVector b10 = FloatVector.broadcast(S, x[i + step]);
            c1a = b10.fma(wa0, c1a);
            c1b = b10.fma(wb0, c1b);
            FloatVector b20 = FloatVector.broadcast(S, x[i + 2 * step]);
            c2a = b20.fma(wa0, c2a);
            c2b = b20.fma(wb0, c2b);
            FloatVector b30 = FloatVector.broadcast(S, x[i + 3 * step]);
            c3a = b30.fma(wa0, c3a);
            c3b = b30.fma(wb0, c3b);
            if (t == never) {
                c3b = wb0;
            }
            FloatVector wa1 = FloatVector.fromArray(S, w, j + 2 * L);
            FloatVector wb1 = FloatVector.fromArray(S, w, j + 3 * L);
            FloatVector b01 = FloatVector.broadcast(S, x[i + 1]);
            c0a = b01.fma(wa1, c0a);
            c0b = b01.fma(wb1, c0b);
            FloatVector b11 = FloatVector.broadcast(S, x[i + step + 1]);
            c1a = b11.fma(wa1, c1a);
            c1b = b11.fma(wb1, c1b);
            FloatVector b21 = FloatVector.broadcast(S, x[i + 2 * step + 1]);
            c2a = b21.fma(wa1, c2a);
            c2b = b21.fma(wb1, c2b);
            FloatVector b31 = FloatVector.broadcast(S, x[i + 3 * step + 1]);
            c3a = b31.fma(wa1, c3a);
            c3b = b31.fma(wb1, c3b);
        }
        if (t < count) {
            int i = x0 + t;
            int j = w0 + 2 * L * t;
            FloatVector wa = FloatVector.fromArray(S, w, j);
            FloatVector wb = FloatVector.fromArray(S, w, j + L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(wa, c0a);
            c0b = b0.fma(wb, c0b);
            FloatVector b1 = FloatVector.broadcast(S, x[i + step]);
            c1a = b1.fma(wa, c1a);
            c1b = b1.fma(wb, c1b);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2 * step]);
            c2a = b2.fma(wa, c2a);
            c2b = b2.fma(wb, c2b);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3 * step]);
            c3a = b3.fma(wa, c3a);
            c3b = b3.fma(wb, c3b);
        }
        c0a.intoArray(out, o0);
        c0b.intoArray(out, o0 + L);
        c1a.intoArray(out, o0 + oStep);
        c1b.intoArray(out, o0 + oStep + L);
        c2a.intoArray(out, o0 + 2 * oStep);
        c2b.intoArray(out, o0 + 2 * oStep + L);
        c3a.intoArray(out, o0 + 3 * oStep);
        c3b.intoArray(out, o0 + 3 * oStep + L);
    }

    @Override
    public void outer16x1(float[] x, int x0, int anyStep, int count, float[] y, int y0, int anyOther, float[] sums, int o0, int oStep) {
        int xStep = STEP > 0 ? STEP : anyStep;
        int yStep = STEP > 0 ? STEP : anyOther;
        FloatVector c0a = FloatVector.fromArray(S, sums, o0);
        FloatVector c1a = FloatVector.fromArray(S, sums, o0 + oStep);
        FloatVector c2a = FloatVector.fromArray(S, sums, o0 + 2 * oStep);
        FloatVector c3a = FloatVector.fromArray(S, sums, o0 + 3 * oStep);
        FloatVector c4a = FloatVector.fromArray(S, sums, o0 + 4 * oStep);
        FloatVector c5a = FloatVector.fromArray(S, sums, o0 + 5 * oStep);
        FloatVector c6a = FloatVector.fromArray(S, sums, o0 + 6 * oStep);
        FloatVector c7a = FloatVector.fromArray(S, sums, o0 + 7 * oStep);
        FloatVector c8a = FloatVector.fromArray(S, sums, o0 + 8 * oStep);
        FloatVector c9a = FloatVector.fromArray(S, sums, o0 + 9 * oStep);
        FloatVector c10a = FloatVector.fromArray(S, sums, o0 + 10 * oStep);
        FloatVector c11a = FloatVector.fromArray(S, sums, o0 + 11 * oStep);
        FloatVector c12a = FloatVector.fromArray(S, sums, o0 + 12 * oStep);
        FloatVector c13a = FloatVector.fromArray(S, sums, o0 + 13 * oStep);
        FloatVector c14a = FloatVector.fromArray(S, sums, o0 + 14 * oStep);
        FloatVector c15a = FloatVector.fromArray(S, sums, o0 + 15 * oStep);
        for (int t = 0; t < count; t++) {
            int i = x0 + t * xStep;
            int j = y0 + t * yStep;
            FloatVector ya = FloatVector.fromArray(S, y, j);
            c0a = FloatVector.broadcast(S, x[i]).fma(ya, c0a);
            c1a = FloatVector.broadcast(S, x[i + 1]).fma(ya, c1a);
            c2a = FloatVector.broadcast(S, x[i + 2]).fma(ya, c2a);
            c3a = FloatVector.broadcast(S, x[i + 3]).fma(ya, c3a);
            c4a = FloatVector.broadcast(S, x[i + 4]).fma(ya, c4a);
            c5a = FloatVector.broadcast(S, x[i + 5]).fma(ya, c5a);
            c6a = FloatVector.broadcast(S, x[i + 6]).fma(ya, c6a);
            c7a = FloatVector.broadcast(S, x[i + 7]).fma(ya, c7a);
            c8a = FloatVector.broadcast(S, x[i + 8]).fma(ya, c8a);
            c9a = FloatVector.broadcast(S, x[i + 9]).fma(ya, c9a);
            c10a = FloatVector.broadcast(S, x[i + 10]).fma(ya, c10a);
            c11a = FloatVector.broadcast(S, x[i + 11]).fma(ya, c11a);
            c12a = FloatVector.broadcast(S, x[i + 12]).fma(ya, c12a);
            c13a = FloatVector.broadcast(S, x[i + 13]).fma(ya, c13a);
            c14a = FloatVector.broadcast(S, x[i + 14]).fma(ya, c14a);
            c15a = FloatVector.broadcast(S, x[i + 15]).fma(ya, c15a);
        }
        c0a.intoArray(sums, o0);
        c1a.intoArray(sums, o0 + oStep);
        c2a.intoArray(sums, o0 + 2 * oStep);
        c3a.intoArray(sums, o0 + 3 * oStep);
        c4a.intoArray(sums, o0 + 4 * oStep);
        c5a.intoArray(sums, o0 + 5 * oStep);
        c6a.intoArray(sums, o0 + 6 * oStep);
        c7a.intoArray(sums, o0 + 7 * oStep);
        c8a.intoArray(sums, o0 + 8 * oStep);
        c9a.intoArray(sums, o0 + 9 * oStep);
        c10a.intoArray(sums, o0 + 10 * oStep);
        c11a.intoArray(sums, o0 + 11 * oStep);
        c12a.intoArray(sums, o0 + 12 * oStep);
        c13a.intoArray(sums, o0 + 13 * oStep);
        c14a.intoArray(sums, o0 + 14 * oStep);
        c15a.intoArray(sums, o0 + 15 * oStep);
    }

    @Override
    public void outer8x2(float[] x, int x0, int anyStep, int count, float[] y, int y0, int anyOther, float[] sums, int o0, int oStep) {
        int xStep = STEP > 0 ? STEP : anyStep;
        int yStep = STEP > 0 ? STEP : anyOther;
        FloatVector c0a = FloatVector.fromArray(S, sums, o0);
        FloatVector c0b = FloatVector.fromArray(S, sums, o0 + L);
        FloatVector c1a = FloatVector.fromArray(S, sums, o0 + oStep);
        FloatVector c1b = FloatVector.fromArray(S, sums, o0 + oStep + L);
        FloatVector c2a = FloatVector.fromArray(S, sums, o0 + 2 * oStep);
        FloatVector c2b = FloatVector.fromArray(S, sums, o0 + 2 * oStep + L);
        FloatVector c3a = FloatVector.fromArray(S, sums, o0 + 3 * oStep);
        FloatVector c3b = FloatVector.fromArray(S, sums, o0 + 3 * oStep + L);
        FloatVector c4a = FloatVector.fromArray(S, sums, o0 + 4 * oStep);
        FloatVector c4b = FloatVector.fromArray(S, sums, o0 + 4 * oStep + L);
        FloatVector c5a = FloatVector.fromArray(S, sums, o0 + 5 * oStep);
        FloatVector c5b = FloatVector.fromArray(S, sums, o0 + 5 * oStep + L);
        FloatVector c6a = FloatVector.fromArray(S, sums, o0 + 6 * oStep);
        FloatVector c6b = FloatVector.fromArray(S, sums, o0 + 6 * oStep + L);
        FloatVector c7a = FloatVector.fromArray(S, sums, o0 + 7 * oStep);
        FloatVector c7b = FloatVector.fromArray(S, sums, o0 + 7 * oStep + L);
        for (int t = 0; t < count; t++) {
            int i = x0 + t * xStep;
            int j = y0 + t * yStep;
            FloatVector ya = FloatVector.fromArray(S, y, j);
            FloatVector yb = FloatVector.fromArray(S, y, j + L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(ya, c0a);
            c0b = b0.fma(yb, c0b);
            FloatVector b1 = FloatVector.broadcast(S, x[i + 1]);
            c1a = b1.fma(ya, c1a);
            c1b = b1.fma(yb, c1b);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2]);
            c2a = b2.fma(ya, c2a);
            c2b = b2.fma(yb, c2b);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3]);
            c3a = b3.fma(ya, c3a);
            c3b = b3.fma(yb, c3b);
            FloatVector b4 = FloatVector.broadcast(S, x[i + 4]);
            c4a = b4.fma(ya, c4a);
            c4b = b4.fma(yb, c4b);
            FloatVector b5 = FloatVector.broadcast(S, x[i + 5]);
            c5a = b5.fma(ya, c5a);
            c5b = b5.fma(yb, c5b);
            FloatVector b6 = FloatVector.broadcast(S, x[i + 6]);
            c6a = b6.fma(ya, c6a);
            c6b = b6.fma(yb, c6b);
            FloatVector b7 = FloatVector.broadcast(S, x[i + 7]);
            c7a = b7.fma(ya, c7a);
            c7b = b7.fma(yb, c7b);
        }
        c0a.intoArray(sums, o0);
        c0b.intoArray(sums, o0 + L);
        c1a.intoArray(sums, o0 + oStep);
        c1b.intoArray(sums, o0 + oStep + L);
        c2a.intoArray(sums, o0 + 2 * oStep);
        c2b.intoArray(sums, o0 + 2 * oStep + L);
        c3a.intoArray(sums, o0 + 3 * oStep);
        c3b.intoArray(sums, o0 + 3 * oStep + L);
        c4a.intoArray(sums, o0 + 4 * oStep);
        c4b.intoArray(sums, o0 + 4 * oStep + L);
        c5a.intoArray(sums, o0 + 5 * oStep);
        c5b.intoArray(sums, o0 + 5 * oStep + L);
        c6a.intoArray(sums, o0 + 6 * oStep);
        c6b.intoArray(sums, o0 + 6 * oStep + L);
        c7a.intoArray(sums, o0 + 7 * oStep);
        c7b.intoArray(sums, o0 + 7 * oStep + L);
    }

    @Override
    public void outer4x2(float[] x, int x0, int anyStep, int count, float[] y, int y0, int anyOther, float[] sums, int o0, int oStep) {
        int xStep = STEP > 0 ? STEP : anyStep;
        int yStep = STEP > 0 ? STEP : anyOther;
        FloatVector c0a = FloatVector.fromArray(S, sums, o0);
        FloatVector c0b = FloatVector.fromArray(S, sums, o0 + L);
        FloatVector c1a = FloatVector.fromArray(S, sums, o0 + oStep);
        FloatVector c1b = FloatVector.fromArray(S, sums, o0 + oStep + L);
        FloatVector c2a = FloatVector.fromArray(S, sums, o0 + 2 * oStep);
        FloatVector c2b = FloatVector.fromArray(S, sums, o0 + 2 * oStep + L);
        FloatVector c3a = FloatVector.fromArray(S, sums, o0 + 3 * oStep);
        FloatVector c3b = FloatVector.fromArray(S, sums, o0 + 3 * oStep + L);
        for (int t = 0; t < count; t++) {
            int i = x0 + t * xStep;
            int j = y0 + t * yStep;
            FloatVector ya = FloatVector.fromArray(S, y, j);
            FloatVector yb = FloatVector.fromArray(S, y, j + L);
            FloatVector b0 = FloatVector.broadcast(S, x[i]);
            c0a = b0.fma(ya, c0a);
            c0b = b0.fma(yb, c0b);
            FloatVector b1 = FloatVector.broadcast(S, x[i + 1]);
            c1a = b1.fma(ya, c1a);
            c1b = b1.fma(yb, c1b);
            FloatVector b2 = FloatVector.broadcast(S, x[i + 2]);
            c2a = b2.fma(ya, c2a);
            c2b = b2.fma(yb, c2b);
            FloatVector b3 = FloatVector.broadcast(S, x[i + 3]);
            c3a = b3.fma(ya, c3a);
            c3b = b3.fma(yb, c3b);
        }
        c0a.intoArray(sums, o0);
        c0b.intoArray(sums, o0 + L);
        c1a.intoArray(sums, o0 + oStep);
        c1b.intoArray(sums, o0 + oStep + L);
        c2a.intoArray(sums, o0 + 2 * oStep);
        c2b.intoArray(sums, o0 + 2 * oStep + L);
        c3a.intoArray(sums, o0 + 3 * oStep);
        c3b.intoArray(sums, o0 + 3 * oStep + L);
    }
}

package org.equisphere.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The register tiles of products over rows (the gradient of weights): for P columns of x and V vectors of columns of y,
 * sums[p, :] += sum over t of x[x0 + t * xStep + p] * y[y0 + t * yStep + :].
 *
 * <p>Unrolled by hand, each with one loop: C2 of JDK 17 keeps the sums in registers only while they are locals of one method and pass
 * through one loop (through two nested ones they are boxed, 30 times slower).
 */
final class OuterTiles {

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;

    private OuterTiles() {
    }

    static void outer16x1(float[] x, int x0, int xStep, int count, float[] y, int y0, int yStep, float[] sums, int o0, int oStep) {
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
        int i = x0;
        int j = y0;
        for (int t = 0; t < count; t++) {
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
            i += xStep;
            j += yStep;
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

    static void outer8x2(float[] x, int x0, int xStep, int count, float[] y, int y0, int yStep, float[] sums, int o0, int oStep) {
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
        int i = x0;
        int j = y0;
        for (int t = 0; t < count; t++) {
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
            i += xStep;
            j += yStep;
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

    static void outer4x2(float[] x, int x0, int xStep, int count, float[] y, int y0, int yStep, float[] sums, int o0, int oStep) {
        FloatVector c0a = FloatVector.fromArray(S, sums, o0);
        FloatVector c0b = FloatVector.fromArray(S, sums, o0 + L);
        FloatVector c1a = FloatVector.fromArray(S, sums, o0 + oStep);
        FloatVector c1b = FloatVector.fromArray(S, sums, o0 + oStep + L);
        FloatVector c2a = FloatVector.fromArray(S, sums, o0 + 2 * oStep);
        FloatVector c2b = FloatVector.fromArray(S, sums, o0 + 2 * oStep + L);
        FloatVector c3a = FloatVector.fromArray(S, sums, o0 + 3 * oStep);
        FloatVector c3b = FloatVector.fromArray(S, sums, o0 + 3 * oStep + L);
        int i = x0;
        int j = y0;
        for (int t = 0; t < count; t++) {
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
            i += xStep;
            j += yStep;
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

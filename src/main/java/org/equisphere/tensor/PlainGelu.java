package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/**
 * GELU and its gradient. With a = |x|, Phi(-a) = t P(t) exp(-a^2 / 2), t = 1 / (1 + c a), to 1e-7 (Abramowitz and Stegun 1964, 26.2.17); the other
 * half by symmetry. In strips that stay in the first cache, in arrays of which C2 makes vectors.
 */
final class PlainGelu extends RangeTask {

    /** Beyond it float cannot tell Phi from 0 or 1. */
    private static final float REACH = 10;
    private static final float DENSITY = (float) (1 / Math.sqrt(2 * Math.PI));

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowLoops loops;
    private Tensor x;
    private Tensor dy;
    private Tensor out;
    private boolean accumulate;

    PlainGelu(Workers workers, Scratch.OfThread scratch, RowLoops loops) {
        this.workers = workers;
        this.scratch = scratch;
        this.loops = loops;
    }

    /** Forward, or backward where dy is given. */
    void run(Tensor input, Tensor gradient, Tensor output, boolean adding) {
        x = input;
        dy = gradient;
        out = output;
        accumulate = adding;
        run(workers, x.size(), 4);
    }

    @Override
    void range(int index, int from, int to) {
        float[] values = scratch.get().strips()[0];
        float[] other = scratch.get().strips()[1];
        for (int i = from; i < to; i += Scratch.STRIP) {
            int n = Math.min(Scratch.STRIP, to - i);
            System.arraycopy(array(x), x.offset() + i, values, 0, n);
            for (int j = 0; j < n; j++) {
                other[j] = -0.5f * values[j] * values[j];
            }
            loops.exponentials(other, n);
            if (dy == null) {
                forward(values, other, n);
            } else {
                derivative(values, other, n);
                System.arraycopy(array(dy), dy.offset() + i, other, 0, n);
                for (int j = 0; j < n; j++) {
                    values[j] *= other[j];
                }
                if (accumulate) {
                    System.arraycopy(array(out), out.offset() + i, other, 0, n);
                    RowSums.addOne(values, n, other, 1);
                }
            }
            System.arraycopy(values, 0, array(out), out.offset() + i, n);
        }
    }

    /** x Phi(x) = max(x, 0) - |x| Phi(-|x|), from e = exp(-x^2 / 2). */
    private static void forward(float[] x, float[] e, int n) {
        for (int j = 0; j < n; j++) {
            float a = Math.min(Math.abs(x[j]), REACH);
            x[j] = Math.max(x[j], 0) - a * tail(a, e[j]);
        }
    }

    /**
     * With h = Phi(-a) - a phi(a), Phi(x) + x phi(x) is h for negative x and 1 - h for positive. A step, 0 or 1, chooses in place of a branch;
     * at 0, where h is 1/2, it may be anything.
     */
    private static void derivative(float[] x, float[] e, int n) {
        for (int j = 0; j < n; j++) {
            float a = Math.min(Math.abs(x[j]), REACH);
            float h = tail(a, e[j]) - a * DENSITY * e[j];
            float step = Math.max(Math.min(x[j], REACH), 0) / (a + Float.MIN_NORMAL);
            x[j] = step + (1 - 2 * step) * h;
        }
    }

    /** Phi(-a). */
    private static float tail(float a, float e) {
        float t = 1 / (1 + 0.23164189f * a);
        return t * (0.127414796f + t * (-0.142248368f + t * (0.710706871f + t * (-0.726576013f + t * 0.530702714f)))) * e;
    }
}

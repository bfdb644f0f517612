package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;
import static org.equisphere.tensor.HostBackend.get;

import java.util.Arrays;

/** The elementary operations of {@link Backend} as plain loops over blocks of elements. */
final class PlainElementwise {

    private final Workers workers;
    private final Fill fill = new Fill();
    private final Strips strips;
    private final ScaleExamples scaleExamples = new ScaleExamples();

    PlainElementwise(Workers workers, Scratch.OfThread scratch, RowLoops loops) {
        this.workers = workers;
        strips = new Strips(scratch, loops);
    }

    void fill(Tensor x, float value) {
        fill.x = x;
        fill.value = value;
        fill.run(workers, x.size(), 1);
    }

    void copy(Tensor x, Tensor y) {
        strips.run(workers, null, x, 1, false, y);
    }

    void addScaled(float alpha, Tensor x, Tensor y) {
        strips.run(workers, null, x, alpha, true, y);
    }

    void relu(Tensor x, Tensor y) {
        strips.run(workers, x, x, 1, false, y);
    }

    void reluBackward(Tensor y, Tensor dy, Tensor dx, boolean accumulate) {
        strips.run(workers, y, dy, 1, accumulate, dx);
    }

    void scaleExamples(Tensor factors, Tensor x, Tensor y, boolean accumulate) {
        scaleExamples.factors = factors;
        scaleExamples.x = x;
        scaleExamples.y = y;
        scaleExamples.accumulate = accumulate;
        scaleExamples.run(workers, factors.size(), factors.size() == 0 ? 1 : x.size() / factors.size());
    }

    private static final class Fill extends RangeTask {

        private Tensor x;
        private float value;

        @Override
        void range(int index, int from, int to) {
            Arrays.fill(array(x), x.offset() + from, x.offset() + to, value);
        }
    }

    /**
     * y = x or, where asked, y += alpha x; x is taken for 0 where a gate is given and not positive. Strips are copied to arrays of their own: C2
     * vectorises a loop over several arrays only where all indices are alike.
     */
    private static final class Strips extends RangeTask {

        private final Scratch.OfThread scratch;
        private final RowLoops loops;
        private Tensor gate;
        private Tensor x;
        private float alpha;
        private boolean accumulate;
        private Tensor y;

        private Strips(Scratch.OfThread scratch, RowLoops loops) {
            this.scratch = scratch;
            this.loops = loops;
        }

        private void run(Workers workers, Tensor positive, Tensor in, float factor, boolean adding, Tensor out) {
            gate = positive;
            x = in;
            alpha = factor;
            accumulate = adding;
            y = out;
            run(workers, x.size(), 1);
        }

        @Override
        void range(int index, int from, int to) {
            float[] sum = scratch.get().strips()[0];
            float[] term = scratch.get().strips()[1];
            for (int i = from; i < to; i += Scratch.STRIP) {
                int n = Math.min(Scratch.STRIP, to - i);
                System.arraycopy(array(x), x.offset() + i, term, 0, n);
                if (gate == x) {
                    RowLoops.rectify(term, n);
                } else if (gate != null) {
                    System.arraycopy(array(gate), gate.offset() + i, sum, 0, n);
                    loops.mask(sum, term, n);
                }
                if (accumulate) {
                    System.arraycopy(array(y), y.offset() + i, sum, 0, n);
                    RowSums.addOne(sum, n, term, alpha);
                }
                System.arraycopy(accumulate ? sum : term, 0, array(y), y.offset() + i, n);
            }
        }
    }

    private static final class ScaleExamples extends RangeTask {

        private Tensor factors;
        private Tensor x;
        private Tensor y;
        private boolean accumulate;

        @Override
        void range(int index, int from, int to) {
            float[] in = array(x);
            float[] out = array(y);
            int length = x.size() / factors.size();
            for (int example = from; example < to; example++) {
                float factor = get(factors, example);
                int xo = x.offset() + example * length;
                int yo = y.offset() + example * length;
                for (int i = 0; i < length; i++) {
                    float scaled = factor * in[xo + i];
                    out[yo + i] = accumulate ? out[yo + i] + scaled : scaled;
                }
            }
        }
    }
}

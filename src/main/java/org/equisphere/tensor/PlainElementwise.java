package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/** The elementary operations of {@link Backend} as plain loops over blocks of elements. */
final class PlainElementwise {

    private final Workers workers;
    private final Fill fill = new Fill();
    private final Copy copy = new Copy();
    private final AddScaled addScaled = new AddScaled();
    private final Relu relu = new Relu();
    private final ReluBackward reluBackward = new ReluBackward();
    private final ScaleExamples scaleExamples = new ScaleExamples();

    PlainElementwise(Workers workers) {
        this.workers = workers;
    }

    void fill(Tensor x, float value) {
        fill.x = x;
        fill.value = value;
        fill.run(workers, x.size(), 1);
    }

    void copy(Tensor x, Tensor y) {
        copy.x = x;
        copy.y = y;
        copy.run(workers, x.size(), 1);
    }

    void addScaled(float alpha, Tensor x, Tensor y) {
        addScaled.alpha = alpha;
        addScaled.x = x;
        addScaled.y = y;
        addScaled.run(workers, x.size(), 1);
    }

    void relu(Tensor x, Tensor y) {
        relu.x = x;
        relu.y = y;
        relu.run(workers, x.size(), 1);
    }

    void reluBackward(Tensor y, Tensor dy, Tensor dx, boolean accumulate) {
        reluBackward.y = y;
        reluBackward.dy = dy;
        reluBackward.dx = dx;
        reluBackward.accumulate = accumulate;
        reluBackward.run(workers, y.size(), 1);
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

    private static final class Copy extends RangeTask {

        private Tensor x;
        private Tensor y;

        @Override
        void range(int index, int from, int to) {
            System.arraycopy(array(x), x.offset() + from, array(y), y.offset() + from, to - from);
        }
    }

    private static final class AddScaled extends RangeTask {

        private float alpha;
        private Tensor x;
        private Tensor y;

        @Override
        void range(int index, int from, int to) {
            float[] in = array(x);
            float[] out = array(y);
            int xo = x.offset();
            int yo = y.offset();
            for (int i = from; i < to; i++) {
                out[yo + i] += alpha * in[xo + i];
            }
        }
    }

    private static final class Relu extends RangeTask {

        private Tensor x;
        private Tensor y;

        @Override
        void range(int index, int from, int to) {
            float[] in = array(x);
            float[] out = array(y);
            int xo = x.offset();
            int yo = y.offset();
            for (int i = from; i < to; i++) {
                out[yo + i] = Math.max(in[xo + i], 0);
            }
        }
    }

    private static final class ReluBackward extends RangeTask {

        private Tensor y;
        private Tensor dy;
        private Tensor dx;
        private boolean accumulate;

        @Override
        void range(int index, int from, int to) {
            float[] out = array(y);
            float[] in = array(dy);
            float[] gradient = array(dx);
            int yo = y.offset();
            int dyo = dy.offset();
            int dxo = dx.offset();
            for (int i = from; i < to; i++) {
                float masked = out[yo + i] > 0 ? in[dyo + i] : 0;
                gradient[dxo + i] = accumulate ? gradient[dxo + i] + masked : masked;
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
                float factor = array(factors)[factors.offset() + example];
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

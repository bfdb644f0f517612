package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/** Average pooling and the parameter-free shortcut of {@link Backend} as plain loops, one image at a time. */
final class PlainPooling {

    private final Workers workers;
    private final Pool pool = new Pool();
    private final PoolBackward poolBackward = new PoolBackward();
    private final Shortcut shortcut = new Shortcut();
    private final ShortcutBackward shortcutBackward = new ShortcutBackward();

    PlainPooling(Workers workers) {
        this.workers = workers;
    }

    void averagePool(Tensor x, Tensor y) {
        pool.x = x;
        pool.y = y;
        pool.runImages(workers, x);
    }

    void averagePoolBackward(Tensor dy, Tensor dx, boolean accumulate) {
        poolBackward.dy = dy;
        poolBackward.dx = dx;
        poolBackward.accumulate = accumulate;
        poolBackward.runImages(workers, dx);
    }

    void shortcut(Tensor x, int stride, Tensor y) {
        shortcut.x = x;
        shortcut.stride = stride;
        shortcut.y = y;
        shortcut.runImages(workers, y);
    }

    void shortcutBackward(Tensor dy, int stride, Tensor dx, boolean accumulate) {
        shortcutBackward.dy = dy;
        shortcutBackward.stride = stride;
        shortcutBackward.dx = dx;
        shortcutBackward.accumulate = accumulate;
        shortcutBackward.runImages(workers, dx);
    }

    /** A task whose items are the images of one tensor. */
    private abstract static class ImageTask extends RangeTask {

        final void runImages(Workers workers, Tensor largest) {
            int images = largest.dimension(0);
            run(workers, images, images == 0 ? 1 : largest.size() / images);
        }

        @Override
        final void range(int index, int from, int to) {
            for (int image = from; image < to; image++) {
                image(image);
            }
        }

        abstract void image(int image);
    }

    private static final class Pool extends ImageTask {

        private Tensor x;
        private Tensor y;

        @Override
        void image(int image) {
            int positions = x.dimension(1) * x.dimension(2);
            int c = x.dimension(3);
            float[] in = array(x);
            int first = x.offset() + image * positions * c;
            for (int j = 0; j < c; j++) {
                double sum = 0;
                for (int p = 0; p < positions; p++) {
                    sum += in[first + p * c + j];
                }
                array(y)[y.offset() + image * c + j] = (float) (sum / positions);
            }
        }
    }

    private static final class PoolBackward extends ImageTask {

        private Tensor dy;
        private Tensor dx;
        private boolean accumulate;

        @Override
        void image(int image) {
            int positions = dx.dimension(1) * dx.dimension(2);
            int c = dx.dimension(3);
            float[] in = array(dy);
            float[] out = array(dx);
            int g = dy.offset() + image * c;
            for (int p = 0; p < positions; p++) {
                int at = dx.offset() + (image * positions + p) * c;
                for (int j = 0; j < c; j++) {
                    float share = in[g + j] / positions;
                    out[at + j] = accumulate ? out[at + j] + share : share;
                }
            }
        }
    }

    private static final class Shortcut extends ImageTask {

        private Tensor x;
        private int stride;
        private Tensor y;

        @Override
        void image(int image) {
            int ci = x.dimension(3);
            int co = y.dimension(3);
            int h = y.dimension(1);
            int w = y.dimension(2);
            float[] out = array(y);
            int first = y.offset() + image * h * w * co;
            Arrays.fill(out, first, first + h * w * co, 0);
            for (int i = 0; i < h; i++) {
                for (int j = 0; j < w; j++) {
                    int from = x.offset() + ((image * x.dimension(1) + i * stride) * x.dimension(2) + j * stride) * ci;
                    System.arraycopy(array(x), from, out, first + (i * w + j) * co + (co - ci) / 2, ci);
                }
            }
        }
    }

    private static final class ShortcutBackward extends ImageTask {

        private Tensor dy;
        private int stride;
        private Tensor dx;
        private boolean accumulate;

        @Override
        void image(int image) {
            int ci = dx.dimension(3);
            int co = dy.dimension(3);
            int h = dx.dimension(1);
            int w = dx.dimension(2);
            float[] in = array(dy);
            float[] out = array(dx);
            int first = dx.offset() + image * h * w * ci;
            if (!accumulate) {
                Arrays.fill(out, first, first + h * w * ci, 0);
            }
            for (int i = 0; i < dy.dimension(1); i++) {
                for (int j = 0; j < dy.dimension(2); j++) {
                    int from = dy.offset() + ((image * dy.dimension(1) + i) * dy.dimension(2) + j) * co + (co - ci) / 2;
                    int to = first + (i * stride * w + j * stride) * ci;
                    for (int k = 0; k < ci; k++) {
                        out[to + k] += in[from + k];
                    }
                }
            }
        }
    }
}

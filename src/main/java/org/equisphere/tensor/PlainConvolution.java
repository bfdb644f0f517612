package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * The convolutions of {@link Backend} as im2col and matrix products. A lane takes every {@value #LANES}-th image and lays out the
 * patches of a few output rows at a time, so that the memory is bounded.
 */
final class PlainConvolution {

    private static final int LANES = 16;
    private static final int CHUNK = 256;

    private final Workers workers;
    private final float[][] columns = new float[LANES][0];
    private final float[][] sums = new float[LANES][0];
    private final Forward forward = new Forward();
    private final BackwardData backwardData = new BackwardData();
    private final BackwardWeights backwardWeights = new BackwardWeights();

    PlainConvolution(Workers workers) {
        this.workers = workers;
    }

    void convolve(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        forward.g = g;
        forward.x = x;
        forward.w = w;
        forward.bias = bias;
        forward.residual = residual;
        forward.relu = relu;
        forward.y = y;
        workers.run(Math.min(LANES, g.batch()), forward);
    }

    void backwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        backwardData.g = g;
        backwardData.dy = dy;
        backwardData.w = w;
        backwardData.dx = dx;
        backwardData.accumulate = accumulate;
        workers.run(Math.min(LANES, g.batch()), backwardData);
    }

    void backwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        int lanes = Math.min(LANES, g.batch());
        backwardWeights.g = g;
        backwardWeights.x = x;
        backwardWeights.dy = dy;
        workers.run(lanes, backwardWeights);
        float[] out = array(dw);
        for (int i = 0; i < dw.size(); i++) {
            double sum = 0;
            for (int lane = 0; lane < lanes; lane++) {
                sum += sums[lane][i];
            }
            out[dw.offset() + i] = (float) sum;
        }
    }

    /** Output rows laid out at a time. */
    private static int rowsAtOnce(Convolution g) {
        return Math.max(1, CHUNK / g.outWidth());
    }

    private static float[] atLeast(float[][] kept, int lane, int size) {
        if (kept[lane].length < size) {
            kept[lane] = new float[size];
        }
        return kept[lane];
    }

    private float[] columnsOf(int lane, Convolution g) {
        return atLeast(columns, lane, rowsAtOnce(g) * g.outWidth() * g.patch());
    }

    /**
     * Copies between the patches of output rows {@code first .. end - 1} of one image and the image.
     *
     * @param scatter adds the patches to the image instead of reading them from it
     */
    private static void patches(Convolution g, float[] image, int at, int first, int end, float[] patches, boolean scatter) {
        int run = g.kernel() * g.inChannels();
        for (int i = first; i < end; i++) {
            for (int j = 0; j < g.outWidth(); j++) {
                int patch = ((i - first) * g.outWidth() + j) * g.patch();
                int left = j * g.stride() - g.padding();
                int from = Math.max(0, -left) * g.inChannels();
                int to = Math.max(from, Math.min(g.kernel(), g.width() - left) * g.inChannels());
                for (int a = 0; a < g.kernel(); a++) {
                    int row = i * g.stride() + a - g.padding();
                    int place = at + (row * g.width() + left) * g.inChannels();
                    boolean inside = row >= 0 && row < g.height();
                    if (scatter) {
                        for (int k = from; inside && k < to; k++) {
                            image[place + k] += patches[patch + a * run + k];
                        }
                    } else if (inside) {
                        Arrays.fill(patches, patch + a * run, patch + a * run + from, 0);
                        System.arraycopy(image, place + from, patches, patch + a * run + from, to - from);
                        Arrays.fill(patches, patch + a * run + to, patch + (a + 1) * run, 0);
                    } else {
                        Arrays.fill(patches, patch + a * run, patch + (a + 1) * run, 0);
                    }
                }
            }
        }
    }

    private final class Forward implements Workers.Task {

        private Convolution g;
        private Tensor x;
        private Tensor w;
        private Tensor bias;
        private Tensor residual;
        private boolean relu;
        private Tensor y;

        @Override
        public void part(int lane) {
            float[] patches = columnsOf(lane, g);
            int step = rowsAtOnce(g);
            for (int image = lane; image < g.batch(); image += LANES) {
                int at = x.offset() + image * g.height() * g.width() * g.inChannels();
                for (int i = 0; i < g.outHeight(); i += step) {
                    int end = Math.min(g.outHeight(), i + step);
                    patches(g, array(x), at, i, end, patches, false);
                    int first = (image * g.outHeight() + i) * g.outWidth();
                    for (int p = 0; p < (end - i) * g.outWidth(); p++) {
                        position(patches, p * g.patch(), (first + p) * g.outChannels());
                    }
                }
            }
        }

        private void position(float[] patches, int patch, int at) {
            int co = g.outChannels();
            float[] out = array(y);
            float[] weights = array(w);
            int yo = y.offset() + at;
            for (int o = 0; o < co; o++) {
                out[yo + o] = 0;
            }
            for (int k = 0; k < g.patch(); k++) {
                float value = patches[patch + k];
                int wo = w.offset() + k * co;
                for (int o = 0; o < co; o++) {
                    out[yo + o] += value * weights[wo + o];
                }
            }
            for (int o = 0; o < co; o++) {
                float sum = out[yo + o];
                if (bias != null) {
                    sum += array(bias)[bias.offset() + o];
                }
                if (residual != null) {
                    sum += array(residual)[residual.offset() + at + o];
                }
                out[yo + o] = relu ? Math.max(sum, 0) : sum;
            }
        }
    }

    private final class BackwardData implements Workers.Task {

        private Convolution g;
        private Tensor dy;
        private Tensor w;
        private Tensor dx;
        private boolean accumulate;

        @Override
        public void part(int lane) {
            float[] patches = columnsOf(lane, g);
            int step = rowsAtOnce(g);
            int size = g.height() * g.width() * g.inChannels();
            for (int image = lane; image < g.batch(); image += LANES) {
                int at = dx.offset() + image * size;
                if (!accumulate) {
                    Arrays.fill(array(dx), at, at + size, 0);
                }
                for (int i = 0; i < g.outHeight(); i += step) {
                    int end = Math.min(g.outHeight(), i + step);
                    int first = (image * g.outHeight() + i) * g.outWidth();
                    for (int p = 0; p < (end - i) * g.outWidth(); p++) {
                        position(patches, p * g.patch(), dy.offset() + (first + p) * g.outChannels());
                    }
                    patches(g, array(dx), at, i, end, patches, true);
                }
            }
        }

        private void position(float[] patches, int patch, int at) {
            int co = g.outChannels();
            float[] upper = array(dy);
            float[] weights = array(w);
            for (int k = 0; k < g.patch(); k++) {
                int wo = w.offset() + k * co;
                float sum = 0;
                for (int o = 0; o < co; o++) {
                    sum += upper[at + o] * weights[wo + o];
                }
                patches[patch + k] = sum;
            }
        }
    }

    private final class BackwardWeights implements Workers.Task {

        private Convolution g;
        private Tensor x;
        private Tensor dy;

        @Override
        public void part(int lane) {
            float[] patches = columnsOf(lane, g);
            float[] sum = atLeast(sums, lane, g.patch() * g.outChannels());
            Arrays.fill(sum, 0, g.patch() * g.outChannels(), 0);
            int step = rowsAtOnce(g);
            for (int image = lane; image < g.batch(); image += LANES) {
                int at = x.offset() + image * g.height() * g.width() * g.inChannels();
                for (int i = 0; i < g.outHeight(); i += step) {
                    int end = Math.min(g.outHeight(), i + step);
                    patches(g, array(x), at, i, end, patches, false);
                    int first = (image * g.outHeight() + i) * g.outWidth();
                    for (int p = 0; p < (end - i) * g.outWidth(); p++) {
                        position(patches, p * g.patch(), dy.offset() + (first + p) * g.outChannels(), sum);
                    }
                }
            }
        }

        private void position(float[] patches, int patch, int at, float[] sum) {
            int co = g.outChannels();
            float[] upper = array(dy);
            for (int k = 0; k < g.patch(); k++) {
                float value = patches[patch + k];
                for (int o = 0; o < co; o++) {
                    sum[k * co + o] += value * upper[at + o];
                }
            }
        }
    }
}

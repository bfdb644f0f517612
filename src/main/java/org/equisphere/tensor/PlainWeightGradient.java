package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * The backward pass of a convolution to its weights. For a chunk of output rows the patches are laid out, one array a position
 * (im2col), and summed with the gradients as weights, one sum an output channel. A lane adds up the sums of its chunks; the
 * lanes are combined in their order, in double.
 */
final class PlainWeightGradient implements Workers.Task {

    private static final int MOST_LANES = 16;
    /** Floats that partial sums may take together. */
    private static final int MOST_SUMS = 1 << 24;

    private final Workers workers;
    private final Lane[] lanes = new Lane[MOST_LANES];
    private final Combine combine = new Combine();
    private Convolution g;
    private Tensor x;
    private Tensor dy;
    private int laneCount;
    private int rowsAtOnce;

    PlainWeightGradient(Workers workers) {
        this.workers = workers;
        Arrays.setAll(lanes, i -> new Lane());
    }

    void backwardWeights(Convolution geometry, Tensor input, Tensor gradient, Tensor dw) {
        g = geometry;
        x = input;
        dy = gradient;
        rowsAtOnce = Math.max(1, RowSums.positionsAtOnce(g.patch(), 32, 256) / g.outWidth());
        laneCount = Math.min(MOST_LANES, Math.min(affordable(dw.size()), chunks()));
        workers.run(laneCount, this);
        combine.dw = dw;
        combine.run(workers, g.patch(), g.outChannels() * laneCount);
    }

    /** How many partial sums of so many floats each may be kept beside one another: two at least. */
    static int affordable(int floats) {
        return Math.max(2, MOST_SUMS / floats);
    }

    private int chunks() {
        return (g.batch() * g.outHeight() + rowsAtOnce - 1) / rowsAtOnce;
    }

    @Override
    public void part(int index) {
        Lane lane = lanes[index];
        lane.prepare();
        int rows = g.batch() * g.outHeight();
        for (int chunk = index; chunk < chunks(); chunk += laneCount) {
            int first = chunk * rowsAtOnce;
            lane.add(first, Math.min(rows, first + rowsAtOnce));
        }
    }

    /** The workspace of one part. */
    private final class Lane {

        private float[][] patches = new float[0][];
        /** One array of patch length an output channel. */
        private float[][] totals = new float[0][];
        private float[] sum = new float[0];

        private void prepare() {
            patches = RowSums.atLeast(patches, rowsAtOnce * g.outWidth(), g.patch());
            totals = RowSums.atLeast(totals, g.outChannels(), g.patch());
            for (int o = 0; o < g.outChannels(); o++) {
                Arrays.fill(totals[o], 0, g.patch(), 0);
            }
            if (sum.length < g.patch()) {
                sum = new float[g.patch()];
            }
        }

        private void add(int first, int end) {
            int width = g.outWidth();
            for (int row = first; row < end; row++) {
                for (int j = 0; j < width; j++) {
                    layOut(row / g.outHeight(), row % g.outHeight(), j, patches[(row - first) * width + j]);
                }
            }
            for (int o = 0; o < g.outChannels(); o++) {
                Arrays.fill(sum, 0, g.patch(), 0);
                RowSums.add(sum, g.patch(), patches, 0, (end - first) * width, array(dy), dy.offset() + first * width * g.outChannels() + o,
                        g.outChannels());
                RowSums.addOne(totals[o], g.patch(), sum, 1);
            }
        }

        /** Copies what output position (i, j) of an image sees, with zeros outside the image. */
        private void layOut(int image, int i, int j, float[] patch) {
            int run = g.kernel() * g.inChannels();
            int left = j * g.stride() - g.padding();
            int from = Math.min(g.kernel(), Math.max(0, -left)) * g.inChannels();
            int to = Math.max(from, Math.min(g.kernel(), g.width() - left) * g.inChannels());
            for (int a = 0; a < g.kernel(); a++) {
                int row = i * g.stride() + a - g.padding();
                int at = a * run;
                if (row < 0 || row >= g.height()) {
                    Arrays.fill(patch, at, at + run, 0);
                } else {
                    int place = x.offset() + ((image * g.height() + row) * g.width() + left) * g.inChannels();
                    Arrays.fill(patch, at, at + from, 0);
                    System.arraycopy(array(x), place + from, patch, at + from, to - from);
                    Arrays.fill(patch, at + to, at + run, 0);
                }
            }
        }
    }

    /** dw = the sum over the lanes, for a range of patch elements. */
    private final class Combine extends RangeTask {

        private Tensor dw;

        @Override
        void range(int index, int from, int to) {
            float[] out = array(dw);
            for (int k = from; k < to; k++) {
                for (int o = 0; o < g.outChannels(); o++) {
                    double sum = 0;
                    for (int lane = 0; lane < laneCount; lane++) {
                        sum += lanes[lane].totals[o][k];
                    }
                    out[dw.offset() + k * g.outChannels() + o] = (float) sum;
                }
            }
        }
    }
}

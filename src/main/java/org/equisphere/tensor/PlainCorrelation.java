package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;
import static org.equisphere.tensor.HostBackend.get;

import java.util.Arrays;

/**
 * A convolution and its backward pass to the data, which is a convolution too: of the gradient, spread out by the stride, with
 * the kernel turned round. Both lay out, for a chunk of output rows, one array of positions a kernel place and source channel
 * (im2col, transposed) and take its weighted sums, one an output channel. A lane takes every {@value #LANES}-th chunk, so that the memory
 * is bounded.
 */
final class PlainCorrelation implements Workers.Task {

    private static final int LANES = 16;

    private final Workers workers;
    private final Lane[] lanes = new Lane[LANES];
    private int kernel;
    private int stride;
    private int padding;
    /** Distance of neighbouring source positions. */
    private int spread;
    private Tensor source;
    private Tensor weights;
    private boolean turned;
    private Tensor bias;
    private Tensor residual;
    private boolean relu;
    private Tensor out;
    private int rowsAtOnce;

    PlainCorrelation(Workers workers) {
        this.workers = workers;
        Arrays.setAll(lanes, i -> new Lane());
    }

    void convolve(Convolution g, Tensor x, Tensor w, Tensor addedBias, Tensor added, boolean rectified, Tensor y) {
        kernel = g.kernel();
        stride = g.stride();
        padding = g.padding();
        spread = 1;
        turned = false;
        bias = addedBias;
        relu = rectified;
        run(x, w, added, y);
    }

    void backwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        kernel = g.kernel();
        stride = 1;
        padding = g.kernel() - 1 - g.padding();
        spread = g.stride();
        turned = true;
        bias = null;
        relu = false;
        run(dy, w, accumulate ? dx : null, dx);
    }

    private void run(Tensor from, Tensor w, Tensor added, Tensor to) {
        source = from;
        weights = w;
        residual = added;
        out = to;
        int positions = RowSums.positionsAtOnce(kernel * kernel * from.dimension(3), 64, 512);
        rowsAtOnce = Math.max(1, positions / to.dimension(2));
        workers.run(Math.min(LANES, chunks()), this);
    }

    private int chunks() {
        return (out.dimension(0) * out.dimension(1) + rowsAtOnce - 1) / rowsAtOnce;
    }

    @Override
    public void part(int index) {
        Lane lane = lanes[index];
        lane.prepare();
        int rows = out.dimension(0) * out.dimension(1);
        for (int chunk = index; chunk < chunks(); chunk += LANES) {
            int first = chunk * rowsAtOnce;
            lane.correlate(first, Math.min(rows, first + rowsAtOnce));
        }
    }

    /** The workspace of one part. */
    private final class Lane {

        /** Positions of the chunk, one array a kernel place and source channel, ordered like the weights. */
        private float[][] columns = new float[0][];
        /** One source row: one array a channel, spread out and padded. */
        private float[][] line = new float[0][];
        private float[] sum = new float[0];

        private void prepare() {
            int channels = source.dimension(3);
            int positions = rowsAtOnce * out.dimension(2);
            columns = RowSums.atLeast(columns, kernel * kernel * channels, positions);
            line = RowSums.atLeast(line, channels, lineLength());
            for (int c = 0; c < channels; c++) {
                Arrays.fill(line[c], 0);
            }
            if (sum.length < positions) {
                sum = new float[positions];
            }
        }

        private int lineLength() {
            return (out.dimension(2) - 1) * stride + kernel;
        }

        /** Output rows {@code first .. end - 1}, counted through the batch. */
        private void correlate(int first, int end) {
            int width = out.dimension(2);
            for (int row = first; row < end; row++) {
                layOut(row, (row - first) * width);
            }
            int n = (end - first) * width;
            int channels = source.dimension(3);
            int taps = kernel * kernel;
            for (int o = 0; o < out.dimension(3); o++) {
                Arrays.fill(sum, 0, n, 0);
                if (turned) {
                    for (int tap = 0; tap < taps; tap++) {
                        int at = weights.offset() + (tap * out.dimension(3) + o) * channels;
                        RowSums.add(sum, n, columns, tap * channels, channels, array(weights), at, 1);
                    }
                } else {
                    RowSums.add(sum, n, columns, 0, taps * channels, array(weights), weights.offset() + o, out.dimension(3));
                }
                store(o, first * width, n);
            }
        }

        private void layOut(int row, int at) {
            int image = row / out.dimension(1);
            int i = row % out.dimension(1);
            for (int a = 0; a < kernel; a++) {
                int place = i * stride + a - padding;
                boolean present = place >= 0 && place % spread == 0 && place / spread < source.dimension(1);
                if (present) {
                    readLine(image * source.dimension(1) + place / spread);
                }
                for (int b = 0; b < kernel; b++) {
                    int tap = turned ? (kernel - 1 - a) * kernel + kernel - 1 - b : a * kernel + b;
                    layOutTap(tap, b, at, present);
                }
            }
        }

        /** Transposes one source row, counted through the batch, to {@code line}. */
        private void readLine(int row) {
            int channels = source.dimension(3);
            int width = Math.min(source.dimension(2), (lineLength() - padding + spread - 1) / spread);
            float[] from = array(source);
            int first = source.offset() + row * source.dimension(2) * channels;
            for (int c = 0; c < channels; c++) {
                float[] to = line[c];
                for (int j = 0; j < width; j++) {
                    to[padding + j * spread] = from[first + j * channels + c];
                }
            }
        }

        private void layOutTap(int tap, int b, int at, boolean present) {
            int channels = source.dimension(3);
            int width = out.dimension(2);
            for (int c = 0; c < channels; c++) {
                float[] to = columns[tap * channels + c];
                if (!present) {
                    Arrays.fill(to, at, at + width, 0);
                } else if (stride == 1) {
                    System.arraycopy(line[c], b, to, at, width);
                } else {
                    float[] from = line[c];
                    for (int j = 0; j < width; j++) {
                        to[at + j] = from[j * stride + b];
                    }
                }
            }
        }

        /** Writes the sums of output channel o to n positions from {@code first} on, with what is added to them. */
        private void store(int o, int first, int n) {
            int channels = out.dimension(3);
            float[] to = array(out);
            int at = out.offset() + first * channels + o;
            float shift = bias == null ? 0 : get(bias, o);
            float least = relu ? 0 : Float.NEGATIVE_INFINITY;
            if (residual == null) {
                for (int p = 0; p < n; p++) {
                    to[at + p * channels] = Math.max(sum[p] + shift, least);
                }
            } else {
                float[] added = array(residual);
                int from = residual.offset() + first * channels + o;
                for (int p = 0; p < n; p++) {
                    to[at + p * channels] = Math.max(sum[p] + shift + added[from + p * channels], least);
                }
            }
        }
    }
}

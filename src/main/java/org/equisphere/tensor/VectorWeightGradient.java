package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * The gradient of a convolution by its weights, dw = patches(x)^T dy: a few lines of patches at a time are laid out and multiplied while
 * they are in the cache. Each chunk of the batch has its own sums; the chunks are added in their order.
 */
final class VectorWeightGradient {

    /** Chunks of a batch at most. */
    private static final int CHUNKS = 16;
    /** Positions laid out at a time, about. */
    private static final int POSITIONS = 64;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final Accumulate accumulate = new Accumulate();
    private final Total total = new Total();
    private float[] sums = new float[0];

    private Convolution g;
    private Tile tile;
    private int chunks;
    private Tensor x;
    private Tensor dy;
    private Tensor dw;
    /** The rows of a sum (taps of a patch) and its columns (out channels), up to whole tiles. */
    private int patch;
    private int channels;

    VectorWeightGradient(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void compute(Convolution geometry, Tensor input, Tensor upper, Tensor gradient) {
        g = geometry;
        x = input;
        dy = upper;
        dw = gradient;
        tile = Tile.ofChannels(g.outChannels());
        patch = Lanes.roundUp(g.patch(), tile.rows);
        channels = tile.panels(g.outChannels()) * tile.columns;
        chunks = Math.min(CHUNKS, g.batch());
        if (sums.length < chunks * patch * channels) {
            sums = new float[chunks * patch * channels];
        }
        workers.run(chunks, accumulate);
        workers.run(g.kernel() * g.kernel(), total);
    }

    private final class Accumulate implements Workers.Task {

        @Override
        public void part(int chunk) {
            int first = (int) ((long) g.batch() * chunk / chunks);
            int end = (int) ((long) g.batch() * (chunk + 1) / chunks);
            int at = chunk * patch * channels;
            Arrays.fill(sums, at, at + patch * channels, 0);
            int linesAtATime = Math.max(1, POSITIONS / g.outWidth());
            Scratch mine = scratch.get();
            float[] patches = mine.first(linesAtATime * g.outWidth() * patch);
            for (int line = first * g.outHeight(); line < end * g.outHeight(); line += linesAtATime) {
                int lines = Math.min(linesAtATime, end * g.outHeight() - line);
                for (int i = 0; i < lines; i++) {
                    lay(line + i, patches, i * g.outWidth() * patch);
                }
                multiply(line * g.outWidth(), lines * g.outWidth(), patches, mine, at);
            }
        }

        private void multiply(int position, int positions, float[] patches, Scratch mine, int at) {
            int out = g.outChannels();
            float[] upper = array(dy);
            int from = dy.offset() + position * out;
            if (channels != out) {
                upper = padded(upper, from, positions, mine);
                from = 0;
            }
            for (int column = 0; column < channels; column += tile.columns) {
                for (int t = 0; t < patch; t += tile.rows) {
                    tile.outer(patches, t, patch, positions, upper, from + column, channels, sums, at + t * channels + column, channels);
                }
            }
        }

        private float[] padded(float[] upper, int from, int positions, Scratch mine) {
            int out = g.outChannels();
            float[] copy = mine.second(positions * channels);
            for (int i = 0; i < positions; i++) {
                for (int o = 0; o < out; o++) {
                    copy[i * channels + o] = upper[from + i * out + o];
                }
                for (int o = out; o < channels; o++) {
                    copy[i * channels + o] = 0;
                }
            }
            return copy;
        }

        /** Lays out the patches of one output line, [position][kernel row][kernel column][channel]. */
        private void lay(int line, float[] patches, int to) {
            int in = g.inChannels();
            int image = line / g.outHeight();
            int top = line % g.outHeight() * g.stride() - g.padding();
            for (int kh = 0; kh < g.kernel(); kh++) {
                int row = top + kh;
                boolean inside = row >= 0 && row < g.height();
                for (int kw = 0; kw < g.kernel(); kw++) {
                    int target = to + (kh * g.kernel() + kw) * in;
                    int shift = kw - g.padding();
                    int first = inside ? firstInside(shift) : g.outWidth();
                    int end = inside ? Math.max(first, endInside(shift)) : g.outWidth();
                    StridedCopy.clear(patches, target, patch, in, first);
                    int from = x.offset() + ((image * g.height() + row) * g.width() + first * g.stride() + shift) * in;
                    StridedCopy.copy(array(x), from, g.stride() * in, patches, target + first * patch, patch, in, end - first);
                    StridedCopy.clear(patches, target + end * patch, patch, in, g.outWidth() - end);
                }
            }
        }

        /** The first position p with p * stride + shift inside the image. */
        private int firstInside(int shift) {
            return shift >= 0 ? 0 : Math.min(g.outWidth(), (-shift + g.stride() - 1) / g.stride());
        }

        /** One more than the last such position. */
        private int endInside(int shift) {
            return shift >= g.width() ? 0 : Math.min(g.outWidth(), (g.width() - 1 - shift) / g.stride() + 1);
        }
    }

    /** Adds the chunks' sums for one tap of the kernel. */
    private final class Total implements Workers.Task {

        @Override
        public void part(int tap) {
            int out = g.outChannels();
            float[] target = array(dw);
            for (int t = tap * g.inChannels(); t < (tap + 1) * g.inChannels(); t++) {
                int to = dw.offset() + t * out;
                for (int o = 0; o < out; o++) {
                    target[to + o] = sums[t * channels + o];
                }
                for (int chunk = 1; chunk < chunks; chunk++) {
                    int from = (chunk * patch + t) * channels;
                    for (int o = 0; o < out; o++) {
                        target[to + o] += sums[from + o];
                    }
                }
            }
        }
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * The gradient of a convolution by its weights, dw = patches(x)^T dy: a few lines of patches at a time are laid out and multiplied while
 * they are in the cache. With fewer channels than lanes a line keeps rows of the one before (see {@link ConvolutionLine}), and each turn of the rows
 * has its own sums. Each chunk of the batch has sums of its own; the chunks are added in their order.
 */
final class VectorWeightGradient {

    /** Chunks of a batch at most. */
    private static final int CHUNKS = 16;
    /** Positions laid out at a time, about. */
    private static final int POSITIONS = 64;
    /** In channels and weights from which on the gradient is one product of many patches: to clear and add the sums of chunks would take as long. */
    private static final int WIDE_CHANNELS = 64;
    private static final int WIDE = 1 << 14;
    /** Floats of the patches of such a product, about: 16 MB. */
    private static final int LAID = 1 << 22;
    /** In channels whose sums are added at a time. */
    private static final int IN_CHANNELS = 32;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernel kernel = new RowTiles();
    private final VectorGemm gemm;
    private final ConvolutionLine line = new ConvolutionLine();
    private final Workers.Task patches = this::sumPatches;
    private final Workers.Task lines = this::sumLines;
    private final Workers.Task total = this::total;
    private final Workers.Task lay = this::layLine;
    private float[] sums = new float[0];
    private float[] laid = new float[0];

    private Convolution g;
    private Tile tile;
    private int chunks;
    private Tensor x;
    private Tensor dy;
    private Tensor dw;
    /** How many sums a chunk has: one, or one for each turn of a line's rows. */
    private int turns;
    /** The rows of a sum (taps of a patch) and its columns (out channels), up to whole tiles. */
    private int patch;
    private int channels;
    /** The first of the lines that are multiplied at a time. */
    private int firstLaid;

    VectorWeightGradient(Workers workers, Scratch.OfThread scratch, VectorGemm gemm) {
        this.workers = workers;
        this.scratch = scratch;
        this.gemm = gemm;
    }

    void compute(Convolution geometry, Tensor input, Tensor upper, Tensor gradient) {
        g = geometry;
        x = input;
        dy = upper;
        dw = gradient;
        if (g.inChannels() >= WIDE_CHANNELS && g.patch() * g.outChannels() >= WIDE) {
            multiplyWide();
            return;
        }
        tile = Tile.ofChannels(g.outChannels());
        turns = g.inChannels() < Lanes.COUNT ? g.kernel() : 1;
        patch = Lanes.roundUp(g.patch(), tile.rows);
        channels = tile.panels(g.outChannels()) * tile.columns;
        int size = turns * patch * channels;
        chunks = Math.min(Math.min(CHUNKS, PlainWeightGradient.affordable(size)), g.batch());
        if (sums.length < chunks * size) {
            sums = new float[chunks * size];
        }
        if (turns > 1) {
            line.describe(g, x);
            line.tile = tile;
        }
        workers.run(chunks, turns > 1 ? lines : patches);
        workers.run(g.kernel() * g.kernel() * ranges(), total);
    }

    /** Patches of many lines at a time, of all where they lie in x already, are the first factor, dy the second. */
    private void multiplyWide() {
        int width = g.outWidth();
        int lines = g.batch() * g.outHeight();
        boolean asItLies = g.kernel() == 1 && g.stride() == 1 && g.padding() == 0;
        int atATime = asItLies ? lines : Math.max(1, Math.min(lines, LAID / (width * g.patch())));
        if (!asItLies && laid.length < atATime * width * g.patch()) {
            laid = new float[atATime * width * g.patch()];
        }
        for (int first = 0; first < lines; first += atATime) {
            int count = Math.min(atATime, lines - first);
            if (!asItLies) {
                firstLaid = first;
                workers.run(count, lay);
            }
            gemm.multiply(true, false, g.patch(), g.outChannels(), count * width, 1, asItLies ? array(x) : laid, asItLies ? x.offset() : 0,
                    array(dy), dy.offset() + first * width * g.outChannels(), first == 0 ? 0 : 1, array(dw), dw.offset());
        }
    }

    private int firstImage(int chunk) {
        return (int) ((long) g.batch() * chunk / chunks);
    }

    /** Clears the sums of a chunk; returns where they start. */
    private int clearSums(int chunk) {
        int size = turns * patch * channels;
        Arrays.fill(sums, chunk * size, (chunk + 1) * size, 0);
        return chunk * size;
    }

    /** The gradients of some positions with whole tiles of channels: dy itself, or a copy. */
    private float[] upper(int position, int positions, Scratch mine) {
        return channels == g.outChannels() ? array(dy) : padded(array(dy), dy.offset() + position * g.outChannels(), positions, mine);
    }

    private int upperAt(int position) {
        return channels == g.outChannels() ? dy.offset() + position * channels : 0;
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

    /** The first position p with p * stride + shift inside the image. */
    private int firstInside(int shift) {
        return shift >= 0 ? 0 : Math.min(g.outWidth(), (-shift + g.stride() - 1) / g.stride());
    }

    /** One more than the last such position. */
    private int endInside(int shift) {
        return shift >= g.width() ? 0 : Math.min(g.outWidth(), (g.width() - 1 - shift) / g.stride() + 1);
    }

    /** Adds the products of some positions, whose patches are xStep floats apart, to sums. */
    private void multiply(float[] laid, int xStep, int position, int positions, Scratch mine, int at) {
        float[] upper = upper(position, positions, mine);
        int from = upperAt(position);
        for (int column = 0; column < channels; column += tile.columns) {
            for (int t = 0; t < patch; t += tile.rows) {
                tile.outer(kernel, laid, t, xStep, positions, upper, from + column, channels, sums, at + t * channels + column, channels);
            }
        }
    }

    /** One chunk, by patches of a line, [kernel column][kernel row][channel], whose rows are counted around. */
    private void sumLines(int chunk) {
        int end = firstImage(chunk + 1) * g.outHeight();
        int at = clearSums(chunk);
        Scratch mine = scratch.get();
        float[] laid = mine.first(line.bufferSize() + patch);
        for (int i = firstImage(chunk) * g.outHeight(); i < end; i++) {
            int turn = line.layAround(i, laid, i == firstImage(chunk) * g.outHeight());
            multiply(laid, line.step(), i * g.outWidth(), g.outWidth(), mine, at + turn * patch * channels);
        }
    }

    /** One chunk, by whole patches. */
    private void sumPatches(int chunk) {
        int end = firstImage(chunk + 1) * g.outHeight();
        int at = clearSums(chunk);
        int linesAtATime = Math.max(1, POSITIONS / g.outWidth());
        Scratch mine = scratch.get();
        float[] laid = mine.first(linesAtATime * g.outWidth() * patch);
        for (int line = firstImage(chunk) * g.outHeight(); line < end; line += linesAtATime) {
            int lines = Math.min(linesAtATime, end - line);
            for (int i = 0; i < lines; i++) {
                layPatches(line + i, laid, i * g.outWidth() * patch, patch);
            }
            multiply(laid, patch, line * g.outWidth(), lines * g.outWidth(), mine, at);
        }
    }

    /**
     * Lays out the patches of one output line, [position][kernel row][kernel column][channel]. Where a kernel row lies inside
     * the image, it is one contiguous run.
     */
    private void layPatches(int line, float[] patches, int to, int step) {
        int in = g.inChannels();
        int top = line % g.outHeight() * g.stride() - g.padding();
        int run = g.kernel() * in;
        for (int kh = 0; kh < g.kernel(); kh++) {
            int row = top + kh;
            boolean inside = row >= 0 && row < g.height();
            int first = inside ? firstInside(-g.padding()) : g.outWidth();
            int end = inside ? Math.max(first, endInside(g.kernel() - 1 - g.padding())) : g.outWidth();
            int from = x.offset() + ((line / g.outHeight() * g.height() + row) * g.width() - g.padding()) * in;
            int target = to + kh * run;
            edges(from, inside, patches, target, step, 0, first);
            StridedCopy.copy(array(x), from + first * g.stride() * in, g.stride() * in, patches, target + first * step, step, run, end - first);
            edges(from, inside, patches, target, step, end, g.outWidth());
        }
    }

    /** A kernel row of positions whose patches reach over an edge of the image. */
    private void edges(int from, boolean inside, float[] patches, int target, int step, int position, int end) {
        int in = g.inChannels();
        for (int p = position; p < end; p++) {
            for (int kw = 0; kw < g.kernel(); kw++) {
                int column = p * g.stride() + kw - g.padding();
                int to = target + p * step + kw * in;
                if (inside && column >= 0 && column < g.width()) {
                    System.arraycopy(array(x), from + (p * g.stride() + kw) * in, patches, to, in);
                } else {
                    Arrays.fill(patches, to, to + in, 0);
                }
            }
        }
    }

    /** Lays out a line of those that are multiplied at a time. */
    private void layLine(int line) {
        layPatches(firstLaid + line, laid, line * g.outWidth() * g.patch(), g.patch());
    }

    private int ranges() {
        return (g.inChannels() + IN_CHANNELS - 1) / IN_CHANNELS;
    }

    /** Adds the chunks' sums for one tap of the kernel and some in channels, turn after turn. */
    private void total(int part) {
        int tap = part / ranges();
        int first = part % ranges() * IN_CHANNELS;
        int end = Math.min(g.inChannels(), first + IN_CHANNELS);
        int out = g.outChannels();
        int k = g.kernel();
        float[] target = array(dw);
        int to = dw.offset() + tap * g.inChannels() * out;
        Arrays.fill(target, to + first * out, to + end * out, 0);
        for (int i = 0; i < chunks * turns; i++) {
            int place = turns == 1 ? tap : tap % k * k + (tap / k + i % k) % k;
            for (int c = first; c < end; c++) {
                int from = (i * patch + place * g.inChannels() + c) * channels;
                for (int o = 0; o < out; o++) {
                    target[to + c * out + o] += sums[from + o];
                }
            }
        }
    }
}

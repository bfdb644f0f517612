package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * The gradient by the weights of what {@link WinogradConvolution} computes: G^T [sum over tiles of (B^T d B)^T (A dy A^T)] G, 16 products over
 * tiles. Each chunk of the batch has its own sums; the chunks are added in their order.
 */
final class WinogradWeightGradient {

    /** Chunks of a batch at most. */
    private static final int CHUNKS = 16;
    /** Tiles in a group, about: sums are loaded and stored once a group. */
    private static final int TILES = 64;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final WinogradTiles tiles = new WinogradTiles();
    private final Chunk chunk = new Chunk();
    private final Total total = new Total();
    private float[] sums = new float[0];

    private Convolution g;
    private Tile tile;
    private int chunks;
    private Tensor dy;
    private Tensor dw;
    /** The out channels in whole register tiles. */
    private int padded;

    WinogradWeightGradient(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void compute(Convolution geometry, Tensor x, Tensor upper, Tensor gradient) {
        g = geometry;
        dy = upper;
        dw = gradient;
        tile = Tile.ofChannels(g.outChannels());
        padded = tile.panels(g.outChannels()) * tile.columns;
        chunks = Math.min(CHUNKS, g.batch());
        tiles.describe(array(x), x.offset(), g.height(), g.width(), g.inChannels(), g.padding(), g.outHeight(), g.outWidth(), TILES, 1);
        int size = chunks * sumsOfChunk();
        if (sums.length < size) {
            sums = new float[size];
        }
        workers.run(chunks, chunk);
        workers.run(g.inChannels(), total);
    }

    private int sumsOfChunk() {
        return WinogradTransforms.PLANES * g.inChannels() * padded;
    }

    private final class Chunk implements Workers.Task {

        @Override
        public void part(int part) {
            int at = part * sumsOfChunk();
            Arrays.fill(sums, at, at + sumsOfChunk(), 0);
            Scratch mine = scratch.get();
            float[] laid = mine.first(tiles.bufferSize());
            float[] upper = mine.second(WinogradTransforms.PLANES * tiles.step(padded));
            tiles.clearMargins(laid);
            int end = firstImage(part + 1) * tiles.rows;
            for (int line = firstImage(part) * tiles.rows; line < end; line += tiles.lines) {
                int count = Math.min(tiles.lines, end - line);
                tiles.lay(line, count, laid);
                for (int i = 0; i < count; i++) {
                    layUpper(line + i, upper, i * tiles.columns * padded);
                }
                multiply(laid, upper, count * tiles.columns, at);
            }
        }

        private int firstImage(int part) {
            return (int) ((long) g.batch() * part / chunks);
        }

        private void layUpper(int line, float[] upper, int to) {
            int out = g.outChannels();
            int row = line % tiles.rows;
            boolean twoRows = 2 * row + 1 < g.outHeight();
            int rowStep = g.outWidth() * out;
            int from = dy.offset() + (line / tiles.rows * g.outHeight() + 2 * row) * rowStep;
            int whole = g.outWidth() / 2;
            int step = tiles.step(padded);
            WinogradTransforms.upper(array(dy), from, rowStep, whole, out, true, twoRows, upper, to, padded, step);
            if (whole < tiles.columns) {
                WinogradTransforms.upper(array(dy), from + 2 * whole * out, rowStep, 1, out, false, twoRows, upper, to + whole * padded, padded, step);
            }
        }

        private void multiply(float[] laid, float[] upper, int count, int at) {
            int in = g.inChannels();
            int from = tiles.step(in);
            int step = tiles.step(padded);
            for (int plane = 0; plane < WinogradTransforms.PLANES; plane++) {
                for (int column = 0; column < padded; column += tile.columns) {
                    for (int c = 0; c < in; c += tile.rows) {
                        tile.outer(laid, plane * from + c, in, count, upper, plane * step + column, padded, sums,
                                at + (plane * in + c) * padded + column, padded);
                    }
                }
            }
        }
    }

    /** Adds the chunks' sums for one in channel and transforms them back. */
    private final class Total implements Workers.Task {

        @Override
        public void part(int c) {
            int in = g.inChannels();
            int out = g.outChannels();
            float[] total = scratch.get().first(WinogradTransforms.PLANES * padded);
            for (int plane = 0; plane < WinogradTransforms.PLANES; plane++) {
                int to = plane * padded;
                System.arraycopy(sums, (plane * in + c) * padded, total, to, out);
                for (int i = 1; i < chunks; i++) {
                    int from = i * sumsOfChunk() + (plane * in + c) * padded;
                    for (int o = 0; o < out; o++) {
                        total[to + o] += sums[from + o];
                    }
                }
            }
            for (int o = 0; o < out; o += Lanes.COUNT) {
                WinogradTransforms.gradient(total, o, padded, array(dw), dw.offset() + c * out + o, in * out);
            }
        }
    }
}

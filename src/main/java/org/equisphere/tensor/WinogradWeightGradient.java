package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * The gradient by the weights of what {@link WinogradConvolution} computes: G^T [sum over tiles of (B^T d B)^T (A dy A^T)] G, 36 products over
 * tiles. Each chunk of the batch has its own sums; the chunks are added in their order.
 */
final class WinogradWeightGradient {

    /** Chunks of a batch at most. */
    private static final int CHUNKS = 8;
    /** Chunks of a large enough batch at least, however large their sums: work for four threads. */
    private static final int LEAST_CHUNKS = 4;
    /** Floats of all chunks' sums, about: they are read again when they are added. */
    private static final int SUMS = 1_200_000;
    /** Positions below which the errors of a few large products show: with 21 positions they met the contract's tolerance, with 200 a third of it. */
    private static final int LEAST_POSITIONS = 256;
    private static final int SIDE = WinogradTransforms.SIDE;
    private static final int PLANES = WinogradTransforms.PLANES;
    /** The rows, and columns, of a kernel. */
    private static final int TAPS = 3;
    /** Tiles in a group, about: sums are loaded and stored once a group. */
    private static final int TILES = 64;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final WinogradTiles tiles = WinogradTiles.ofInputs();
    private final WinogradTiles uppers = WinogradTiles.ofGradients();
    private final Chunk chunk = new Chunk();
    private final Total total = new Total();
    private float[] sums = new float[0];

    private Convolution g;
    private Tile tile;
    private int chunks;
    private Tensor dw;
    /** The out channels in whole register tiles. */
    private int padded;

    WinogradWeightGradient(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /** Whether Winograd's way is taken. */
    static boolean fit(Convolution g) {
        return WinogradTiles.fit(g) && g.positions() >= LEAST_POSITIONS;
    }

    void compute(Convolution geometry, Tensor x, Tensor upper, Tensor gradient) {
        g = geometry;
        dw = gradient;
        tile = Tile.ofChannels(g.outChannels());
        padded = tile.panels(g.outChannels()) * tile.columns;
        chunks = Math.min(Math.max(LEAST_CHUNKS, Math.min(CHUNKS, SUMS / sumsOfChunk())), g.batch());
        tiles.describe(array(x), x.offset(), g.height(), g.width(), g.inChannels(), g.inChannels(),
                g.padding(), g.outHeight(), g.outWidth(), TILES, 1);
        uppers.describe(array(upper), upper.offset(), g.outHeight(), g.outWidth(), g.outChannels(), padded, 0, g.outHeight(), g.outWidth(), TILES, 1);
        int size = chunks * sumsOfChunk();
        if (sums.length < size) {
            sums = new float[size];
        }
        workers.run(chunks, chunk);
        workers.run(g.inChannels(), total);
    }

    private int sumsOfChunk() {
        return PLANES * g.inChannels() * padded;
    }

    private final class Chunk implements Workers.Task {

        @Override
        public void part(int part) {
            int at = part * sumsOfChunk();
            Arrays.fill(sums, at, at + sumsOfChunk(), 0);
            Scratch mine = scratch.get();
            float[] laid = mine.first(tiles.bufferSize());
            float[] upper = mine.second(uppers.bufferSize());
            tiles.clearMargins(laid);
            uppers.clearMargins(upper);
            int end = firstImage(part + 1) * tiles.rows;
            for (int line = firstImage(part) * tiles.rows; line < end; line += tiles.lines) {
                int count = Math.min(tiles.lines, end - line);
                tiles.lay(line, count, laid);
                uppers.lay(line, count, upper);
                multiply(laid, upper, count * tiles.columns, at);
            }
        }

        private int firstImage(int part) {
            return (int) ((long) g.batch() * part / chunks);
        }

        private void multiply(float[] laid, float[] upper, int count, int at) {
            int in = g.inChannels();
            int from = tiles.step(in);
            int step = uppers.step(padded);
            for (int plane = 0; plane < PLANES; plane++) {
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
            Scratch mine = scratch.get();
            float[] total = mine.first(PLANES * padded);
            for (int plane = 0; plane < PLANES; plane++) {
                int to = plane * padded;
                System.arraycopy(sums, (plane * in + c) * padded, total, to, out);
                for (int i = 1; i < chunks; i++) {
                    int from = i * sumsOfChunk() + (plane * in + c) * padded;
                    for (int o = 0; o < out; o++) {
                        total[to + o] += sums[from + o];
                    }
                }
            }
            float[] rows = mine.second(TAPS * SIDE * Lanes.COUNT);
            for (int o = 0; o < out; o += Lanes.COUNT) {
                for (int i = 0; i < SIDE; i++) {
                    WinogradTransforms.gradient(total, i * padded + o, SIDE * padded, rows, i * Lanes.COUNT, SIDE * Lanes.COUNT);
                }
                for (int i = 0; i < TAPS; i++) {
                    WinogradTransforms.gradient(rows, i * SIDE * Lanes.COUNT, Lanes.COUNT, array(dw), dw.offset() + (TAPS * i * in + c) * out + o,
                            in * out);
                }
            }
        }
    }
}

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
    /** Positions below which the errors of a few large products show: with 21 positions they met the contract's tolerance, with 200 a third of it. */
    private static final int LEAST_POSITIONS = 256;
    private static final int SIDE = WinogradTransforms.SIDE;
    private static final int PLANES = WinogradTransforms.PLANES;
    /** The rows, and columns, of a kernel. */
    private static final int TAPS = 3;
    /** Tiles in a group, about: sums are loaded and stored once a group. */
    private static final int TILES = 64;
    /** In channels whose products with a tile take as long as laying it out, and that of the output's gradient. */
    private static final double LAYING = 8;
    /** Floating-point operations that are worth handing to a thread, counted as the definition has them. */
    private static final long GRAIN = 8_000_000;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernels kernels;
    private final WinogradTiles tiles = WinogradTiles.ofInputs();
    private final WinogradTiles uppers = WinogradTiles.ofGradients();
    private final Workers.Task chunk = this::sumChunk;
    private final Workers.Task total = this::total;
    private float[] sums = new float[0];

    private Convolution g;
    private Tile tile;
    private RowKernel kernel;
    private int chunks;
    /** Into how many ranges of in channels a chunk is cut. */
    private int pieces;
    private Tensor dw;
    /** The out channels in whole register tiles. */
    private int padded;

    WinogradWeightGradient(Workers workers, Scratch.OfThread scratch, RowKernels kernels) {
        this.workers = workers;
        this.scratch = scratch;
        this.kernels = kernels;
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
        kernel = kernels.of(g.inChannels() == padded ? padded : 0, g.flops());
        chunks = Math.min(CHUNKS, g.batch());
        tiles.describe(array(x), x.offset(), g.height(), g.width(), g.inChannels(), g.inChannels(),
                g.padding(), g.outHeight(), g.outWidth(), TILES, 1);
        uppers.describe(array(upper), upper.offset(), g.outHeight(), g.outWidth(), g.outChannels(), padded, 0, g.outHeight(), g.outWidth(), TILES, 1);
        int size = chunks * sumsOfChunk();
        if (sums.length < size) {
            sums = new float[size];
        }
        int worthwhile = (int) Math.min(g.inChannels() / tile.rows, g.flops() / (GRAIN * chunks));
        pieces = workers.pieces(chunks, worthwhile, LAYING / (LAYING + g.inChannels()));
        workers.run(chunks * pieces, chunk);
        workers.run(g.inChannels(), total);
    }

    private int sumsOfChunk() {
        return PLANES * g.inChannels() * padded;
    }

    /** The sums of a chunk for a range of in channels. */
    private void sumChunk(int part) {
        int number = part / pieces;
        int first = channel(part % pieces);
        int end = channel(part % pieces + 1);
        int at = number * sumsOfChunk();
        for (int plane = 0; plane < PLANES; plane++) {
            int row = at + plane * g.inChannels() * padded;
            Arrays.fill(sums, row + first * padded, row + end * padded, 0);
        }
        Scratch mine = scratch.get();
        float[] laid = mine.first(tiles.bufferSize());
        float[] upper = mine.second(uppers.bufferSize());
        tiles.clearMargins(laid);
        uppers.clearMargins(upper);
        int last = firstImage(number + 1) * tiles.rows;
        for (int line = firstImage(number) * tiles.rows; line < last; line += tiles.lines) {
            int count = Math.min(tiles.lines, last - line);
            tiles.lay(line, count, laid);
            uppers.lay(line, count, upper);
            multiply(laid, upper, count * tiles.columns, first, end, at);
        }
    }

    private int firstImage(int part) {
        return (int) ((long) g.batch() * part / chunks);
    }

    /** The first in channel of a piece. */
    private int channel(int piece) {
        return piece * (g.inChannels() / tile.rows) / pieces * tile.rows;
    }

    private void multiply(float[] laid, float[] upper, int count, int first, int end, int at) {
        int in = g.inChannels();
        int from = tiles.step(in);
        int step = uppers.step(padded);
        for (int plane = 0; plane < PLANES; plane++) {
            for (int column = 0; column < padded; column += tile.columns) {
                for (int c = first; c < end; c += tile.rows) {
                    tile.outer(kernel, laid, plane * from + c, in, count, upper, plane * step + column, padded, sums,
                            at + (plane * in + c) * padded + column, padded);
                }
            }
        }
    }

    /** Adds the chunks' sums for one in channel and transforms them back. */
    private void total(int c) {
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
        transformBack(g, total, 0, padded, c, 0, out, dw, mine);
    }

    /**
     * G^T m G of one in channel's sums, into its part of the gradient.
     *
     * @param sums planes, {@code plane} floats apart, of the out channels from {@code from} up to {@code end}; the first at {@code at}
     * @param mine of which the second array is used
     */
    static void transformBack(Convolution g, float[] sums, int at, int plane, int c, int from, int end, Tensor dw, Scratch mine) {
        int count = end - from;
        float[] rows = mine.second(TAPS * SIDE * count);
        for (int i = 0; i < SIDE; i++) {
            WinogradTransforms.gradient(sums, at + i * plane, SIDE * plane, count, rows, i * count, SIDE * count);
        }
        int to = dw.offset() + c * g.outChannels() + from;
        int tap = g.inChannels() * g.outChannels();
        for (int i = 0; i < TAPS; i++) {
            WinogradTransforms.gradient(rows, i * SIDE * count, count, count, array(dw), to + TAPS * i * tap, tap);
        }
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * What {@link WinogradWeightGradient} computes, for so many channels that the sums of a few chunks would fill the caches: with one set of sums,
 * plane by plane. The tiles of some images at a time are laid out by all threads; then the planes, and ranges of their in channels, are shared out.
 *
 * <p>Of few tiles the sums take longer to write and to read than to compute: blocks of channels are shared out then, whose sums of all planes
 * stay in the second cache until they are transformed back.
 */
final class WinogradWideGradient {

    /** Floats of a set of sums from which on this way is the faster. */
    private static final int LEAST_SUMS = 150_000;
    /** Floats of the planes laid out at a time, about: 16 MB. */
    private static final int LAID = 1 << 22;
    /** Tiles that a thread lays out at a time, about. */
    private static final int TILES = 16;
    /** In channels of a range, about. */
    private static final int RANGE = 64;
    /** Tiles of a batch up to which blocks are the faster: 16 with 512 channels 21 to 12 ms, 64 with 512 slower, with 256 11 to 9. */
    private static final int FEW_TILES = 32;
    /** In channels of a block: whole register tiles. */
    private static final int IN = 16;
    /** Out channels of a block, at most; whole register tiles. */
    private static final int OUT = 64;
    private static final int PLANES = WinogradTransforms.PLANES;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernel kernel = new RowTiles();
    private final WinogradTiles tiles = WinogradTiles.ofInputs();
    private final WinogradTiles uppers = WinogradTiles.ofGradients();
    private final Workers.Task lay = this::lay;
    private final Workers.Task planes = this::multiplyPlane;
    private final Workers.Task blocks = this::multiplyBlock;
    private final Workers.Task back = this::transformBack;
    private float[] laid = new float[0];
    private float[] upper = new float[0];
    private float[] sums = new float[0];

    private Convolution g;
    private Tile tile;
    private Tensor dw;
    /** The out channels in whole register tiles. */
    private int padded;
    /** Floats from tile to tile of a plane of the gradient: rows a power of two apart would meet in the same sets of the first cache. */
    private int upperStep;
    private int ranges;
    /** Whether blocks are shared out, and so many rows of them. */
    private boolean few;
    private int blockRows;
    /** The out channels of a block. */
    private int width;
    /** Lines of the batch, the first of those laid out, how many these are, and of them those that a part lays out. */
    private int lines;
    private int first;
    private int count;
    private int linesInPart;

    WinogradWideGradient(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /** Whether {@link #compute} may be called and pays: where {@link WinogradWeightGradient#fit Winograd's} may and the sums are many. */
    static boolean fit(Convolution g) {
        return WinogradWeightGradient.fit(g) && (long) PLANES * g.inChannels() * g.outChannels() >= LEAST_SUMS;
    }

    void compute(Convolution geometry, Tensor x, Tensor gradient, Tensor weightGradient) {
        g = geometry;
        dw = weightGradient;
        tile = Tile.ofChannels(g.outChannels());
        padded = tile.panels(g.outChannels()) * tile.columns;
        upperStep = padded + WinogradTiles.SKEW;
        ranges = Math.max(1, g.inChannels() / RANGE);
        int all = g.batch() * WinogradTiles.along(g.outHeight()) * WinogradTiles.along(g.outWidth());
        few = all <= FEW_TILES;
        blockRows = (g.inChannels() + IN - 1) / IN;
        width = Math.max(tile.columns, Math.min(OUT, blockRows * tile.panels(g.outChannels()) / (2 * workers.threads()) * tile.columns));
        int atOnce = few ? all : Math.min(all, LAID / (PLANES * (g.inChannels() + upperStep)));
        tiles.describe(array(x), x.offset(), g.height(), g.width(), g.inChannels(), g.inChannels(), g.padding(), g.outHeight(), g.outWidth(),
                atOnce, 1);
        uppers.describe(array(gradient), gradient.offset(), g.outHeight(), g.outWidth(), g.outChannels(), upperStep, 0, g.outHeight(), g.outWidth(),
                atOnce, 1);
        lines = g.batch() * tiles.rows;
        makeRoom();
        linesInPart = Math.max(1, TILES / tiles.columns);
        for (first = 0; first < lines; first += tiles.lines) {
            count = Math.min(tiles.lines, lines - first);
            workers.run((count + linesInPart - 1) / linesInPart, lay);
            if (few) {
                workers.run(blockRows * ((padded + width - 1) / width), blocks);
            } else {
                workers.run(PLANES * ranges, planes);
            }
        }
        if (!few) {
            workers.run(g.inChannels(), back);
        }
    }

    private void makeRoom() {
        if (laid.length < PLANES * tiles.step(g.inChannels())) {
            laid = new float[PLANES * tiles.step(g.inChannels())];
        }
        if (upper.length < PLANES * uppers.step(upperStep)) {
            upper = new float[PLANES * uppers.step(upperStep)];
        }
        if (!few && sums.length < PLANES * g.inChannels() * padded) {
            sums = new float[PLANES * g.inChannels() * padded];
        }
    }

    /** Lays out some lines of the images, and of the output's gradient. */
    private void lay(int part) {
        int place = part * linesInPart;
        int some = Math.min(linesInPart, count - place);
        Scratch mine = scratch.get();
        float[] between = mine.first(Math.max(tiles.betweenSize(), uppers.betweenSize()));
        tiles.clearMargins(between, 0);
        tiles.lay(first + place, some, between, 0, laid, place);
        uppers.clearMargins(between, 0);
        uppers.lay(first + place, some, between, 0, upper, place);
    }

    /** Adds the products of the tiles laid out to the sums of one plane and a range of in channels. */
    private void multiplyPlane(int part) {
        int plane = part / ranges;
        int from = channel(part % ranges);
        int end = channel(part % ranges + 1);
        int at = (plane * g.inChannels() + from) * padded;
        if (first == 0) {
            Arrays.fill(sums, at, at + (end - from) * padded, 0);
        }
        multiply(plane, from, end, 0, padded, sums, at, padded);
    }

    private int channel(int range) {
        return range * (g.inChannels() / tile.rows) / ranges * tile.rows;
    }

    /** The sums of all planes of a block of channels, transformed back. */
    private void multiplyBlock(int part) {
        int from = part % blockRows * IN;
        int end = Math.min(g.inChannels(), from + IN);
        int column = part / blockRows * width;
        int last = Math.min(padded, column + width);
        int step = IN * width + WinogradTiles.SKEW;
        Scratch mine = scratch.get();
        float[] block = mine.first(PLANES * step);
        Arrays.fill(block, 0, PLANES * step, 0);
        for (int plane = 0; plane < PLANES; plane++) {
            multiply(plane, from, end, column, last, block, plane * step, width);
        }
        for (int c = from; c < end; c++) {
            WinogradWeightGradient.transformBack(g, block, (c - from) * width, step, c, column, Math.min(last, g.outChannels()), dw, mine);
        }
    }

    /** Adds the products of some in channels and some columns in one plane to sums, whose rows are {@code step} floats apart. */
    private void multiply(int plane, int from, int end, int column, int last, float[] to, int at, int step) {
        int x = plane * tiles.step(g.inChannels()) + from;
        int y = plane * uppers.step(upperStep) + column;
        for (int o = 0; o < last - column; o += tile.columns) {
            for (int c = 0; c < end - from; c += tile.rows) {
                tile.outer(kernel, laid, x + c, g.inChannels(), count * tiles.columns, upper, y + o, upperStep, to, at + c * step + o, step);
            }
        }
    }

    /** Transforms one in channel's sums back. */
    private void transformBack(int c) {
        WinogradWeightGradient.transformBack(g, sums, c * padded, g.inChannels() * padded, c, 0, g.outChannels(), dw, scratch.get());
    }
}

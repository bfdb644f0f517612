package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/**
 * Convolution of 3x3 kernels with stride 1 and its gradient by the input, which is the same with the kernels turned around, by
 * {@link WinogradTransforms}: 36 matrix products of transformed tiles with transformed kernels. Every tile is computed alike whatever its group.
 *
 * <p>All kernels are transformed first, then groups of tiles are laid out and multiplied. Of so many channels that the transformed kernels
 * would fill the caches, and that no {@link FixedWeights} keep, only some at a time are transformed: what is laid out first is a segment of tiles.
 */
final class WinogradConvolution {

    /** Floating-point operations that are worth handing to a thread, counted as the definition has them. */
    private static final long GRAIN = 8_000_000;
    /** Channels in a sum below which the errors of few products show everywhere. */
    private static final int LEAST_CHANNELS = 16;
    /**
     * Channels in a sum below which they show in an image's corners: of two million with 16, some twenty passed the
     * contract's tolerance, with 32 none.
     */
    private static final int LEAST_IN_CORNERS = 32;
    /** With two zeros around, a corner is a single product of all that its tile sums up: its errors passed the contract's tolerance. */
    private static final int MOST_ZEROS = 1;
    /** Tiles in a group, about. */
    private static final int TILES = 32;
    /** Floats of the transformed kernels from which on some at a time are transformed; with less, 128 channels to 128, it is no faster. */
    private static final int WIDE = 1_000_000;
    /** Tiles in a segment, about: with 128 the kernels of all channels were faster again. */
    private static final int SEGMENT = 64;
    /** Tiles of a segment that a thread lays out at a time, about. */
    private static final int LAID = 16;
    /** In channels whose kernels are transformed before they are multiplied, if some at a time are. */
    private static final int BLOCK = 128;
    /** Out channels whose products with a tile take as long as laying it out. */
    private static final double LAYING = 4;
    private static final int SIDE = WinogradTransforms.SIDE;
    private static final int PLANES = WinogradTransforms.PLANES;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernels kernels;
    private final WinogradTiles tiles = WinogradTiles.ofInputs();
    private final WinogradKernels transforms = new WinogradKernels();
    private final WinogradCorners corners;
    private final Workers.Task weights = this::transform;
    private final Workers.Task multiply = this::multiply;
    private final Workers.Task lay = this::lay;
    private final Workers.Task multiplyWide = this::multiplyWide;
    private final float[] zeros = new float[2 * 16];
    private float[] ownPanels = new float[0];
    private float[] segment = new float[0];
    private final PaddedBias paddedBias = new PaddedBias();
    private float[] bias;

    private Tile tile;
    private RowKernel kernel;
    private Tensor w;
    private FixedWeights kept;
    private boolean toTransform;
    /** The transformed kernels, in panels: {@link #ownPanels}, or what fixed weights keep. */
    private float[] packed;
    private boolean turned;
    /** Whether some kernels at a time are transformed. */
    private boolean wide;
    private int inChannels;
    private int outChannels;
    /** The out channels in whole register tiles. */
    private int padded;
    private float[] residual;
    private int residualAt;
    private boolean relu;
    private float[] out;
    private int outAt;
    private int outHeight;
    private int outWidth;
    private int lines;
    private int groupsInPart;
    /** Into how many ranges of out channels a part is cut. */
    private int pieces;
    /** The first line of a segment, how many it has, and of them those that a part lays out. */
    private int first;
    private int count;
    private int linesInPart;
    /** Out channels of a segment's part. */
    private int range;

    /** Whether {@link #convolve} may be called. */
    static boolean fitForward(Convolution g) {
        return WinogradTiles.fit(g) && exactEnough(g.inChannels(), g.padding());
    }

    /** Whether {@link #backwardData} may be called. */
    static boolean fitBackwardData(Convolution g) {
        return WinogradTiles.fit(g) && exactEnough(g.outChannels(), zerosAroundGradient(g));
    }

    /**
     * Whether the errors are far below what the definition's sums allow.
     *
     * @param summed      channels that are summed over
     * @param zerosAround zeros on each side of what is convolved: the image, or the output's gradient
     */
    private static boolean exactEnough(int summed, int zerosAround) {
        return summed >= LEAST_CHANNELS && zerosAround >= 0 && zerosAround <= MOST_ZEROS;
    }

    /** The zeros around the output's gradient in the gradient by the input. */
    private static int zerosAroundGradient(Convolution g) {
        return g.kernel() - 1 - g.padding();
    }

    WinogradConvolution(Workers workers, Scratch.OfThread scratch, RowKernels kernels) {
        corners = new WinogradCorners(workers, scratch);
        this.workers = workers;
        this.scratch = scratch;
        this.kernels = kernels;
    }

    /** @param fixed keeps the transformed kernels; or null */
    void convolve(Convolution g, Tensor x, Tensor kernelWeights, FixedWeights fixed, Tensor addedBias,
                  Tensor addedResidual, boolean rectified, Tensor y) {
        relu = rectified;
        turned = false;
        inChannels = g.inChannels();
        outChannels = g.outChannels();
        outHeight = g.outHeight();
        outWidth = g.outWidth();
        prepare(g, kernelWeights, fixed, addedBias, addedResidual, y);
        tiles.describe(array(x), x.offset(), g.height(), g.width(), inChannels, inChannels, g.padding(), outHeight, outWidth, tilesAtOnce(g),
                tile.rows);
        run(g, x, g.padding());
    }

    void backwardData(Convolution g, Tensor dy, Tensor kernelWeights, Tensor dx, boolean accumulate) {
        relu = false;
        turned = true;
        inChannels = g.outChannels();
        outChannels = g.inChannels();
        outHeight = g.height();
        outWidth = g.width();
        prepare(g, kernelWeights, null, null, accumulate ? dx : null, dx);
        tiles.describe(array(dy), dy.offset(), g.outHeight(), g.outWidth(), inChannels,
                inChannels, zerosAroundGradient(g), outHeight, outWidth, tilesAtOnce(g), tile.rows);
        run(g, dy, zerosAroundGradient(g));
    }

    private void prepare(Convolution g, Tensor kernelWeights, FixedWeights fixed, Tensor addedBias, Tensor addedResidual, Tensor y) {
        tile = Tile.ofChannels(outChannels);
        padded = tile.panels(outChannels) * tile.columns;
        kernel = kernels.of(inChannels, g.flops());
        w = kernelWeights;
        transforms.describe(kernelWeights, turned, inChannels, outChannels, tile);
        wide = fixed == null && PLANES * inChannels * padded >= WIDE;
        int size = wide ? 0 : PLANES * plane();
        if (fixed == null && ownPanels.length < size) {
            ownPanels = new float[size];
        }
        float[] made = fixed == null ? null : fixed.made();
        toTransform = made == null;
        packed = made != null ? made : fixed == null ? ownPanels : fixed.room(size);
        kept = fixed;
        bias = paddedBias.of(addedBias, outChannels, tile);
        residual = addedResidual == null ? null : array(addedResidual);
        residualAt = addedResidual == null ? 0 : addedResidual.offset();
        out = array(y);
        outAt = y.offset();
    }

    private int tilesAtOnce(Convolution g) {
        if (!wide) {
            return TILES;
        }
        int columns = WinogradTiles.along(outWidth);
        int all = g.batch() * WinogradTiles.along(outHeight);
        int segments = (all * columns + SEGMENT - 1) / SEGMENT;
        return (all + segments - 1) / segments * columns;
    }

    private void run(Convolution g, Tensor x, int zerosAround) {
        boolean apart = zerosAround > 0 && inChannels < LEAST_IN_CORNERS;
        if (apart) {
            corners.describe(g, x, w, turned);
            corners.sum(bias, residual, residualAt, relu);
        }
        lines = g.batch() * tiles.rows;
        if (wide) {
            runSegments();
        } else {
            runGroups(g.flops());
        }
        if (apart) {
            corners.put(out, outAt);
        }
    }

    private void runGroups(long flops) {
        if (toTransform) {
            workers.run(ranges(WinogradKernels.COLUMNS) * inChannels / WinogradKernels.CHANNELS, weights);
            if (kept != null) {
                kept.keep(packed);
            }
        }
        groupsInPart = (int) Math.max(1, GRAIN * lines / (flops * tiles.lines));
        int groups = (lines + tiles.lines - 1) / tiles.lines;
        int parts = (groups + groupsInPart - 1) / groupsInPart;
        int worthwhile = (int) Math.min(tile.panels(outChannels), flops / (GRAIN * parts));
        pieces = workers.pieces(parts, worthwhile, LAYING / (LAYING + outChannels));
        workers.run(parts * pieces, multiply);
    }

    private void runSegments() {
        int size = PLANES * tiles.step(inChannels);
        if (segment.length < size) {
            segment = new float[size];
        }
        linesInPart = Math.max(1, LAID / tiles.columns);
        range = Math.max(tile.columns, Math.min(WinogradKernels.COLUMNS, column(1, workers.threads())));
        for (first = 0; first < lines; first += tiles.lines) {
            count = Math.min(tiles.lines, lines - first);
            workers.run((count + linesInPart - 1) / linesInPart, lay);
            workers.run(ranges(range), multiplyWide);
        }
    }

    /** How many ranges of so many columns there are. */
    private int ranges(int columns) {
        return (padded + columns - 1) / columns;
    }

    /** Floats from plane to plane of the transformed kernels; apart as those of {@link WinogradTiles}. */
    private int plane() {
        return inChannels * padded + WinogradTiles.SKEW;
    }

    /** Transforms the kernels of a few in channels and a range of out channels. */
    private void transform(int part) {
        int blocks = inChannels / WinogradKernels.CHANNELS;
        int from = part % blocks * WinogradKernels.CHANNELS;
        int column = part / blocks * WinogradKernels.COLUMNS;
        transforms.transform(from, column, Math.min(padded, column + WinogradKernels.COLUMNS), scratch.get().first(WinogradKernels.ROOM), 0,
                packed, column * inChannels + from * tile.columns, inChannels * tile.columns, plane());
    }

    /** A few groups of lines of tiles, in a range of out channels. */
    private void multiply(int part) {
        int group = part / pieces;
        int from = column(part % pieces, pieces);
        int end = column(part % pieces + 1, pieces);
        Scratch mine = scratch.get();
        float[] laid = mine.first(tiles.bufferSize());
        float[] products = mine.second(PLANES * tiles.step(end - from));
        tiles.clearMargins(laid);
        int last = Math.min(lines, (group + 1) * groupsInPart * tiles.lines);
        for (int line = group * groupsInPart * tiles.lines; line < last; line += tiles.lines) {
            int some = Math.min(tiles.lines, last - line);
            tiles.lay(line, some, laid);
            multiply(laid, 0, inChannels, packed, from * inChannels, inChannels * tile.columns, plane(), products, some * tiles.columns, from, end);
            finish(line, some, products, from, end);
        }
    }

    /** The first column of one of so many like pieces. */
    private int column(int piece, int of) {
        return piece * tile.panels(outChannels) / of * tile.columns;
    }

    /** Lays out some lines of a segment. */
    private void lay(int part) {
        int place = part * linesInPart;
        float[] between = scratch.get().first(tiles.betweenSize());
        tiles.clearMargins(between, 0);
        tiles.lay(first + place, Math.min(linesInPart, count - place), between, 0, segment, place);
    }

    /** All lines of a segment, in a range of out channels. */
    private void multiplyWide(int part) {
        int column = part * range;
        int end = Math.min(padded, column + range);
        int panel = BLOCK * tile.columns;
        int plane = BLOCK * (end - column) + WinogradTiles.SKEW;
        Scratch mine = scratch.get();
        float[] transformed = mine.first(PLANES * plane + WinogradKernels.ROOM);
        float[] products = mine.second(PLANES * tiles.step(end - column));
        for (int from = 0; from < inChannels; from += BLOCK) {
            int some = Math.min(BLOCK, inChannels - from);
            for (int c = 0; c < some; c += WinogradKernels.CHANNELS) {
                transforms.transform(from + c, column, end, transformed, PLANES * plane, transformed, c * tile.columns, panel, plane);
            }
            multiply(segment, from, some, transformed, 0, panel, plane, products, count * tiles.columns, column, end);
        }
        finish(first, count, products, column, end);
    }

    /**
     * The products of {@code some} in channels, the first {@code from}, which are added to those before.
     *
     * @param kernelPlanes transformed kernels, the first panel and in channel at {@code at}, panels and planes so far apart
     */
    private void multiply(float[] laid, int from, int some, float[] kernelPlanes, int at, int panel, int plane, float[] products, int positions,
                          int column, int end) {
        int step = tiles.step(inChannels);
        int width = end - column;
        int to = tiles.step(width);
        boolean starts = from == 0;
        for (int i = 0; i < PLANES; i++) {
            for (int o = 0; o < width; o += tile.columns) {
                int w0 = at + i * plane + o / tile.columns * panel;
                for (int t = 0; t < positions; t += tile.rows) {
                    int o0 = i * to + t * width + o;
                    tile.rows(kernel, laid, i * step + t * inChannels + from, inChannels, some, kernelPlanes, w0, starts ? zeros : products,
                            starts ? 0 : o0, starts ? 0 : width, products, o0, width);
                }
            }
        }
    }

    /** Transforms the products of some lines back. */
    private void finish(int line, int some, float[] products, int first, int end) {
        int step = tiles.step(end - first);
        int length = tiles.columns * (end - first);
        for (int i = 0; i < SIDE; i++) {
            WinogradTransforms.outputColumns(products, i * step, SIDE * step, some * length);
        }
        for (int i = 0; i < some; i++) {
            finish(line + i, products, i * length, first, end);
        }
    }

    private void finish(int line, float[] products, int from, int first, int end) {
        int top = line % tiles.rows * WinogradTransforms.STRIDE;
        int rowLength = outWidth * outChannels;
        int whole = outWidth / WinogradTransforms.STRIDE;
        int rest = outWidth - whole * WinogradTransforms.STRIDE;
        int width = end - first;
        int inside = Math.min(end, outChannels);
        int step = tiles.step(width);
        float[] added = residual == null ? zeros : residual;
        int aStep = residual == null ? 0 : outChannels;
        float floor = relu ? 0 : Float.NEGATIVE_INFINITY;
        for (int i = 0; i < Math.min(WinogradTransforms.STRIDE, outHeight - top); i++) {
            int at = (line / tiles.rows * outHeight + top + i) * rowLength;
            int row = SIDE * i * step + from;
            WinogradTransforms.outputRow(products, row, step, width, whole, first, inside, bias, added, aStep == 0 ? 0 : residualAt + at, aStep,
                    floor, out, outAt + at, outChannels);
            if (rest > 0) {
                // The last tile reaches over the image: its outputs take the place of its products first.
                int m0 = row + whole * width;
                WinogradTransforms.outputRow(products, m0, step, width, 1, first, inside, bias, zeros, 0, 0, Float.NEGATIVE_INFINITY, products,
                        m0 - first, step);
                for (int j = 0; j < rest; j++) {
                    int last = at + (whole * WinogradTransforms.STRIDE + j) * outChannels + first;
                    WinogradTransforms.place(products, m0 + j * step, added, aStep == 0 ? 0 : residualAt + last, aStep, floor, out, outAt + last,
                            inside - first);
                }
            }
        }
    }
}

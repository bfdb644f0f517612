package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/**
 * Convolution of 3x3 kernels with stride 1 and its gradient by the input, which is the same with the kernels turned around, by
 * {@link WinogradTransforms}: 36 matrix products of transformed tiles with transformed kernels. Every tile is computed alike whatever its group.
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
    /** In channels whose kernels are transformed at a time. */
    private static final int CHANNELS = 16;
    /** Out channels whose products with a tile take as long as laying it out. */
    private static final double LAYING = 4;
    private static final int SIDE = WinogradTransforms.SIDE;
    private static final int PLANES = WinogradTransforms.PLANES;
    /** The rows, and columns, of a kernel. */
    private static final int TAPS = 3;
    private static final int L = Lanes.COUNT;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernels kernels;
    private final WinogradTiles tiles = WinogradTiles.ofInputs();
    private final WinogradCorners corners;
    private final Workers.Task weights = this::transform;
    private final Workers.Task multiply = this::multiply;
    private final float[] zeros = new float[2 * 16];
    private float[] ownPanels = new float[0];
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
        tiles.describe(array(x), x.offset(), g.height(), g.width(), inChannels, inChannels, g.padding(), outHeight, outWidth, TILES,
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
                inChannels, zerosAroundGradient(g), outHeight, outWidth, TILES, tile.rows);
        run(g, dy, zerosAroundGradient(g));
    }

    private void prepare(Convolution g, Tensor kernelWeights, FixedWeights fixed, Tensor addedBias, Tensor addedResidual, Tensor y) {
        tile = Tile.ofChannels(outChannels);
        padded = tile.panels(outChannels) * tile.columns;
        kernel = kernels.of(inChannels, g.flops());
        w = kernelWeights;
        int size = PLANES * plane();
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

    private void run(Convolution g, Tensor x, int zerosAround) {
        boolean apart = zerosAround > 0 && inChannels < LEAST_IN_CORNERS;
        if (apart) {
            corners.describe(g, x, w, turned);
            corners.sum(bias, residual, residualAt, relu);
        }
        if (toTransform) {
            workers.run(tile.panels(outChannels) * channelBlocks(), weights);
            if (kept != null) {
                kept.keep(packed);
            }
        }
        lines = g.batch() * tiles.rows;
        groupsInPart = (int) Math.max(1, GRAIN * lines / (g.flops() * tiles.lines));
        int groups = (lines + tiles.lines - 1) / tiles.lines;
        int parts = (groups + groupsInPart - 1) / groupsInPart;
        int worthwhile = (int) Math.min(tile.panels(outChannels), g.flops() / (GRAIN * parts));
        pieces = workers.pieces(parts, worthwhile, LAYING / (LAYING + outChannels));
        workers.run(parts * pieces, multiply);
        if (apart) {
            corners.put(out, outAt);
        }
    }

    /** Floats from plane to plane of the transformed kernels; apart as those of {@link WinogradTiles}. */
    private int plane() {
        return inChannels * padded + WinogradTiles.SKEW;
    }

    private int channelBlocks() {
        return (inChannels + CHANNELS - 1) / CHANNELS;
    }

    /** Transforms kernels into planes of [panel][in channel][columns]: those of one panel and some in channels, which lie together in each plane. */
    private void transform(int part) {
        int first = part % channelBlocks() * CHANNELS;
        int column = part / channelBlocks() * tile.columns;
        for (int c = first; c < Math.min(inChannels, first + CHANNELS); c++) {
            for (int o = column; o < Math.min(outChannels, column + tile.columns); o += L) {
                transform(c, o, column * inChannels + c * tile.columns + o - column);
            }
        }
    }

    /**
     * Transforms the rows of a vector of kernels, then the columns of what they became, by one call in one loop: of three calls, C2 left
     * the last one's vectors in the heap.
     */
    private void transform(int c, int o, int to) {
        int plane = plane();
        int tap = turned ? L : inChannels * outChannels;
        float[] rows = scratch.get().first((TAPS * SIDE + TAPS * TAPS) * L);
        float[] taps = turned ? rows : array(w);
        int first = turned ? TAPS * SIDE * L : w.offset() + c * outChannels + o;
        if (turned) {
            turn(c, o, rows, first);
        }
        for (int i = -TAPS; i < SIDE; i++) {
            boolean row = i < 0;
            int line = row ? i + TAPS : i;
            WinogradTransforms.kernel(row ? taps : rows, row ? first + line * tap : line * TAPS * L, row ? TAPS * tap : L,
                    row ? rows : packed, row ? line * L : to + line * SIDE * plane, row ? TAPS * L : plane);
        }
    }

    /** The kernels between this layer's out channel c and a vector of its in channels from o on, last tap first. */
    private void turn(int c, int o, float[] to, int at) {
        float[] kernels = array(w);
        for (int tap = 0; tap < TAPS * TAPS; tap++) {
            int from = w.offset() + ((TAPS * TAPS - 1 - tap) * outChannels + o) * inChannels + c;
            for (int i = 0; i < L; i++) {
                to[at + tap * L + i] = kernels[from + i * inChannels];
            }
        }
    }

    /** A few groups of lines of tiles, in a range of out channels. */
    private void multiply(int part) {
        int group = part / pieces;
        int first = column(part % pieces);
        int end = column(part % pieces + 1);
        Scratch mine = scratch.get();
        float[] laid = mine.first(tiles.bufferSize());
        int step = tiles.step(end - first);
        float[] products = mine.second(PLANES * step);
        tiles.clearMargins(laid);
        int last = Math.min(lines, (group + 1) * groupsInPart * tiles.lines);
        for (int line = group * groupsInPart * tiles.lines; line < last; line += tiles.lines) {
            int count = Math.min(tiles.lines, last - line);
            tiles.lay(line, count, laid);
            multiply(laid, products, count * tiles.columns, first, end);
            for (int i = 0; i < SIDE; i++) {
                WinogradTransforms.outputColumns(products, i * step, SIDE * step, count * tiles.columns * (end - first));
            }
            for (int i = 0; i < count; i++) {
                finish(line + i, products, i * tiles.columns * (end - first), first, end);
            }
        }
    }

    /** The first column of a piece. */
    private int column(int piece) {
        return piece * tile.panels(outChannels) / pieces * tile.columns;
    }

    private void multiply(float[] laid, float[] products, int count, int first, int end) {
        int from = tiles.step(inChannels);
        int width = end - first;
        int to = tiles.step(width);
        for (int plane = 0; plane < PLANES; plane++) {
            for (int column = first; column < end; column += tile.columns) {
                int panel = plane * plane() + column * inChannels;
                for (int t = 0; t < count; t += tile.rows) {
                    tile.rows(kernel, laid, plane * from + t * inChannels, inChannels, inChannels, packed, panel, zeros, 0, 0, products,
                            plane * to + t * width + column - first, width);
                }
            }
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
        for (int i = 0; i < Math.min(WinogradTransforms.STRIDE, outHeight - top); i++) {
            int at = (line / tiles.rows * outHeight + top + i) * rowLength;
            int row = SIDE * i * step + from;
            WinogradTransforms.outputRow(products, row, step, width, whole, first, inside, outChannels, bias, residual, residualAt + at, relu,
                    out, outAt + at, WinogradTransforms.STRIDE);
            if (rest > 0) {
                int last = at + whole * WinogradTransforms.STRIDE * outChannels;
                WinogradTransforms.outputRow(products, row + whole * width, step, width, 1, first, inside, outChannels, bias, residual,
                        residualAt + last, relu, out, outAt + last, rest);
            }
        }
    }
}

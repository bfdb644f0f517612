package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * Convolution of 3x3 kernels with stride 1 and its gradient by the input, which is the same with the kernels turned around, by
 * {@link WinogradTransforms}: 16 matrix products of transformed tiles with transformed kernels. Every tile is computed alike whatever its group.
 */
final class WinogradConvolution {

    /** Floating-point operations that are worth handing to a thread, counted as the definition has them. */
    private static final long GRAIN = 8_000_000;
    /** Tiles in a group, about. */
    private static final int TILES = 32;
    /** Where row or column i of a transformed kernel comes from when the kernel is turned around. */
    private static final int[] TURNED = {3, 1, 2, 0};

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernels kernels;
    private final WinogradTiles tiles = new WinogradTiles();
    private final Weights weights = new Weights();
    private final Multiply multiply = new Multiply();
    private final float[] zeros = new float[2 * 16];
    private float[] packed = new float[0];
    private float[] bias = new float[0];

    private Tile tile;
    private RowKernel kernel;
    private Tensor w;
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

    WinogradConvolution(Workers workers, Scratch.OfThread scratch, RowKernels kernels) {
        this.workers = workers;
        this.scratch = scratch;
        this.kernels = kernels;
    }

    void convolve(Convolution g, Tensor x, Tensor kernelWeights, Tensor addedBias, Tensor addedResidual, boolean rectified, Tensor y) {
        relu = rectified;
        turned = false;
        inChannels = g.inChannels();
        outChannels = g.outChannels();
        outHeight = g.outHeight();
        outWidth = g.outWidth();
        prepare(g, kernelWeights, addedBias, addedResidual, y);
        tiles.describe(array(x), x.offset(), g.height(), g.width(), inChannels, g.padding(), outHeight, outWidth, TILES,
                tile.rows);
        run(g);
    }

    void backwardData(Convolution g, Tensor dy, Tensor kernelWeights, Tensor dx, boolean accumulate) {
        relu = false;
        turned = true;
        inChannels = g.outChannels();
        outChannels = g.inChannels();
        outHeight = g.height();
        outWidth = g.width();
        prepare(g, kernelWeights, null, accumulate ? dx : null, dx);
        tiles.describe(array(dy), dy.offset(), g.outHeight(), g.outWidth(), inChannels, 2 - g.padding(), outHeight, outWidth, TILES,
                tile.rows);
        run(g);
    }

    private void prepare(Convolution g, Tensor kernelWeights, Tensor addedBias, Tensor addedResidual, Tensor y) {
        tile = Tile.ofChannels(outChannels);
        padded = tile.panels(outChannels) * tile.columns;
        kernel = kernels.of(inChannels, g.flops());
        w = kernelWeights;
        if (packed.length < WinogradTransforms.PLANES * inChannels * padded) {
            packed = new float[WinogradTransforms.PLANES * inChannels * padded];
        }
        if (bias.length < outChannels) {
            bias = new float[outChannels];
        }
        if (addedBias == null) {
            Arrays.fill(bias, 0);
        } else {
            System.arraycopy(array(addedBias), addedBias.offset(), bias, 0, outChannels);
        }
        residual = addedResidual == null ? null : array(addedResidual);
        residualAt = addedResidual == null ? 0 : addedResidual.offset();
        out = array(y);
        outAt = y.offset();
    }

    private void run(Convolution g) {
        workers.run(g.inChannels(), weights);
        lines = g.batch() * tiles.rows;
        groupsInPart = (int) Math.max(1, GRAIN * lines / (g.flops() * tiles.lines));
        int groups = (lines + tiles.lines - 1) / tiles.lines;
        workers.run((groups + groupsInPart - 1) / groupsInPart, multiply);
    }

    /** Transforms the kernels of one of the convolution's in channels, into panels: planes of [panel][in channel][columns]. */
    private final class Weights implements Workers.Task {

        @Override
        public void part(int c) {
            int others = turned ? inChannels : outChannels;
            int tapStep = inChannels * outChannels;
            int plane = inChannels * padded;
            float[] row = turned ? scratch.get().first(WinogradTransforms.PLANES * others) : null;
            for (int o = 0; o < others; o += Lanes.COUNT) {
                int from = w.offset() + c * others + o;
                if (turned) {
                    WinogradTransforms.weights(array(w), from, tapStep, row, o, others);
                } else {
                    WinogradTransforms.weights(array(w), from, tapStep, packed, place(c, o), plane);
                }
            }
            if (turned) {
                for (int i = 0; i < WinogradTransforms.PLANES; i++) {
                    int to = place(0, c) + (4 * TURNED[i / 4] + TURNED[i % 4]) * plane;
                    for (int o = 0; o < others; o++) {
                        packed[to + o * tile.columns] = row[i * others + o];
                    }
                }
            }
        }

        private int place(int in, int out) {
            return (out / tile.columns * inChannels + in) * tile.columns + out % tile.columns;
        }
    }

    /** A few groups of lines of tiles. */
    private final class Multiply implements Workers.Task {

        @Override
        public void part(int part) {
            Scratch mine = scratch.get();
            float[] laid = mine.first(tiles.bufferSize());
            float[] products = mine.second(WinogradTransforms.PLANES * tiles.step(padded));
            tiles.clearMargins(laid);
            int end = Math.min(lines, (part + 1) * groupsInPart * tiles.lines);
            for (int line = part * groupsInPart * tiles.lines; line < end; line += tiles.lines) {
                int count = Math.min(tiles.lines, end - line);
                tiles.lay(line, count, laid);
                multiply(laid, products, count * tiles.columns);
                for (int i = 0; i < count; i++) {
                    finish(line + i, products, i * tiles.columns * padded);
                }
            }
        }

        private void multiply(float[] laid, float[] products, int count) {
            int from = tiles.step(inChannels);
            int to = tiles.step(padded);
            for (int plane = 0; plane < WinogradTransforms.PLANES; plane++) {
                for (int column = 0; column < padded; column += tile.columns) {
                    int panel = (plane * padded + column) * inChannels;
                    for (int t = 0; t < count; t += tile.rows) {
                        tile.rows(kernel, laid, plane * from + t * inChannels, inChannels, inChannels, packed, panel, zeros, 0, 0, products,
                                plane * to + t * padded + column, padded);
                    }
                }
            }
        }

        private void finish(int line, float[] products, int from) {
            int row = line % tiles.rows;
            boolean twoRows = 2 * row + 1 < outHeight;
            int rowStep = outWidth * outChannels;
            int at = (line / tiles.rows * outHeight + 2 * row) * rowStep;
            int whole = outWidth / 2;
            int step = tiles.step(padded);
            WinogradTransforms.output(products, from, step, padded, whole, outChannels, bias, residual, residualAt + at, relu, out, outAt + at,
                    rowStep, true, twoRows);
            if (whole < tiles.columns) {
                int last = at + 2 * whole * outChannels;
                WinogradTransforms.output(products, from + whole * padded, step, padded, 1, outChannels, bias, residual, residualAt + last, relu,
                        out, outAt + last, rowStep, false, twoRows);
            }
        }
    }
}

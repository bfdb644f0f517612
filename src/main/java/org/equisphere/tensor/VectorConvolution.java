package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Convolution and its gradient by the input, line by line (see {@link ConvolutionLine}). The gradient by the input of stride s is s * s
 * convolutions of the output's gradient with stride 1, one for each phase of the input's rows and columns.
 */
final class VectorConvolution {

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;
    /** Floating-point operations that are worth handing to a thread. */
    private static final long GRAIN = 4_000_000;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final PackedWeights packed;
    private final Forward forward = new Forward();
    private final BackwardData backwardData = new BackwardData();
    private final RowKernels kernels;
    private final PaddedBias paddedBias = new PaddedBias();
    private float[] startingBias;

    private Convolution g;
    private int lines;
    private int linesInPart;

    VectorConvolution(Workers workers, Scratch.OfThread scratch, RowKernels kernels) {
        this.workers = workers;
        packed = new PackedWeights(workers);
        this.kernels = kernels;
        this.scratch = scratch;
    }

    /** @param fixed keeps the packed weights; or null */
    void convolve(Convolution geometry, Tensor x, Tensor w, FixedWeights fixed, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        g = geometry;
        Tile tile = Tile.ofChannels(g.outChannels());
        boolean around = g.inChannels() < L;
        packed.forward(g, array(w), w.offset(), tile, around ? g.kernel() : 1, fixed);
        startingBias = paddedBias.of(bias, g.outChannels(), tile);
        forward.prepare(tile, around, x, bias, residual, relu, y);
        run(g.batch() * g.outHeight(), forward);
    }

    void backwardData(Convolution geometry, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        g = geometry;
        Tile tile = Tile.ofChannels(g.inChannels());
        startingBias = paddedBias.of(null, g.inChannels(), tile);
        backwardData.prepare(tile, dy, w, dx, accumulate);
        run(g.batch() * g.height(), backwardData);
    }

    private void run(int count, Workers.Task task) {
        lines = count;
        long each = Math.max(1, g.flops() / count);
        linesInPart = (int) Math.max(1, Math.min(count, GRAIN / each));
        workers.run((count + linesInPart - 1) / linesInPart, task);
    }

    private final class Forward implements Workers.Task {

        private final ConvolutionLine line = new ConvolutionLine();
        private int outAt;
        private int startAt;
        private float[] lateBias;
        private boolean relu;
        /** Floats from turn to turn of the weights, where lines keep rows of the one before (see {@link ConvolutionLine#layAround}); else 0. */
        private int turn;

        private void prepare(Tile tile, boolean around, Tensor x, Tensor bias, Tensor residual, boolean rectified, Tensor y) {
            line.describe(g, x);
            line.out = array(y);
            line.outStep = g.outChannels();
            line.outChannels = g.outChannels();
            line.startIsBias = residual == null;
            line.start = residual == null ? startingBias : array(residual);
            line.tile = tile;
            line.packed = packed.array();
            line.kernel = kernels.of(line.step(), g.flops());
            outAt = y.offset();
            startAt = residual == null ? 0 : residual.offset();
            lateBias = bias != null && residual != null ? startingBias : null;
            relu = rectified;
            turn = around ? PackedWeights.forwardSize(g, tile) : 0;
        }

        @Override
        public void part(int part) {
            Scratch mine = scratch.get();
            float[] buffer = mine.first(line.bufferSize());
            int length = g.outWidth() * g.outChannels();
            int to = Math.min(lines, (part + 1) * linesInPart);
            int from = part * linesInPart;
            for (int i = from; i < to; i++) {
                int w0 = 0;
                if (turn > 0) {
                    w0 = turn * line.layAround(i, buffer, i == from);
                } else {
                    line.lay(i / g.outHeight(), i % g.outHeight() * g.stride() - g.padding(), -g.padding(), buffer);
                }
                int at = outAt + i * length;
                line.multiply(buffer, w0, at, line.startIsBias ? 0 : startAt + i * length, mine);
                finish(line.out, at, length);
            }
        }

        /** What is left to do while the line is in the first cache. */
        private void finish(float[] y, int at, int length) {
            int channels = g.outChannels();
            if (lateBias != null) {
                for (int i = 0; i < length; i += channels) {
                    for (int c = 0; c < channels; c++) {
                        y[at + i + c] += lateBias[c];
                    }
                }
            }
            if (relu) {
                rectify(y, at, at + length);
            }
        }

        /** Math.max would not be vectorised everywhere, and {@link Lanes#atLeast} left vectors of this loop on the heap in one JVM of six. */
        private static void rectify(float[] y, int from, int to) {
            int i = from;
            for (; i <= to - L; i += L) {
                FloatVector.fromArray(S, y, i).max(FloatVector.zero(S)).intoArray(y, i);
            }
            for (; i < to; i++) {
                y[i] = Math.max(y[i], 0);
            }
        }
    }

    private final class BackwardData implements Workers.Task {

        /** By row phase and first column: lines[phase * stride + column]. */
        private ConvolutionLine[] phases = new ConvolutionLine[0];
        private int[] weightsAt = new int[0];
        private int outAt;
        private boolean accumulate;

        private void prepare(Tile tile, Tensor dy, Tensor w, Tensor dx, boolean add) {
            int s = g.stride();
            if (phases.length < s * s) {
                phases = new ConvolutionLine[s * s];
                weightsAt = new int[s * s];
                Arrays.setAll(phases, i -> new ConvolutionLine());
            }
            packed.prepare(g.kernel() * g.kernel() * g.outChannels() * tile.panels(g.inChannels()) * tile.columns);
            outAt = dx.offset();
            accumulate = add;
            int next = 0;
            for (int phase = 0; phase < s; phase++) {
                for (int column = 0; column < s; column++) {
                    int columnPhase = (column + g.padding()) % s;
                    weightsAt[phase * s + column] = next;
                    next = packed.backward(g, array(w), w.offset(), tile, phase, columnPhase, next);
                    describe(phases[phase * s + column], tile, phase, column, dy, dx);
                }
            }
        }

        private void describe(ConvolutionLine line, Tile tile, int phase, int column, Tensor dy, Tensor dx) {
            int s = g.stride();
            line.in = array(dy);
            line.inAt = dy.offset();
            line.height = g.outHeight();
            line.width = g.outWidth();
            line.channels = g.outChannels();
            line.tapRows = PackedWeights.taps(g, phase);
            line.tapColumns = PackedWeights.taps(g, (column + g.padding()) % s);
            line.positions = (g.width() - column + s - 1) / s;
            line.columnStep = 1;
            line.out = array(dx);
            line.outStep = s * g.inChannels();
            line.outChannels = g.inChannels();
            line.startIsBias = !accumulate;
            line.start = accumulate ? array(dx) : startingBias;
            line.tile = tile;
            line.packed = packed.array();
            line.kernel = kernels.of(line.step(), g.flops() / (s * s));
        }

        @Override
        public void part(int part) {
            Scratch mine = scratch.get();
            int to = Math.min(lines, (part + 1) * linesInPart);
            for (int i = part * linesInPart; i < to; i++) {
                line(i / g.height(), i % g.height(), mine);
            }
        }

        private void line(int image, int row, Scratch mine) {
            int s = g.stride();
            int phase = (row + g.padding()) % s;
            for (int column = 0; column < Math.min(s, g.width()); column++) {
                ConvolutionLine line = phases[phase * s + column];
                float[] buffer = mine.first(line.bufferSize());
                int at = outAt + ((image * g.height() + row) * g.width() + column) * g.inChannels();
                int firstRow = (row + g.padding()) / s - (line.tapRows - 1);
                line.lay(image, firstRow, (column + g.padding()) / s - (line.tapColumns - 1), buffer);
                line.multiply(buffer, weightsAt[phase * s + column], at, accumulate ? at : 0, mine);
            }
        }
    }
}

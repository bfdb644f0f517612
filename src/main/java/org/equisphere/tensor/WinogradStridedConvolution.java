package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Convolution of 3x3 kernels with stride 2, with Winograd's F(4, 2) along the rows. The outer two of a kernel's columns meet every other column of the
 * image: for them it is a convolution of two taps and stride 1, of which five products give four outputs, y = A^T [(G g) * (B^T d)]. The column in the middle
 * meets the columns between those. That makes 9 products where the definition takes 12.
 *
 * <p>The polynomials are evaluated at 0, -1, 1/2, 2 and infinity, where errors were the least among short fractions: 0.73 units in the last place of
 * the sum of magnitudes, root mean square, where the definition's sums have 0.36. All constants of A and B are exact.
 */
final class WinogradStridedConvolution {

    /** Floating-point operations that are worth handing to a thread, counted as the definition has them. */
    private static final long GRAIN = 4_000_000;
    /** Tiles in a group, about. */
    private static final int TILES = 16;
    /** Outputs of a tile. */
    private static final int SIDE = 4;
    /** Products of a tile along the outer columns. */
    private static final int PLANES = 5;
    private static final int TAPS = 3;
    /** Floats between two planes beyond their length: planes a power of two apart would meet in the same sets of the first cache. */
    private static final int SKEW = 16;
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;
    /** G's rows: what the two outer taps are multiplied by. */
    private static final double[] FIRST = {1, -1 / 4.5, -1 / 1.125, 1 / 9.0, 0};
    private static final double[] LAST = {0, 1 / 4.5, -0.5 / 1.125, 2 / 9.0, 1};

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernels kernels;
    private final Multiply multiply = new Multiply();
    private final float[] zeros = new float[2 * 16];
    private float[] ownPanels = new float[0];
    private float[] bias = new float[0];

    private Convolution g;
    private Tile tile;
    private RowKernel kernel;
    private float[] packed;
    private int patch;
    private int padded;
    private int columns;
    private int lines;
    private int room;
    private int groupsInPart;
    private float[] in;
    private int inAt;
    private float[] residual;
    private int residualAt;
    private boolean relu;
    private float[] out;
    private int outAt;

    /** Whether {@link #convolve} may be called. */
    static boolean fit(Convolution g) {
        return g.kernel() == TAPS && g.stride() == 2 && g.inChannels() % L == 0 && g.outChannels() % L == 0 && g.outWidth() >= TAPS;
    }

    WinogradStridedConvolution(Workers workers, Scratch.OfThread scratch, RowKernels kernels) {
        this.workers = workers;
        this.scratch = scratch;
        this.kernels = kernels;
    }

    /** @param fixed keeps the transformed kernels; or null */
    void convolve(Convolution geometry, Tensor x, Tensor w, FixedWeights fixed, Tensor addedBias, Tensor addedResidual, boolean rectified, Tensor y) {
        g = geometry;
        tile = Tile.ofChannels(g.outChannels());
        padded = tile.panels(g.outChannels()) * tile.columns;
        patch = TAPS * g.inChannels();
        kernel = kernels.of(patch, g.flops());
        columns = (g.outWidth() + SIDE - 1) / SIDE;
        lines = Math.max(1, TILES / columns);
        room = Lanes.roundUp(lines * columns, tile.rows);
        in = array(x);
        inAt = x.offset();
        residual = addedResidual == null ? null : array(addedResidual);
        residualAt = addedResidual == null ? 0 : addedResidual.offset();
        relu = rectified;
        out = array(y);
        outAt = y.offset();
        if (bias.length < padded) {
            bias = new float[padded];
        }
        if (addedBias == null) {
            Arrays.fill(bias, 0);
        } else {
            System.arraycopy(array(addedBias), addedBias.offset(), bias, 0, g.outChannels());
        }
        int size = (PLANES + 1) * patch * padded;
        if (fixed == null && ownPanels.length < size) {
            ownPanels = new float[size];
        }
        packed = fixed == null ? ownPanels : fixed.made(size);
        if (fixed == null || !fixed.isCurrent()) {
            pack(array(w), w.offset());
        }
        if (fixed != null) {
            fixed.setCurrent();
        }
        int all = g.batch() * g.outHeight();
        groupsInPart = (int) Math.max(1, GRAIN * all / (g.flops() * lines));
        int groups = (all + lines - 1) / lines;
        workers.run((groups + groupsInPart - 1) / groupsInPart, multiply);
    }

    /** Transforms the kernels into planes of [panel][row][in channel][columns]; the last plane is the column in the middle. */
    private void pack(float[] w, int w0) {
        int unit = g.inChannels() * g.outChannels();
        for (int plane = 0; plane <= PLANES; plane++) {
            for (int row = 0; row < TAPS; row++) {
                int from = w0 + TAPS * row * unit;
                for (int c = 0; c < g.inChannels(); c++) {
                    for (int o = 0; o < g.outChannels(); o++) {
                        int i = from + c * g.outChannels() + o;
                        int to = ((plane * padded + o / tile.columns * tile.columns) * TAPS + row * tile.columns) * g.inChannels() + c * tile.columns + o % tile.columns;
                        packed[to] = plane == PLANES ? w[i + unit] : (float) (FIRST[plane] * w[i] + LAST[plane] * w[i + 2 * unit]);
                    }
                }
            }
        }
    }

    /** A few groups of lines of tiles. */
    private final class Multiply implements Workers.Task {

        @Override
        public void part(int part) {
            Scratch mine = scratch.get();
            int channels = g.inChannels();
            int step = room * patch + SKEW;
            int productStep = room * padded + SKEW;
            int rowAt = PLANES * step + SIDE * room * patch;
            int rowLength = (2 * SIDE * columns + 1) * channels;
            float[] laid = mine.first(rowAt + rowLength);
            float[] products = mine.second(PLANES * productStep + SIDE * room * padded);
            Arrays.fill(laid, rowAt, rowAt + rowLength, 0);
            int end = Math.min(g.batch() * g.outHeight(), (part + 1) * groupsInPart * lines);
            for (int line = part * groupsInPart * lines; line < end; line += lines) {
                int count = Math.min(lines, end - line);
                for (int i = 0; i < TAPS * count; i++) {
                    int at = line + i / TAPS;
                    lay(at / g.outHeight(), 2 * (at % g.outHeight()) - g.padding() + i % TAPS, laid, i / TAPS * columns, i % TAPS * channels, step, rowAt);
                }
                multiply(laid, step, products, productStep, count * columns);
                for (int i = 0; i < count; i++) {
                    finish(line + i, products, i * columns * padded, productStep, PLANES * productStep + SIDE * i * columns * padded);
                }
            }
        }

        /** Lays out one row of an image from tile {@code tile} on. */
        private void lay(int image, int y, float[] laid, int tile, int at, int step, int rowAt) {
            int channels = g.inChannels();
            int to = tile * patch + at;
            int between = PLANES * step + SIDE * tile * patch + at;
            if (y < 0 || y >= g.height()) {
                for (int plane = 0; plane < PLANES; plane++) {
                    StridedCopy.clear(laid, plane * step + to, patch, channels, columns);
                }
                StridedCopy.clear(laid, between, patch, channels, SIDE * columns);
                return;
            }
            int left = g.padding() * channels;
            System.arraycopy(in, inAt + (image * g.height() + y) * g.width() * channels, laid, rowAt + left,
                    Math.min((2 * SIDE * columns + 1) * channels - left, g.width() * channels));
            inputRow(laid, rowAt, channels, columns, laid, to, between, patch, step);
        }

        private void multiply(float[] laid, int step, float[] products, int productStep, int count) {
            for (int plane = 0; plane <= PLANES; plane++) {
                int n = plane == PLANES ? SIDE * count : count;
                for (int column = 0; column < padded; column += tile.columns) {
                    int panel = (plane * padded + column) * patch;
                    for (int t = 0; t < n; t += tile.rows) {
                        tile.rows(kernel, laid, plane * step + t * patch, patch, patch, packed, panel, plane == PLANES ? bias : zeros, plane == PLANES ? column : 0, 0, products,
                                plane * productStep + t * padded + column, padded);
                    }
                }
            }
        }

        private void finish(int line, float[] products, int m0, int step, int even) {
            int at = line * g.outWidth() * g.outChannels();
            int whole = g.outWidth() / SIDE;
            int rest = g.outWidth() - whole * SIDE;
            outputRow(products, m0, step, even, padded, whole, g.outChannels(), residual, residualAt + at, relu, out, outAt + at, SIDE);
            if (rest > 0) {
                int last = at + whole * SIDE * g.outChannels();
                outputRow(products, m0 + whole * padded, step, even + SIDE * whole * padded, padded, 1, g.outChannels(), residual, residualAt + last, relu,
                        out, outAt + last, rest);
            }
        }
    }

    /**
     * B^T d along one image row, [column][channel], tile after tile: five planes of [tile][unit], {@code step} floats apart, and after them the columns in
     * between, four a tile.
     */
    private static void inputRow(float[] from, int f0, int channels, int tiles, float[] to, int at, int evenAt, int unit, int step) {
        int j = f0;
        int i = at;
        int even = evenAt;
        int left = channels;
        for (int n = 0; n < tiles * channels; n += L) {
            FloatVector x0 = FloatVector.fromArray(S, from, j);
            FloatVector x1 = FloatVector.fromArray(S, from, j + 2 * channels);
            FloatVector x2 = FloatVector.fromArray(S, from, j + 4 * channels);
            FloatVector x3 = FloatVector.fromArray(S, from, j + 6 * channels);
            FloatVector x4 = FloatVector.fromArray(S, from, j + 8 * channels);
            x1.add(x2).fma(FloatVector.broadcast(S, -1.5f), x0.add(x3)).intoArray(to, i);
            x2.fma(FloatVector.broadcast(S, -2.5f), x1.add(x3)).intoArray(to, i + step);
            x1.fma(FloatVector.broadcast(S, -2), x3.sub(x2)).intoArray(to, i + 2 * step);
            x2.sub(x1).fma(FloatVector.broadcast(S, 0.5f), x3).intoArray(to, i + 3 * step);
            x2.add(x3).fma(FloatVector.broadcast(S, -1.5f), x1.add(x4)).intoArray(to, i + 4 * step);
            FloatVector.fromArray(S, from, j + channels).intoArray(to, even);
            FloatVector.fromArray(S, from, j + 3 * channels).intoArray(to, even + unit);
            FloatVector.fromArray(S, from, j + 5 * channels).intoArray(to, even + 2 * unit);
            FloatVector.fromArray(S, from, j + 7 * channels).intoArray(to, even + 3 * unit);
            i += L;
            j += L;
            even += L;
            left -= L;
            if (left == 0) {
                left = channels;
                i += unit - channels;
                j += (2 * SIDE - 1) * channels;
                even += SIDE * unit - channels;
            }
        }
    }

    /** y = A^T m, plus the products in between, plus residual, for a row of tiles, of whose four columns {@code inside} are inside the image. */
    private static void outputRow(float[] m, int m0, int step, int even, int mChannels, int tiles, int channels, float[] residual, int r0,
                                  boolean relu, float[] y, int y0, int inside) {
        int i = m0;
        int e = even;
        int at = 0;
        int c = 0;
        for (int n = 0; n < tiles * channels; n += L) {
            FloatVector m1 = FloatVector.fromArray(S, m, i + step);
            FloatVector m2 = FloatVector.fromArray(S, m, i + 2 * step);
            FloatVector m3 = FloatVector.fromArray(S, m, i + 3 * step);
            FloatVector v0 = FloatVector.fromArray(S, m, e).add(FloatVector.fromArray(S, m, i).add(m1).add(m2.add(m3)));
            FloatVector v1 = FloatVector.fromArray(S, m, e + mChannels).add(m2.fma(FloatVector.broadcast(S, 0.5f), m3.add(m3).sub(m1)));
            FloatVector v2 = FloatVector.fromArray(S, m, e + 2 * mChannels).add(m2.fma(FloatVector.broadcast(S, 0.25f), m3.fma(FloatVector.broadcast(S, 4), m1)));
            FloatVector v3 = FloatVector.fromArray(S, m, e + 3 * mChannels).add(FloatVector.fromArray(S, m, i + 4 * step))
                    .add(m2.fma(FloatVector.broadcast(S, 0.125f), m3.mul(8).sub(m1)));
            if (residual != null) {
                v0 = v0.add(FloatVector.fromArray(S, residual, r0 + at));
                if (inside > 1) {
                    v1 = v1.add(FloatVector.fromArray(S, residual, r0 + at + channels));
                }
                if (inside > 2) {
                    v2 = v2.add(FloatVector.fromArray(S, residual, r0 + at + 2 * channels));
                }
                if (inside > 3) {
                    v3 = v3.add(FloatVector.fromArray(S, residual, r0 + at + 3 * channels));
                }
            }
            if (relu) {
                v0 = v0.max(0);
                v1 = v1.max(0);
                v2 = v2.max(0);
                v3 = v3.max(0);
            }
            v0.intoArray(y, y0 + at);
            if (inside > 1) {
                v1.intoArray(y, y0 + at + channels);
            }
            if (inside > 2) {
                v2.intoArray(y, y0 + at + 2 * channels);
            }
            if (inside > 3) {
                v3.intoArray(y, y0 + at + 3 * channels);
            }
            i += L;
            e += L;
            at += L;
            c += L;
            if (c == channels) {
                c = 0;
                at += (SIDE - 1) * channels;
                i += mChannels - channels;
                e += SIDE * mChannels - channels;
            }
        }
    }
}

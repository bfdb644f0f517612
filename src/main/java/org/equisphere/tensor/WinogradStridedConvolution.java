package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Convolution of 3x3 kernels with stride 2, with Winograd's F(4, 2) along the rows. The outer two of a kernel's columns meet every other column
 * of the image: for them it is a convolution of two taps and stride 1, of which five products give four outputs, y = A^T [(G g) * (B^T d)].
 * The column in the middle meets the columns between those. That makes 9 products where the definition takes 12.
 *
 * <p>The polynomials are evaluated at 0, -1, 1/2, 2 and infinity, where errors were the least among short fractions: 0.73 units in the last place of
 * the sum of magnitudes, root mean square, where the definition's sums have 0.36. All constants of A and B are exact.
 */
final class WinogradStridedConvolution implements Workers.Task {

    /** Floating-point operations that are worth handing to a thread, counted as the definition has them. */
    private static final long GRAIN = 4_000_000;
    /** Tiles in a group, about. */
    private static final int TILES = 16;
    /** Out channels whose products with a tile take as long as laying it out. */
    private static final double LAYING = 4;
    /** Outputs of a tile. */
    private static final int SIDE = 4;
    /** Products of a tile along the outer columns; one more plane holds those of the column in the middle, an output each. */
    private static final int PLANES = 5;
    private static final int TAPS = 3;
    private static final int MOST_ZEROS = 1;
    /** Pairs of channels above which transforming the kernels takes what the products save: 512 to 512 at 7x7, 8 images, 23 ms for 10. */
    private static final int MOST_KERNELS = 1 << 14;
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;
    /** G: what the two outer taps are multiplied by. */
    private static final double[] FIRST = {1, -1 / 4.5, -1 / 1.125, 1 / 9.0, 0};
    private static final double[] LAST = {0, 1 / 4.5, -0.5 / 1.125, 2 / 9.0, 1};

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernels kernels;
    private final float[] zeros = new float[2 * 16];
    private float[] ownPanels = new float[0];
    private final PaddedBias paddedBias = new PaddedBias();
    private float[] bias;

    private Convolution g;
    private Tile tile;
    private RowKernel kernel;
    /** The transformed kernels: {@link #ownPanels}, or what fixed weights keep. */
    private float[] packed;
    /** The floats of a tile in a plane: [kernel row][in channel]. */
    private int unit;
    /** The out channels in whole register tiles. */
    private int padded;
    /** Tiles of a line, which is a row of one image's outputs. */
    private int columns;
    /** Lines laid out at a time, and room for their tiles in whole register tiles. */
    private int lines;
    private int room;
    private int groupsInPart;
    /** Into how many ranges of out channels a part is cut. */
    private int pieces;
    private float[] in;
    private int inAt;
    private float floor;
    private float[] out;
    private int outAt;

    /**
     * Whether {@link #convolve} may be called: for whole vectors of channels, not too many, and whole tiles. In a corner of an image with one zero
     * around it the worst of 1.2 million errors was half of the contract's tolerance; with two zeros, a corner is a single tap of its
     * tile and some errors passed it.
     */
    static boolean fit(Convolution g) {
        return g.kernel() == TAPS && g.stride() == 2 && g.padding() <= MOST_ZEROS && g.height() > 1
                && g.inChannels() % L == 0 && g.outChannels() % L == 0 && g.inChannels() * g.outChannels() <= MOST_KERNELS
                && g.outWidth() % SIDE == 0;
    }

    WinogradStridedConvolution(Workers workers, Scratch.OfThread scratch, RowKernels kernels) {
        this.workers = workers;
        this.scratch = scratch;
        this.kernels = kernels;
    }

    /** @param fixed keeps the transformed kernels; or null */
    void convolve(Convolution geometry, Tensor x, Tensor w, FixedWeights fixed, Tensor addedBias, boolean rectified, Tensor y) {
        g = geometry;
        tile = Tile.ofChannels(g.outChannels());
        padded = tile.panels(g.outChannels()) * tile.columns;
        unit = TAPS * g.inChannels();
        kernel = kernels.of(unit, g.flops());
        columns = g.outWidth() / SIDE;
        lines = Math.max(1, TILES / columns);
        room = Lanes.roundUp(lines * columns, tile.rows);
        in = array(x);
        inAt = x.offset();
        floor = rectified ? 0 : Float.NEGATIVE_INFINITY;
        out = array(y);
        outAt = y.offset();
        bias = paddedBias.of(addedBias, g.outChannels(), tile);
        prepareKernels(w, fixed);
        int groups = (g.batch() * g.outHeight() + lines - 1) / lines;
        groupsInPart = (int) Math.max(1, GRAIN * groups / g.flops());
        int parts = (groups + groupsInPart - 1) / groupsInPart;
        int worthwhile = (int) Math.min(tile.panels(g.outChannels()), g.flops() / (GRAIN * parts));
        pieces = workers.pieces(parts, worthwhile, LAYING / (LAYING + g.outChannels()));
        workers.run(parts * pieces, this);
    }

    private void prepareKernels(Tensor w, FixedWeights fixed) {
        int size = (PLANES + 1) * unit * padded;
        if (fixed == null && ownPanels.length < size) {
            ownPanels = new float[size];
        }
        float[] made = fixed == null ? null : fixed.made();
        if (made != null) {
            packed = made;
            return;
        }
        packed = fixed == null ? ownPanels : fixed.room(size);
        for (int plane = 0; plane <= PLANES; plane++) {
            for (int row = 0; row < TAPS; row++) {
                transform(array(w), w.offset() + row * unit * g.outChannels(), plane, row);
            }
        }
        if (fixed != null) {
            fixed.keep(packed);
        }
    }

    /** One row of the kernels into one plane, [panel][kernel row][in channel][columns]. */
    private void transform(float[] w, int first, int plane, int row) {
        int tap = g.inChannels() * g.outChannels();
        for (int c = 0; c < g.inChannels(); c++) {
            for (int o = 0; o < g.outChannels(); o++) {
                int from = first + c * g.outChannels() + o;
                int panel = plane * padded + o / tile.columns * tile.columns;
                packed[panel * unit + (row * g.inChannels() + c) * tile.columns + o % tile.columns] =
                        plane == PLANES ? w[from + tap] : (float) (FIRST[plane] * w[from] + LAST[plane] * w[from + 2 * tap]);
            }
        }
    }

    /** A few groups of lines, in a range of out channels. */
    @Override
    public void part(int part) {
        int group = part / pieces;
        int first = column(part % pieces);
        int end = column(part % pieces + 1);
        int width = end - first;
        Scratch mine = scratch.get();
        int step = room * unit + WinogradTiles.SKEW;
        int productStep = room * width + WinogradTiles.SKEW;
        int rowAt = PLANES * step + SIDE * room * unit;
        float[] laid = mine.first(rowAt + rowLength());
        float[] products = mine.second(PLANES * productStep + SIDE * room * width);
        Arrays.fill(laid, rowAt, rowAt + rowLength(), 0);
        int last = Math.min(g.batch() * g.outHeight(), (group + 1) * groupsInPart * lines);
        for (int line = group * groupsInPart * lines; line < last; line += lines) {
            int count = Math.min(lines, last - line);
            int tiles = count * columns;
            for (int i = 0; i < TAPS * count; i++) {
                lay(line + i / TAPS, i % TAPS, laid, i / TAPS * columns * unit, step, rowAt);
            }
            for (int plane = 0; plane <= PLANES; plane++) {
                multiply(plane, laid, plane * step, products, plane * productStep, plane == PLANES ? SIDE * tiles : tiles, first, end);
            }
            outputs(products, productStep, width, tiles, Math.min(end, g.outChannels()) - first, g.outChannels(), floor, out,
                    outAt + line * g.outWidth() * g.outChannels() + first);
        }
    }

    /** The first column of a piece. */
    private int column(int piece) {
        return piece * tile.panels(g.outChannels()) / pieces * tile.columns;
    }

    /** Floats of an image row, as far as a line's tiles reach. */
    private int rowLength() {
        return (2 * SIDE * columns + 1) * g.inChannels();
    }

    /** Lays out one of the rows of a line, which is copied between zeros at {@code rowAt} first. */
    private void lay(int line, int kernelRow, float[] laid, int at, int step, int rowAt) {
        int channels = g.inChannels();
        int y = 2 * (line % g.outHeight()) - g.padding() + kernelRow;
        int to = at + kernelRow * channels;
        int between = PLANES * step + SIDE * at + kernelRow * channels;
        if (y < 0 || y >= g.height()) {
            for (int plane = 0; plane < PLANES; plane++) {
                StridedCopy.clear(laid, plane * step + to, unit, channels, columns);
            }
            StridedCopy.clear(laid, between, unit, channels, SIDE * columns);
            return;
        }
        int left = g.padding() * channels;
        int from = inAt + (line / g.outHeight() * g.height() + y) * g.width() * channels;
        System.arraycopy(in, from, laid, rowAt + left, Math.min(rowLength() - left, g.width() * channels));
        inputRow(laid, rowAt, channels, columns, to, between, unit, step);
    }

    private void multiply(int plane, float[] laid, int from, float[] products, int to, int count, int first, int end) {
        float[] start = plane == PLANES ? bias : zeros;
        int width = end - first;
        for (int column = first; column < end; column += tile.columns) {
            for (int t = 0; t < count; t += tile.rows) {
                tile.rows(kernel, laid, from + t * unit, unit, unit, packed, (plane * padded + column) * unit,
                        start, start == bias ? column : 0, 0, products, to + t * width + column - first, width);
            }
        }
    }

    /**
     * B^T d along one image row, [column][channel] at {@code row}, tile after tile: five planes of [tile][unit], {@code step} floats apart, and the
     * columns between, four a tile, to {@code between}.
     */
    private static void inputRow(float[] b, int row, int channels, int tiles, int to, int between, int unit, int step) {
        int j = row;
        int i = to;
        int k = between;
        int left = channels;
        for (int n = 0; n < tiles * channels; n += L) {
            FloatVector x0 = FloatVector.fromArray(S, b, j);
            FloatVector x1 = FloatVector.fromArray(S, b, j + 2 * channels);
            FloatVector x2 = FloatVector.fromArray(S, b, j + 4 * channels);
            FloatVector x3 = FloatVector.fromArray(S, b, j + 6 * channels);
            FloatVector x4 = FloatVector.fromArray(S, b, j + 8 * channels);
            x1.add(x2).fma(FloatVector.broadcast(S, -1.5f), x0.add(x3)).intoArray(b, i);
            x2.fma(FloatVector.broadcast(S, -2.5f), x1.add(x3)).intoArray(b, i + step);
            x1.fma(FloatVector.broadcast(S, -2), x3.sub(x2)).intoArray(b, i + 2 * step);
            x2.sub(x1).fma(FloatVector.broadcast(S, 0.5f), x3).intoArray(b, i + 3 * step);
            x2.add(x3).fma(FloatVector.broadcast(S, -1.5f), x1.add(x4)).intoArray(b, i + 4 * step);
            FloatVector.fromArray(S, b, j + channels).intoArray(b, k);
            FloatVector.fromArray(S, b, j + 3 * channels).intoArray(b, k + unit);
            FloatVector.fromArray(S, b, j + 5 * channels).intoArray(b, k + 2 * unit);
            FloatVector.fromArray(S, b, j + 7 * channels).intoArray(b, k + 3 * unit);
            i += L;
            j += L;
            k += L;
            left -= L;
            if (left == 0) {
                left = channels;
                i += unit - channels;
                j += (2 * SIDE - 1) * channels;
                k += SIDE * unit - channels;
            }
        }
    }

    /** y = max(A^T m + the products in between, which hold the bias, floor) for neighbouring tiles: so many of a position's channels, from y0 on. */
    private static void outputs(float[] m, int step, int mChannels, int tiles, int some, int channels, float floor, float[] y, int y0) {
        FloatVector low = FloatVector.broadcast(S, floor);
        int i = 0;
        int k = PLANES * step;
        int at = y0;
        int left = some;
        for (int n = 0; n < tiles * some; n += L) {
            FloatVector m1 = FloatVector.fromArray(S, m, i + step);
            FloatVector m2 = FloatVector.fromArray(S, m, i + 2 * step);
            FloatVector m3 = FloatVector.fromArray(S, m, i + 3 * step);
            FloatVector v0 = FloatVector.fromArray(S, m, k).add(FloatVector.fromArray(S, m, i).add(m1).add(m2.add(m3)));
            FloatVector v1 = FloatVector.fromArray(S, m, k + mChannels).add(m2.fma(FloatVector.broadcast(S, 0.5f), m3.add(m3).sub(m1)));
            FloatVector v2 = FloatVector.fromArray(S, m, k + 2 * mChannels)
                    .add(m2.fma(FloatVector.broadcast(S, 0.25f), m3.fma(FloatVector.broadcast(S, 4), m1)));
            FloatVector v3 = FloatVector.fromArray(S, m, k + 3 * mChannels).add(FloatVector.fromArray(S, m, i + 4 * step))
                    .add(m2.fma(FloatVector.broadcast(S, 0.125f), m3.mul(8).sub(m1)));
            Lanes.atLeast(v0, low).intoArray(y, at);
            Lanes.atLeast(v1, low).intoArray(y, at + channels);
            Lanes.atLeast(v2, low).intoArray(y, at + 2 * channels);
            Lanes.atLeast(v3, low).intoArray(y, at + 3 * channels);
            i += L;
            k += L;
            at += L;
            left -= L;
            if (left == 0) {
                left = some;
                i += mChannels - some;
                k += SIDE * mChannels - some;
                at += SIDE * channels - some;
            }
        }
    }
}

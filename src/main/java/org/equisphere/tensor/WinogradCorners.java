package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * The corners of a 3x3 convolution with one zero around its images, by the definition: one product of patches with weights. Four of nine taps are
 * inside; with few channels the errors of a tile's 36 products stand against so few terms that some pass the contract's tolerance. The corners are
 * summed before {@link WinogradConvolution} writes, which may be over what is added to them, and put in their places after it.
 */
final class WinogradCorners implements Workers.Task {

    private static final int CORNERS = 4;
    private static final int TAPS = 3;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernel kernel = new RowTiles();
    private final PackedWeights packed;
    private float[] sums = new float[0];

    private int count;
    private float[] in;
    private int inAt;
    private int inChannels;
    private int height;
    private int width;
    private Tile tile;
    private int outChannels;
    /** The out channels in whole register tiles. */
    private int padded;
    private float[] bias;
    private float[] residual;
    private int residualAt;
    private boolean relu;

    WinogradCorners(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        packed = new PackedWeights(workers);
        this.scratch = scratch;
    }

    /** Packs the weights, as they are or (for the gradient by the input) turned, and names what is summed. */
    void describe(Convolution g, Tensor x, Tensor w, boolean turned) {
        count = CORNERS * g.batch();
        in = array(x);
        inAt = x.offset();
        height = g.height();
        width = g.width();
        inChannels = turned ? g.outChannels() : g.inChannels();
        outChannels = turned ? g.inChannels() : g.outChannels();
        tile = Tile.ofChannels(outChannels);
        padded = tile.panels(outChannels) * tile.columns;
        if (turned) {
            packed.prepare(TAPS * TAPS * inChannels * padded);
            packed.backward(g, array(w), w.offset(), tile, 0, 0, 0);
        } else {
            packed.forward(g, array(w), w.offset(), tile, 1, null);
        }
    }

    /**
     * Sums the corners.
     *
     * @param startBias  as long as whole register tiles of out channels
     * @param added of the output's layout, from addedAt on; or null
     */
    void sum(float[] startBias, float[] added, int addedAt, boolean rectified) {
        bias = startBias;
        residual = added;
        residualAt = addedAt;
        relu = rectified;
        int groups = (count + tile.rows - 1) / tile.rows;
        if (sums.length < groups * tile.rows * padded) {
            sums = new float[groups * tile.rows * padded];
        }
        workers.run(groups, this);
    }

    /** A register tile's rows of corners. */
    @Override
    public void part(int group) {
        int patch = TAPS * TAPS * inChannels;
        float[] patches = scratch.get().first(tile.rows * patch);
        int first = group * tile.rows;
        int end = Math.min(count, first + tile.rows);
        for (int corner = first; corner < end; corner++) {
            lay(corner, patches, (corner - first) * patch);
        }
        for (int column = 0; column < padded; column += tile.columns) {
            tile.rows(kernel, patches, 0, patch, patch, packed.array(), column * patch, bias, column, 0, sums, first * padded + column, padded);
        }
        for (int corner = first; corner < end; corner++) {
            for (int o = 0; o < outChannels; o++) {
                int i = corner * padded + o;
                sums[i] += residual == null ? 0 : residual[residualAt + at(corner, outChannels) + o];
                sums[i] = relu ? Math.max(sums[i], 0) : sums[i];
            }
        }
    }

    /** A corner's patch, [column][row][channel]. */
    private void lay(int corner, float[] patches, int to) {
        for (int tap = 0; tap < TAPS * TAPS; tap++) {
            int down = tap % TAPS - 1;
            int right = tap / TAPS - 1;
            if (inside(row(corner) + down, height) && inside(column(corner) + right, width)) {
                System.arraycopy(in, inAt + at(corner, inChannels) + (down * width + right) * inChannels, patches, to + tap * inChannels, inChannels);
            } else {
                Arrays.fill(patches, to + tap * inChannels, to + (tap + 1) * inChannels, 0);
            }
        }
    }

    /** Writes the corners over what is there. */
    void put(float[] out, int outAt) {
        for (int corner = 0; corner < count; corner++) {
            System.arraycopy(sums, corner * padded, out, outAt + at(corner, outChannels), outChannels);
        }
    }

    private static boolean inside(int i, int size) {
        return i >= 0 && i < size;
    }

    private int row(int corner) {
        return corner / 2 % 2 * (height - 1);
    }

    private int column(int corner) {
        return corner % 2 * (width - 1);
    }

    private int at(int corner, int channels) {
        return ((corner / CORNERS * height + row(corner)) * width + column(corner)) * channels;
    }
}

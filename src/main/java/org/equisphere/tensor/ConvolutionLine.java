package org.equisphere.tensor;

/**
 * Computes lines of a convolution: positions along one image row, all channels. The patches of a line overlap; its buffer [column][kernel
 * row][channel] holds the image rows that it needs side by side, so that every patch is one contiguous run of it and neighbouring
 * patches are a fixed step apart. The kernel then is a matrix product without edges.
 *
 * <p>With fewer channels than lanes, as in a first layer, laying out costs as much as the product. Image rows that the next line needs, too,
 * then stay where they are ({@link #layAround}): image row r is row r modulo k of the buffer's k kernel rows. The first row of a patch is another
 * one from line to line, which is the line's turn, and the weights are packed once for each turn.
 */
final class ConvolutionLine {

    // what is read: an image batch [., height, width, channels]
    float[] in;
    int inAt;
    int height;
    int width;
    int channels;
    // a patch
    int tapRows;
    int tapColumns;
    // the positions: how many, and the columns of the image between two of them
    int positions;
    int columnStep;
    // for layAround: lines of an image, and zeros around it
    private int lines;
    private int padding;
    // what is written: positions outStep apart, outChannels each
    float[] out;
    int outStep;
    int outChannels;
    // where sums start: padded bias (step 0), or a tensor of the output's layout
    float[] start;
    boolean startIsBias;
    Tile tile;
    float[] packed;
    /** For {@link #step}. */
    RowKernel kernel;

    /** Takes what is read, patches and positions from a convolution and its images. */
    void describe(Convolution g, Tensor x) {
        in = HostBackend.array(x);
        inAt = x.offset();
        height = g.height();
        width = g.width();
        channels = g.inChannels();
        tapRows = g.kernel();
        tapColumns = g.kernel();
        positions = g.outWidth();
        columnStep = g.stride();
        lines = g.outHeight();
        padding = g.padding();
    }

    /** Floats between the patches of neighbouring positions. */
    int step() {
        return columnStep * channels * tapRows;
    }

    /** How many floats {@link #lay} needs: as far as whole register tiles reach. */
    int bufferSize() {
        return ((Lanes.roundUp(positions, tile.rows) - 1) * columnStep + tapColumns) * tapRows * channels;
    }

    /**
     * Lays out the patches of a line.
     *
     * @param image       which image of the batch
     * @param firstRow    the image row of the first tap; may lie outside
     * @param firstColumn the image column of the first position's first tap; may lie outside
     * @param buffer      modified
     */
    void lay(int image, int firstRow, int firstColumn, float[] buffer) {
        for (int i = 0; i < tapRows; i++) {
            layRow(image, firstRow + i, firstColumn, buffer, i);
        }
    }

    /**
     * Lays out line {@code i} of the outputs of a convolution that was described, image row r as kernel row r modulo their number; rows that it has
     * in common with line i - 1 are left as they are.
     *
     * @param anew whether the buffer does not hold line i - 1
     * @return the turn: which kernel row of the buffer is the first of the patch
     */
    int layAround(int i, float[] buffer, boolean anew) {
        int image = i / lines;
        int firstRow = i % lines * columnStep - padding;
        int kept = anew || i % lines == 0 ? 0 : Math.max(0, tapRows - columnStep);
        for (int k = kept; k < tapRows; k++) {
            layRow(image, firstRow + k, -padding, buffer, Math.floorMod(firstRow + k, tapRows));
        }
        return Math.floorMod(firstRow, tapRows);
    }

    private void layRow(int image, int row, int firstColumn, float[] buffer, int kernelRow) {
        int columns = (positions - 1) * columnStep + tapColumns;
        int unit = tapRows * channels;
        int to = kernelRow * channels;
        if (row < 0 || row >= height) {
            StridedCopy.clear(buffer, to, unit, channels, columns);
            return;
        }
        int left = Math.min(columns, Math.max(0, -firstColumn));
        int right = Math.max(left, Math.min(columns, width - firstColumn));
        StridedCopy.clear(buffer, to, unit, channels, left);
        int from = inAt + ((image * height + row) * width + firstColumn + left) * channels;
        StridedCopy.copy(in, from, channels, buffer, to + left * unit, unit, channels, right - left);
        StridedCopy.clear(buffer, to + right * unit, unit, channels, columns - right);
    }

    /**
     * Multiplies the patches laid out with the weights.
     *
     * @param w0       where the packed weights start
     * @param at       where the line's first position starts in {@link #out}
     * @param startAt  and in {@link #start}
     */
    void multiply(float[] buffer, int w0, int at, int startAt, Scratch mine) {
        int patch = tapRows * tapColumns * channels;
        int step = step();
        int startStep = startIsBias ? 0 : outStep;
        for (int column = 0; column < outChannels; column += tile.columns) {
            int panel = w0 + column * patch;
            for (int p = 0; p < positions; p += tile.rows) {
                int s0 = startAt + p * startStep + column;
                int o0 = at + p * outStep + column;
                if (p + tile.rows <= positions && column + tile.columns <= outChannels) {
                    rows(buffer, p * step, panel, start, s0, startStep, out, o0, outStep);
                } else {
                    edge(buffer, p * step, panel, s0, startStep, o0, mine.tile(), Math.min(tile.rows, positions - p),
                            Math.min(tile.columns, outChannels - column));
                }
            }
        }
    }

    private void rows(float[] buffer, int x0, int panel, float[] from, int s0, int sStep, float[] to, int o0, int oStep) {
        tile.rows(kernel, buffer, x0, step(), tapRows * tapColumns * channels, packed, panel, from, s0, sStep, to, o0, oStep);
    }

    /** A tile that reaches over the last position or channel goes through {@code rest}. */
    private void edge(float[] buffer, int x0, int panel, int s0, int startStep, int o0, float[] rest, int rows, int columns) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                rest[i * tile.columns + j] = start[s0 + i * startStep + j];
            }
        }
        rows(buffer, x0, panel, rest, 0, tile.columns, rest, 0, tile.columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                out[o0 + i * outStep + j] = rest[i * tile.columns + j];
            }
        }
    }
}

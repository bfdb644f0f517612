package org.equisphere.tensor;

/**
 * Computes lines of a convolution: positions along one image row, all channels. The patches of a line overlap; its buffer [column][kernel
 * row][channel] holds the image rows that it needs side by side, so that every patch is one contiguous run of it and neighbouring
 * patches are a fixed step apart. The kernel then is a matrix product without edges.
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

    /** Floats between the patches of neighbouring positions. */
    int step() {
        return columnStep * tapRows * channels;
    }

    /** How many floats {@link #lay} needs. */
    int bufferSize() {
        int padded = Lanes.roundUp(positions, tile.rows);
        return ((padded - 1) * columnStep + tapColumns) * tapRows * channels;
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
        int columns = (positions - 1) * columnStep + tapColumns;
        int unit = tapRows * channels;
        for (int i = 0; i < tapRows; i++) {
            int row = firstRow + i;
            int to = i * channels;
            if (row < 0 || row >= height) {
                StridedCopy.clear(buffer, to, unit, channels, columns);
                continue;
            }
            int left = Math.min(columns, Math.max(0, -firstColumn));
            int right = Math.max(left, Math.min(columns, width - firstColumn));
            StridedCopy.clear(buffer, to, unit, channels, left);
            int from = inAt + ((image * height + row) * width + firstColumn + left) * channels;
            StridedCopy.copy(in, from, channels, buffer, to + left * unit, unit, channels, right - left);
            StridedCopy.clear(buffer, to + right * unit, unit, channels, columns - right);
        }
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
                    tile.rows(kernel, buffer, p * step, step, patch, packed, panel, start, s0, startStep, out, o0, outStep);
                } else {
                    edge(buffer, p * step, step, patch, panel, s0, startStep, o0, mine.tile(),
                            Math.min(tile.rows, positions - p), Math.min(tile.columns, outChannels - column));
                }
            }
        }
    }

    /** A tile that reaches over the last position or channel goes through {@code rest}. */
    private void edge(float[] buffer, int x0, int step, int patch, int panel, int s0, int startStep, int o0, float[] rest, int rows, int columns) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                rest[i * tile.columns + j] = start[s0 + i * startStep + j];
            }
        }
        tile.rows(kernel, buffer, x0, step, patch, packed, panel, rest, 0, tile.columns, rest, 0, tile.columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                out[o0 + i * outStep + j] = rest[i * tile.columns + j];
            }
        }
    }
}

package org.equisphere.tensor;

/**
 * Convolution weights laid out for {@link RowKernel}: panels of a tile's columns, each [taps of a patch][columns], padded with zeros; a patch
 * in the order of {@link ConvolutionLine}: [column][row][channel].
 */
final class PackedWeights {

    private float[] packed = new float[0];

    float[] array() {
        return packed;
    }

    /** Makes room; allocates only when it grows. */
    void prepare(int size) {
        if (packed.length < size) {
            packed = new float[size];
        }
    }

    /** The weights as they are; the panels run over out channels. */
    void forward(Convolution g, float[] w, int w0, Tile tile) {
        prepare(forwardSize(g, tile));
        forward(g, w, w0, tile, 0, 0);
    }

    /**
     * The weights as {@link ConvolutionLine#layAround} needs them: turn by turn, {@link #forwardSize} floats each; in turn t the
     * first row is row t of the patch.
     */
    void forwardAround(Convolution g, float[] w, int w0, Tile tile) {
        int size = forwardSize(g, tile);
        prepare(g.kernel() * size);
        for (int turn = 0; turn < g.kernel(); turn++) {
            forward(g, w, w0, tile, turn, turn * size);
        }
    }

    static int forwardSize(Convolution g, Tile tile) {
        return tile.panels(g.outChannels()) * tile.columns * g.patch();
    }

    private void forward(Convolution g, float[] w, int w0, Tile tile, int turn, int start) {
        int k = g.kernel();
        int in = g.inChannels();
        int out = g.outChannels();
        int to = start;
        for (int panel = 0; panel < tile.panels(out); panel++) {
            int columns = Math.min(tile.columns, out - panel * tile.columns);
            for (int i = 0; i < k * k; i++) {
                int row = (i % k + k - turn) % k;
                int from = w0 + (row * k + i / k) * in * out + panel * tile.columns;
                for (int c = 0; c < in; c++) {
                    copy(w, from + c * out, columns, to, tile.columns);
                    to += tile.columns;
                }
            }
        }
    }

    private void copy(float[] w, int from, int columns, int to, int width) {
        for (int j = 0; j < columns; j++) {
            packed[to + j] = w[from + j];
        }
        for (int j = columns; j < width; j++) {
            packed[to + j] = 0;
        }
    }

    /**
     * The weights of one phase of the gradient by the input, taps kh = rowPhase + stride * i and kw = columnPhase + stride * j; rows and columns of a
     * patch are the taps backwards, its channels the out channels. The panels run over in channels.
     *
     * @return where the next phase may start
     */
    int backward(Convolution g, float[] w, int w0, Tile tile, int rowPhase, int columnPhase, int start) {
        int in = g.inChannels();
        int out = g.outChannels();
        int rows = taps(g, rowPhase);
        int columns = taps(g, columnPhase);
        int to = start;
        for (int panel = 0; panel < tile.panels(in); panel++) {
            int channels = Math.min(tile.columns, in - panel * tile.columns);
            for (int j = columns - 1; j >= 0; j--) {
                for (int i = rows - 1; i >= 0; i--) {
                    int kh = rowPhase + i * g.stride();
                    int kw = columnPhase + j * g.stride();
                    int from = w0 + ((kh * g.kernel() + kw) * in + panel * tile.columns) * out;
                    transpose(w, from, out, channels, to, tile.columns);
                    to += out * tile.columns;
                }
            }
        }
        return to;
    }

    private void transpose(float[] w, int from, int out, int channels, int to, int width) {
        for (int c = 0; c < width; c++) {
            for (int o = 0; o < out; o++) {
                packed[to + o * width + c] = c < channels ? w[from + c * out + o] : 0;
            }
        }
    }

    /** How many taps of the kernel are phase + stride * i. */
    static int taps(Convolution g, int phase) {
        return phase >= g.kernel() ? 0 : (g.kernel() - phase + g.stride() - 1) / g.stride();
    }
}

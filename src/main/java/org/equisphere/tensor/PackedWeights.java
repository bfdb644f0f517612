package org.equisphere.tensor;

/**
 * Convolution weights laid out for {@link RowKernel}: panels of a tile's columns, each [taps of a patch][columns], padded with zeros; a patch
 * in the order of {@link ConvolutionLine}: [column][row][channel].
 */
final class PackedWeights {

    private float[] own = new float[0];
    private float[] packed = own;

    float[] array() {
        return packed;
    }

    /** Makes room of its own; allocates only when it grows. */
    void prepare(int size) {
        if (own.length < size) {
            own = new float[size];
        }
        packed = own;
    }

    /**
     * The weights as they are; the panels run over out channels.
     *
     * @param turns 1; or as many as the patch has rows, for {@link ConvolutionLine#layAround}: turn by turn, {@link #forwardSize} floats each,
     *              where in turn t the first row is row t of the patch
     * @param fixed keeps what is made of them, always of as many turns; or null
     */
    void forward(Convolution g, float[] w, int w0, Tile tile, int turns, FixedWeights fixed) {
        float[] made = fixed == null ? null : fixed.made();
        if (made != null) {
            packed = made;
            return;
        }
        int size = forwardSize(g, tile);
        if (fixed == null) {
            prepare(turns * size);
        } else {
            packed = fixed.room(turns * size);
        }
        for (int turn = 0; turn < turns; turn++) {
            pack(g, w, w0, tile, turn, turn * size);
        }
        if (fixed != null) {
            fixed.keep(packed);
        }
    }

    static int forwardSize(Convolution g, Tile tile) {
        return tile.panels(g.outChannels()) * tile.columns * g.patch();
    }

    private void pack(Convolution g, float[] w, int w0, Tile tile, int turn, int start) {
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

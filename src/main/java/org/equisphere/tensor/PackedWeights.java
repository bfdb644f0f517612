package org.equisphere.tensor;

/**
 * Convolution weights laid out for {@link RowKernel}: panels of a tile's columns, each [taps of a patch][columns], padded with zeros; a patch
 * in the order of {@link ConvolutionLine}: [column][row][channel].
 */
final class PackedWeights {

    /** Floats that are worth sharing among threads. */
    private static final int SHARED = 1 << 16;
    /** Out channels copied at a visit of a row, about: rows are pages apart. */
    private static final int COLUMNS = 64;
    /** Out channels turned into rows at a time: a cache line of them. */
    private static final int LINE = 16;

    private final Workers workers;
    private final Workers.Task pack = this::pack;
    private final Workers.Task transpose = this::transpose;
    private float[] own = new float[0];
    private float[] packed = own;

    private Convolution g;
    private float[] w;
    private int w0;
    private Tile tile;
    private int rowPhase;
    private int columnPhase;
    private int start;

    PackedWeights(Workers workers) {
        this.workers = workers;
    }

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

    private void describe(Convolution geometry, float[] weights, int at, Tile t) {
        g = geometry;
        w = weights;
        w0 = at;
        tile = t;
    }

    private void share(int parts, int size, Workers.Task task) {
        if (size >= SHARED) {
            workers.run(parts, task);
            return;
        }
        for (int part = 0; part < parts; part++) {
            task.part(part);
        }
    }

    /**
     * The weights as they are; the panels run over out channels.
     *
     * @param turns 1; or as many as the patch has rows, for {@link ConvolutionLine#layAround}: turn by turn, {@link #forwardSize} floats each,
     *              where in turn t the first row is row t of the patch
     * @param fixed keeps what is made of them, always of as many turns; or null
     */
    void forward(Convolution geometry, float[] weights, int at, Tile t, int turns, FixedWeights fixed) {
        float[] made = fixed == null ? null : fixed.made();
        if (made != null) {
            packed = made;
            return;
        }
        describe(geometry, weights, at, t);
        int size = turns * forwardSize(g, tile);
        if (fixed == null) {
            prepare(size);
        } else {
            packed = fixed.room(size);
        }
        share(turns * g.kernel() * g.kernel() * ranges(), size, pack);
        if (fixed != null) {
            fixed.keep(packed);
        }
    }

    static int forwardSize(Convolution g, Tile tile) {
        return tile.panels(g.outChannels()) * tile.columns * g.patch();
    }

    private int ranges() {
        return (tile.panels(g.outChannels()) * tile.columns + COLUMNS - 1) / COLUMNS;
    }

    /** One tap's weights to a range of out channels, in one turn. */
    private void pack(int part) {
        int k = g.kernel();
        int in = g.inChannels();
        int out = g.outChannels();
        int turn = part / ranges() / (k * k);
        int tap = part / ranges() % (k * k);
        int first = part % ranges() * COLUMNS;
        int row = (tap % k + k - turn) % k;
        int from = w0 + (row * k + tap / k) * in * out;
        int to = turn * forwardSize(g, tile) + tap * in * tile.columns;
        for (int c = 0; c < in; c++) {
            for (int column = first; column < Math.min(out, first + COLUMNS); column += tile.columns) {
                copy(from + c * out + column, Math.min(tile.columns, out - column), to + column * g.patch() + c * tile.columns);
            }
        }
    }

    private void copy(int from, int columns, int to) {
        for (int j = 0; j < columns; j++) {
            packed[to + j] = w[from + j];
        }
        for (int j = columns; j < tile.columns; j++) {
            packed[to + j] = 0;
        }
    }

    /**
     * The weights of one phase of the gradient by the input, taps kh = phase + stride * i and kw = phaseOfColumns + stride * j; rows and columns of a
     * patch are the taps backwards, its channels the out channels. The panels run over in channels.
     *
     * @return where the next phase may start
     */
    int backward(Convolution geometry, float[] weights, int at, Tile t, int phase, int phaseOfColumns, int first) {
        describe(geometry, weights, at, t);
        rowPhase = phase;
        columnPhase = phaseOfColumns;
        start = first;
        int parts = tile.panels(g.inChannels()) * taps(g, rowPhase) * taps(g, columnPhase);
        int size = parts * g.outChannels() * tile.columns;
        share(parts, size, transpose);
        return start + size;
    }

    /** One tap's weights to a panel of in channels. */
    private void transpose(int part) {
        int out = g.outChannels();
        int width = tile.columns;
        int rows = taps(g, rowPhase);
        int columns = taps(g, columnPhase);
        int kh = rowPhase + (rows - 1 - part % rows) * g.stride();
        int kw = columnPhase + (columns - 1 - part / rows % columns) * g.stride();
        int first = part / (rows * columns) * width;
        int channels = Math.min(width, g.inChannels() - first);
        int from = w0 + ((kh * g.kernel() + kw) * g.inChannels() + first) * out;
        int to = start + part * out * width;
        for (int line = 0; line < out; line += LINE) {
            int end = Math.min(out, line + LINE);
            for (int c = 0; c < width; c++) {
                for (int o = line; o < end; o++) {
                    packed[to + o * width + c] = c < channels ? w[from + c * out + o] : 0;
                }
            }
        }
    }

    /** How many taps of the kernel are phase + stride * i. */
    static int taps(Convolution g, int phase) {
        return phase >= g.kernel() ? 0 : (g.kernel() - phase + g.stride() - 1) / g.stride();
    }
}

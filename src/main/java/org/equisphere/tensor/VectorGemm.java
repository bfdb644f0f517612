package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/**
 * The matrix product of {@link Backend} after Goto and van de Geijn (2008): op(b) is packed into panels of a tile's columns, blocks of
 * alpha * op(a) into rows, both padded with zeros, and every product is taken in register tiles.
 *
 * <p>A block of k rows of b is packed at a time, by all threads, then blocks of c's rows are shared out. Sums run over k in order
 * whatever the number of threads.
 */
final class VectorGemm {

    /** Rows of op(b) in a block: a panel of 32 columns takes 32 kB, and stays in the first cache. */
    private static final int DEPTH = 256;
    /** Rows of c in a part, about: a packed block of a takes 144 kB and stays in the second cache. */
    private static final int ROWS = 144;
    /** Columns of c in a part, about. */
    private static final int COLUMNS = 512;
    /** Floats between two packed rows beyond their length: rows 1 kB apart would meet in the same sets of the cache. */
    private static final int SKEW = 16;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowKernels kernels;
    private final Pack pack = new Pack();
    private final Multiply multiply = new Multiply();
    private float[] packed = new float[0];
    private final float[] zeros = new float[64];

    private boolean transposeA;
    private boolean transposeB;
    private int m;
    private int n;
    private int k;
    private float alpha;
    private Tensor a;
    private Tensor b;
    private float beta;
    private Tensor c;
    private Tile tile;
    private RowKernel kernel;
    /** The block of k at work: its first row and its number of rows. */
    private int first;
    private int depth;

    VectorGemm(Workers workers, Scratch.OfThread scratch, RowKernels kernels) {
        this.workers = workers;
        this.kernels = kernels;
        this.scratch = scratch;
    }

    void multiply(boolean transA, boolean transB, int rows, int columns, int inner, float factor, Tensor x, Tensor y, float kept, Tensor z) {
        transposeA = transA;
        transposeB = transB;
        m = rows;
        n = columns;
        k = inner;
        alpha = factor;
        a = x;
        b = y;
        beta = kept;
        c = z;
        if (m == 0 || n == 0) {
            return;
        }
        scale();
        tile = Tile.ofColumns(n);
        int panels = tile.panels(n);
        int needed = panels * tile.columns * Math.min(k, DEPTH);
        if (packed.length < needed) {
            packed = new float[needed];
        }
        multiply.plan();
        for (first = 0; first < k; first += DEPTH) {
            depth = Math.min(DEPTH, k - first);
            kernel = kernels.of(depth + SKEW, 2L * m * n * depth);
            workers.run(panels, pack);
            workers.run(multiply.parts(), multiply);
        }
    }

    /** c = beta * c, unless the first product overwrites it. */
    private void scale() {
        if (beta == 1 || beta == 0 && k > 0) {
            return;
        }
        float[] out = array(c);
        for (int i = c.offset(); i < c.offset() + m * n; i++) {
            out[i] = beta == 0 ? 0 : beta * out[i];
        }
    }

    /** Packs one panel of op(b). */
    private final class Pack implements Workers.Task {

        @Override
        public void part(int panel) {
            int width = tile.columns;
            int column = panel * width;
            int columns = Math.min(width, n - column);
            int to = panel * width * depth;
            if (transposeB) {
                transposed(array(b), b.offset() + column * k + first, columns, to);
            } else {
                straight(array(b), b.offset() + first * n + column, columns, to);
            }
        }

        private void straight(float[] from, int at, int columns, int to) {
            int width = tile.columns;
            for (int t = 0; t < depth; t++) {
                int source = at + t * n;
                int target = to + t * width;
                for (int j = 0; j < columns; j++) {
                    packed[target + j] = from[source + j];
                }
                for (int j = columns; j < width; j++) {
                    packed[target + j] = 0;
                }
            }
        }

        private void transposed(float[] from, int at, int columns, int to) {
            int width = tile.columns;
            for (int j = 0; j < width; j++) {
                int source = at + j * k;
                int target = to + j;
                if (j < columns) {
                    for (int t = 0; t < depth; t++) {
                        packed[target + t * width] = from[source + t];
                    }
                } else {
                    for (int t = 0; t < depth; t++) {
                        packed[target + t * width] = 0;
                    }
                }
            }
        }
    }

    /** Multiplies a block of rows with a block of panels. */
    private final class Multiply implements Workers.Task {

        private int rowBlock;
        private int rowBlocks;
        private int panelBlock;
        private int panelBlocks;

        private void plan() {
            int tiles = (m + tile.rows - 1) / tile.rows;
            int blocks = Math.max(1, Math.round((float) m / ROWS));
            int tilesInBlock = (tiles + blocks - 1) / blocks;
            rowBlock = tilesInBlock * tile.rows;
            rowBlocks = (m + rowBlock - 1) / rowBlock;
            int panels = tile.panels(n);
            panelBlock = rowBlocks >= 8 ? panels : Math.max(1, COLUMNS / tile.columns);
            panelBlocks = (panels + panelBlock - 1) / panelBlock;
        }

        private int parts() {
            return rowBlocks * panelBlocks;
        }

        @Override
        public void part(int part) {
            int row = part / panelBlocks * rowBlock;
            int rows = Math.min(rowBlock, m - row);
            int padded = Lanes.roundUp(rows, tile.rows);
            int stride = depth + SKEW;
            Scratch mine = scratch.get();
            float[] left = mine.first(padded * stride);
            packRows(left, row, rows, padded, stride);
            int from = part % panelBlocks * panelBlock;
            int to = Math.min(tile.panels(n), from + panelBlock);
            for (int panel = from; panel < to; panel++) {
                for (int i = 0; i < rows; i += tile.rows) {
                    product(left, i * stride, stride, row + i, Math.min(tile.rows, rows - i), panel, mine.tile());
                }
            }
        }

        private void packRows(float[] left, int row, int rows, int padded, int stride) {
            float[] from = array(a);
            float factor = alpha;
            for (int i = 0; i < padded; i++) {
                int target = i * stride;
                int count = i < rows ? depth : 0;
                if (transposeA) {
                    int source = a.offset() + first * m + row + i;
                    for (int t = 0; t < count; t++) {
                        left[target + t] = factor * from[source + t * m];
                    }
                } else {
                    int source = a.offset() + (row + i) * k + first;
                    for (int t = 0; t < count; t++) {
                        left[target + t] = factor * from[source + t];
                    }
                }
                for (int t = count; t < depth; t++) {
                    left[target + t] = 0;
                }
            }
        }

        private void product(float[] left, int x0, int stride, int row, int rows, int panel, float[] rest) {
            int column = panel * tile.columns;
            int columns = Math.min(tile.columns, n - column);
            float[] out = array(c);
            int at = c.offset() + row * n + column;
            int w0 = panel * tile.columns * depth;
            boolean overwrite = first == 0 && beta == 0;
            if (rows == tile.rows && columns == tile.columns) {
                if (overwrite) {
                    tile.rows(kernel, left, x0, stride, depth, packed, w0, zeros, 0, 0, out, at, n);
                } else {
                    tile.rows(kernel, left, x0, stride, depth, packed, w0, out, at, n, out, at, n);
                }
                return;
            }
            tile.rows(kernel, left, x0, stride, depth, packed, w0, zeros, 0, 0, rest, 0, tile.columns);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    float value = rest[i * tile.columns + j];
                    out[at + i * n + j] = overwrite ? value : out[at + i * n + j] + value;
                }
            }
        }
    }
}

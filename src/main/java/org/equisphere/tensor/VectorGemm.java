package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import jdk.incubator.vector.FloatVector;

/**
 * The matrix product of {@link Backend} after Goto and van de Geijn (2008): op(b) is packed into panels of a tile's columns, blocks of
 * alpha * op(a) are packed as they lie, and every product is taken in the register tiles of {@link ProductTiles}.
 *
 * <p>A block of k rows of b is packed at a time, by all threads, then blocks of c are shared out. Sums run over k in order
 * whatever the number of threads. Products of few rows are not worth the packing, but are summed in the same blocks: with alpha = 1 a row of c has the
 * same bits whatever the number of rows.
 */
final class VectorGemm {

    private static final int L = Lanes.COUNT;
    /** Parts of a product that is large enough. */
    private static final int PARTS = 8;
    /** Floating-point operations of a part, at least: some microseconds. */
    private static final long WORTHWHILE = 250_000;
    /** Up to so many rows, b is read where it lies, once a row: packing it would take longer. */
    private static final int FEW_ROWS = 4;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final Pack pack = new Pack();
    private final Multiply multiply = new Multiply();
    private final FewRows fewRows = new FewRows();
    private float[] packed = new float[0];
    private final float[] zeros = new float[ProductTiles.VECTORS * L];

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
    /** Vectors of columns, and the panels they are shared out to. */
    private int vectors;
    private int panels;
    /** The block of k at work: its first row and its number of rows. */
    private int first;
    private int depth;

    VectorGemm(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
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
        vectors = (n + L - 1) / L;
        panels = (vectors + ProductTiles.VECTORS - 1) / ProductTiles.VECTORS;
        boolean few = m <= FEW_ROWS && !transposeB && n >= L;
        if (!few) {
            multiply.plan();
        }
        first = 0;
        do {
            depth = Math.min(ProductTiles.DEPTH, k - first);
            if (few) {
                workers.run(panels, fewRows);
            } else {
                workers.run(multiply.parts() == 1 ? 1 : panels, pack);
                workers.run(multiply.parts(), multiply);
            }
            first += ProductTiles.DEPTH;
        } while (first < k);
    }

    /** Whether the sums of the block of k at work are the first that c gets, and replace what it held. */
    private boolean overwrites() {
        return first == 0 && beta == 0;
    }

    /**
     * The first vector of a panel; vectors are shared out evenly, the later panels taking the ones that are over, so that the last panel has at
     * least two where there are two: its last vector overlaps the one before, whose columns no other thread may write at the same time.
     */
    private int vector(int panel) {
        return (int) ((long) panel * vectors / panels);
    }

    /** The first column of a vector: the last vector ends where the matrix ends, over columns of the one before. */
    private int column(int vector) {
        return Math.max(0, Math.min(vector * L, n - L));
    }

    /** c = beta * c in some rows and the columns of a panel, once a product; what will be overwritten is left. */
    private void scale(int row, int rows, int panel) {
        if (first > 0 || beta == 0 || beta == 1) {
            return;
        }
        float[] out = array(c);
        int from = vector(panel) * L;
        int to = Math.min(n, vector(panel + 1) * L);
        for (int i = row; i < row + rows; i++) {
            int at = c.offset() + i * n;
            for (int j = at + from; j < at + to; j++) {
                out[j] *= beta;
            }
        }
    }

    /** Packs a panel of op(b), or all. */
    private final class Pack implements Workers.Task {

        @Override
        public void part(int part) {
            if (multiply.parts() == 1) {
                for (int panel = 0; panel < panels; panel++) {
                    pack(panel);
                }
            } else {
                pack(part);
            }
        }

        private void pack(int panel) {
            int from = vector(panel);
            int to = vector(panel + 1);
            int width = (to - from) * L;
            for (int vector = from; vector < to; vector++) {
                int target = from * L * depth + (vector - from) * L;
                if (transposeB) {
                    transposed(array(b), b.offset() + column(vector) * k + first, target, width);
                } else if (n >= L) {
                    straight(array(b), b.offset() + first * n + column(vector), target, width);
                } else {
                    narrow(array(b), b.offset() + first * n, target, width);
                }
            }
        }

        private void straight(float[] from, int at, int to, int width) {
            int source = at;
            int target = to;
            for (int t = 0; t < depth; t++) {
                FloatVector.fromArray(Lanes.SPECIES, from, source).intoArray(packed, target);
                source += n;
                target += width;
            }
        }

        private void narrow(float[] from, int at, int to, int width) {
            for (int t = 0; t < depth; t++) {
                for (int j = 0; j < L; j++) {
                    packed[to + t * width + j] = j < n ? from[at + t * n + j] : 0;
                }
            }
        }

        /** Eight columns at a time: their rows are read together and written side by side. */
        private void transposed(float[] from, int at, int to, int width) {
            int j = 0;
            for (; j + 8 <= Math.min(L, n); j += 8) {
                eight(from, at + j * k, to + j, width);
            }
            for (; j < L; j++) {
                for (int t = 0; t < depth; t++) {
                    packed[to + t * width + j] = j < n ? from[at + j * k + t] : 0;
                }
            }
        }

        private void eight(float[] from, int at, int to, int width) {
            float[] out = packed;
            int s1 = at + k;
            int s2 = s1 + k;
            int s3 = s2 + k;
            int s4 = s3 + k;
            int s5 = s4 + k;
            int s6 = s5 + k;
            int s7 = s6 + k;
            int target = to;
            for (int t = 0; t < depth; t++) {
                out[target] = from[at + t];
                out[target + 1] = from[s1 + t];
                out[target + 2] = from[s2 + t];
                out[target + 3] = from[s3 + t];
                out[target + 4] = from[s4 + t];
                out[target + 5] = from[s5 + t];
                out[target + 6] = from[s6 + t];
                out[target + 7] = from[s7 + t];
                target += width;
            }
        }
    }

    /** Multiplies a block of rows with a block of panels. */
    private final class Multiply implements Workers.Task {

        private int tiles;
        private int rowBlocks;
        private int panelBlocks;

        private void plan() {
            int needed = vectors * L * Math.min(k, ProductTiles.DEPTH);
            if (packed.length < needed) {
                packed = new float[needed];
            }
            tiles = (m + ProductTiles.ROWS - 1) / ProductTiles.ROWS;
            long work = 2L * m * n * Math.min(k, ProductTiles.DEPTH);
            int wanted = (int) Math.max(1, Math.min(PARTS, work / WORTHWHILE));
            int most = ProductTiles.BLOCK / ProductTiles.ROWS;
            rowBlocks = Math.max((tiles + most - 1) / most, Math.min(wanted, (tiles + 3) / 4));
            panelBlocks = Math.min(panels, (wanted + rowBlocks - 1) / rowBlocks);
        }

        private int parts() {
            return rowBlocks * panelBlocks;
        }

        @Override
        public void part(int part) {
            int rowBlock = part / panelBlocks;
            int panelBlock = part % panelBlocks;
            int row = (int) ((long) rowBlock * tiles / rowBlocks) * ProductTiles.ROWS;
            int rows = Math.min(m, (int) ((rowBlock + 1L) * tiles / rowBlocks) * ProductTiles.ROWS) - row;
            Scratch mine = scratch.get();
            float[] left = transposeA ? packColumns(mine, row, rows) : packRows(mine, row, rows);
            int to = (panelBlock + 1) * panels / panelBlocks;
            for (int panel = panelBlock * panels / panelBlocks; panel < to; panel++) {
                scale(row, rows, panel);
                for (int i = 0; i < rows; i += ProductTiles.ROWS) {
                    product(left, i, row, Math.min(ProductTiles.ROWS, rows - i), panel, mine.tile());
                }
            }
        }

        private float[] packRows(Scratch mine, int row, int rows) {
            int padded = Lanes.roundUp(rows, ProductTiles.ROWS);
            float[] left = mine.first(padded * ProductTiles.ROW);
            float[] from = array(a);
            float factor = alpha;
            for (int i = 0; i < padded; i++) {
                int target = i * ProductTiles.ROW;
                int source = a.offset() + (row + i) * k + first;
                int count = i < rows ? depth : 0;
                for (int t = 0; t < count; t++) {
                    left[target + t] = factor * from[source + t];
                }
                for (int t = count; t < depth; t++) {
                    left[target + t] = 0;
                }
            }
            return left;
        }

        private float[] packColumns(Scratch mine, int row, int rows) {
            int padded = Lanes.roundUp(rows, ProductTiles.ROWS);
            float[] left = mine.first(depth * ProductTiles.COLUMN);
            int source = a.offset() + first * m + row;
            int i = 0;
            for (; i + L <= rows; i += L) {
                vectorOfRows(left, i, source + i);
            }
            if (i < rows && rows > L) {
                vectorOfRows(left, rows - L, source + rows - L);
                i = rows;
            }
            float[] from = array(a);
            for (; i < padded; i++) {
                for (int t = 0; t < depth; t++) {
                    left[t * ProductTiles.COLUMN + i] = i < rows ? alpha * from[source + t * m + i] : 0;
                }
            }
            return left;
        }

        /** A vector's length of rows of a transposed block: loops over a block's few rows would cost more than the rows. */
        private void vectorOfRows(float[] left, int to, int at) {
            float[] from = array(a);
            float factor = alpha;
            int source = at;
            int target = to;
            for (int t = 0; t < depth; t++) {
                FloatVector.fromArray(Lanes.SPECIES, from, source).mul(factor).intoArray(left, target);
                source += m;
                target += ProductTiles.COLUMN;
            }
        }

        private void product(float[] left, int i, int row, int rows, int panel, float[] rest) {
            int from = vector(panel);
            int width = vector(panel + 1) - from;
            int column = column(from);
            int last = column(from + width - 1) - column;
            float[] out = array(c);
            int at = c.offset() + (row + i) * n + column;
            int a0 = transposeA ? i : i * ProductTiles.ROW;
            int b0 = from * L * depth;
            boolean overwrite = overwrites();
            if (rows == ProductTiles.ROWS && n >= L) {
                if (overwrite) {
                    ProductTiles.tile(width, transposeA, left, a0, depth, packed, b0, zeros, 0, 0, out, at, n, last);
                } else {
                    ProductTiles.tile(width, transposeA, left, a0, depth, packed, b0, out, at, n, out, at, n, last);
                }
                return;
            }
            int step = width * L;
            ProductTiles.tile(width, transposeA, left, a0, depth, packed, b0, zeros, 0, 0, rest, 0, step, last);
            int columns = Math.min(last + L, n);
            for (int p = 0; p < rows; p++) {
                for (int j = 0; j < columns; j++) {
                    float value = rest[p * step + j];
                    out[at + p * n + j] = overwrite ? value : out[at + p * n + j] + value;
                }
            }
        }
    }

    /** A panel of columns, row after row. */
    private final class FewRows implements Workers.Task {

        @Override
        public void part(int panel) {
            scale(0, m, panel);
            int from = vector(panel);
            int last = vector(panel + 1) - 1;
            int column = column(from);
            int d1 = column(Math.min(from + 1, last)) - column;
            int d2 = column(Math.min(from + 2, last)) - column;
            int d3 = column(last) - column;
            int step = transposeA ? m : 1;
            float[] out = array(c);
            for (int i = 0; i < m; i++) {
                int x0 = a.offset() + (transposeA ? i : i * k) + first * step;
                int o0 = c.offset() + i * n + column;
                ProductTiles.row(alpha, array(a), x0, step, depth, array(b), b.offset() + first * n + column, n, d1, d2, d3,
                        overwrites() ? zeros : out, overwrites() ? 0 : o0, out, o0);
            }
        }
    }
}

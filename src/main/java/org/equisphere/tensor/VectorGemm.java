package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import jdk.incubator.vector.FloatVector;

/**
 * The matrix product of {@link Backend} in the register tiles of {@link ProductTiles}. A tile reads its operands where they lie: packing op(b)
 * takes as long as a dozen rows of c. After Goto and van de Geijn (2008) alpha * op(b) is packed into panels of a tile's columns where c is large,
 * where b is transposed or narrower than a vector, and where alpha is not 1.
 *
 * <p>A block of k rows of b is taken at a time, packed by all threads, then blocks of c are shared out. All tiles and blocks sum alike:
 * a row of c has the same bits whatever the number of threads, and of rows.
 */
final class VectorGemm {

    private static final int L = Lanes.COUNT;
    /** Parts of a product that is large enough. */
    private static final int PARTS = 8;
    /** Floating-point operations of a part, at least: some microseconds. */
    private static final long WORTHWHILE = 250_000;
    /** Terms of a sum at a time, at most: the rows of a panel, which stays in the second cache. */
    private static final int DEPTH = 512;
    /** Rows of a block of c, at most. */
    private static final int BLOCK = 96;
    /**
     * From so many rows of c on packing is the lesser evil where rows of b are longer than {@link #NEAR}: it costs an eighth, reaching over their
     * pages and cache lines a sixth.
     */
    private static final int MANY_ROWS = 80;
    /** Numbers of a row of b: the panels of shorter ones stay in the second cache as they lie. */
    private static final int NEAR = 512;
    /**
     * From so many panels on rows of a are laid out for 16 registers, side by side: constants for their distances leave the loop a third fewer
     * instructions, and rows of 1024 numbers would meet in the same sets of the caches.
     */
    private static final int MANY_PANELS = 3;
    /** Columns of c that are summed before the next rows: lines behind those just touched are fetched unasked, those of other rows waited for. */
    private static final int SIDE_BY_SIDE = 64;
    /** Numbers of a column of a that are turned into a row at a time. */
    private static final int RUN = 8;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final Workers.Task pack = this::pack;
    private final Workers.Task multiply = this::multiply;
    private float[] packed = new float[0];
    private final float[] zeros = new float[ProductTiles.VECTORS * L];

    private boolean transposeA;
    private boolean transposeB;
    private int m;
    private int n;
    private int k;
    private float alpha;
    private float[] a;
    private int aAt;
    private float[] b;
    private int bAt;
    private float beta;
    private float[] c;
    private int cAt;
    /** Vectors of columns, the panels they are shared out to, and the vectors of a tile. */
    private int vectors;
    private int panels;
    private int tileVectors;
    private boolean packs;
    /** Rows of a tile, tiles of all rows, and the blocks that rows and panels are shared out to. */
    private int height;
    private int tiles;
    private int rowBlocks;
    private int panelBlocks;
    /** The block of k at work: its first row and its number of rows. */
    private int first;
    private int depth;

    VectorGemm(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void multiply(boolean transA, boolean transB, int rows, int columns, int inner, float factor, Tensor x, Tensor y, float kept, Tensor z) {
        multiply(transA, transB, rows, columns, inner, factor, array(x), x.offset(), array(y), y.offset(), kept, array(z), z.offset());
    }

    /** The product of matrices from xAt, yAt and zAt on. */
    void multiply(boolean transA, boolean transB, int rows, int columns, int inner, float factor, float[] x, int xAt, float[] y, int yAt, float kept,
                  float[] z, int zAt) {
        transposeA = transA;
        transposeB = transB;
        m = rows;
        n = columns;
        k = inner;
        alpha = factor;
        a = x;
        aAt = xAt;
        b = y;
        bAt = yAt;
        beta = kept;
        c = z;
        cAt = zAt;
        if (m == 0 || n == 0) {
            return;
        }
        vectors = (n + L - 1) / L;
        tileVectors = ProductTiles.VECTORS;
        panels = (vectors + tileVectors - 1) / tileVectors;
        // A tile of four vectors takes three as well; of fewer, as where five are shared out to two panels, it would waste half.
        if (tileVectors == 4 && vectors < 3 * panels || vectors == 1) {
            tileVectors = Math.min(vectors, 2);
            panels = (vectors + tileVectors - 1) / tileVectors;
        }
        // Lanes of 256 bits multiply faster in packed panels whatever the rows' length.
        packs = transposeB || alpha != 1 || n < L || m >= MANY_ROWS && (n > NEAR || ProductTiles.VECTORS < 4);
        plan();
        int parts = rowBlocks * panelBlocks;
        first = 0;
        do {
            depth = Math.min(DEPTH, k - first);
            if (packs && parts == 1) {
                for (int panel = 0; panel < panels; panel++) {
                    pack(panel);
                }
            } else if (packs) {
                workers.run(panels, pack);
            }
            workers.run(parts, multiply);
            first += DEPTH;
        } while (first < k);
    }

    private void plan() {
        int needed = packs ? (tileVectors == 2 ? 2 * panels : vectors) * L * Math.min(k, DEPTH) : 0;
        if (packed.length < needed) {
            packed = new float[needed];
        }
        height = ProductTiles.rows(tileVectors);
        tiles = (m + height - 1) / height;
        long work = 2L * m * n * Math.min(k, DEPTH);
        int wanted = (int) Math.max(1, Math.min(PARTS, work / WORTHWHILE));
        int most = BLOCK / height;
        // Of several a multiple of four, so that two threads and four have as many each.
        int blocks = tiles <= most ? 1 : (tiles + 4 * most - 1) / (4 * most) * 4;
        rowBlocks = Math.max(blocks, Math.min(wanted, (tiles + 3) / 4));
        panelBlocks = Math.min(panels, (wanted + rowBlocks - 1) / rowBlocks);
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
        float[] out = c;
        int from = vector(panel) * L;
        int to = Math.min(n, vector(panel + 1) * L);
        for (int i = row; i < row + rows; i++) {
            int at = cAt + i * n;
            for (int j = at + from; j < at + to; j++) {
                out[j] *= beta;
            }
        }
    }

    /** Packs a panel of op(b); one of a single vector in a tile of two has it twice. */
    private void pack(int panel) {
        int from = vector(panel);
        int to = vector(panel + 1);
        int width = width(panel);
        for (int place = 0; place < width / L; place++) {
            int vector = Math.min(from + place, to - 1);
            int target = place(panel) + (tileVectors == 2 ? place * L : column(vector) - column(from));
            if (transposeB) {
                transposed(b, bAt + column(vector) * k + first, target, width);
            } else if (n >= L) {
                straight(b, bAt + first * n + column(vector), target, width);
            } else {
                narrow(b, bAt + first * n, target, width);
            }
        }
    }

    /** Floats of a row of a packed panel. */
    private int width(int panel) {
        return (tileVectors == 2 ? 2 : vector(panel + 1) - vector(panel)) * L;
    }

    /** Where a packed panel begins. */
    private int place(int panel) {
        return (tileVectors == 2 ? 2 * panel : vector(panel)) * L * depth;
    }

    private void straight(float[] from, int at, int to, int width) {
        float factor = alpha;
        int source = at;
        int target = to;
        for (int t = 0; t < depth; t++) {
            FloatVector.fromArray(Lanes.SPECIES, from, source).mul(factor).intoArray(packed, target);
            source += n;
            target += width;
        }
    }

    private void narrow(float[] from, int at, int to, int width) {
        for (int t = 0; t < depth; t++) {
            for (int j = 0; j < L; j++) {
                packed[to + t * width + j] = j < n ? alpha * from[at + t * n + j] : 0;
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
                packed[to + t * width + j] = j < n ? alpha * from[at + j * k + t] : 0;
            }
        }
    }

    private void eight(float[] from, int at, int to, int width) {
        float[] out = packed;
        float factor = alpha;
        int s1 = at + k;
        int s2 = s1 + k;
        int s3 = s2 + k;
        int s4 = s3 + k;
        int s5 = s4 + k;
        int s6 = s5 + k;
        int s7 = s6 + k;
        int target = to;
        for (int t = 0; t < depth; t++) {
            out[target] = factor * from[at + t];
            out[target + 1] = factor * from[s1 + t];
            out[target + 2] = factor * from[s2 + t];
            out[target + 3] = factor * from[s3 + t];
            out[target + 4] = factor * from[s4 + t];
            out[target + 5] = factor * from[s5 + t];
            out[target + 6] = factor * from[s6 + t];
            out[target + 7] = factor * from[s7 + t];
            target += width;
        }
    }

    /** Multiplies a block of rows with a block of panels. */
    private void multiply(int part) {
        int rowBlock = part / panelBlocks;
        int panelBlock = part % panelBlocks;
        int row = (int) ((long) rowBlock * tiles / rowBlocks) * height;
        int rows = Math.min(m, (int) ((rowBlock + 1L) * tiles / rowBlocks) * height) - row;
        Scratch mine = scratch.get();
        boolean lays = packs && ProductTiles.VECTORS < 4 && panels / panelBlocks >= MANY_PANELS;
        float[] x = lays ? mine.first(BLOCK * ProductTiles.LAID) : a;
        int x0 = aAt + (transposeA ? first * m + row : row * k + first);
        int xRow = lays ? ProductTiles.LAID : transposeA ? 1 : k;
        int xStep = !lays && transposeA ? m : 1;
        if (lays) {
            lay(rows, x0, x);
            x0 = 0;
        }
        int to = (panelBlock + 1) * panels / panelBlocks;
        int side = Math.max(1, SIDE_BY_SIDE / (tileVectors * L));
        for (int panel = panelBlock * panels / panelBlocks; panel < to; panel += side) {
            int end = Math.min(to, panel + side);
            for (int p = panel; p < end; p++) {
                scale(row, rows, p);
            }
            for (int i = 0; i < rows; i += height) {
                for (int p = panel; p < end; p++) {
                    multiply(row + i, Math.min(height, rows - i), p, x, x0 + i * xRow, xRow, xStep, mine.tile());
                }
            }
        }
    }

    /** Lays out some rows of op(a), of which the first begins at {@code from}. */
    private void lay(int rows, int from, float[] laid) {
        for (int i = 0; i < rows && !transposeA; i++) {
            System.arraycopy(a, from + i * k, laid, i * ProductTiles.LAID, depth);
        }
        for (int t = 0; t < depth && transposeA; t += RUN) {
            int run = Math.min(RUN, depth - t);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < run; j++) {
                    laid[i * ProductTiles.LAID + t + j] = a[from + (t + j) * m + i];
                }
            }
        }
    }

    /** One tile. */
    private void multiply(int row, int rows, int panel, float[] x, int x0, int xRow, int xStep, float[] rest) {
        int from = vector(panel);
        int column = column(from);
        int last = column(vector(panel + 1) - 1) - column;
        float[] w = packs ? packed : b;
        int w0 = packs ? place(panel) : bAt + first * n + column;
        int wStep = packs ? width(panel) : n;
        int wLast = packs && tileVectors == 2 ? L : last;
        float[] out = c;
        int at = cAt + row * n + column;
        if (n < L) {
            ProductTiles.tile(tileVectors, rows, x, x0, xRow, xStep, depth, w, w0, wStep, wLast, zeros, 0, 0, rest, 0, L, last);
            for (int p = 0; p < rows; p++) {
                for (int j = 0; j < n; j++) {
                    float value = rest[p * L + j];
                    out[at + p * n + j] = overwrites() ? value : out[at + p * n + j] + value;
                }
            }
        } else if (overwrites()) {
            ProductTiles.tile(tileVectors, rows, x, x0, xRow, xStep, depth, w, w0, wStep, wLast, zeros, 0, 0, out, at, n, last);
        } else {
            ProductTiles.tile(tileVectors, rows, x, x0, xRow, xStep, depth, w, w0, wStep, wLast, out, at, n, out, at, n, last);
        }
    }
}

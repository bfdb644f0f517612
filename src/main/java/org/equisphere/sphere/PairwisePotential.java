package org.equisphere.sphere;

import java.util.Arrays;

/**
 * F(W) = log( sum over i<j of exp(s * w_i.w_j) ) for unit rows w_i, its Riemannian gradient and the largest cosine.
 *
 * <p>The n x n Gram matrix is never held: rows are cut into blocks, and each pair of blocks is one task that makes its tile of the
 * Gram matrix, its exponentials, and adds both blocks' share of the gradient. Only tiles with I <= J are made: n^2 d operations for the cosines and
 * 2 n^2 d for the gradient, 3/4 of the products and half of the exponentials of the plain form. Memory is O(n d) for all
 * and O(block^2) for each worker.
 *
 * <p>The order in which each row receives its shares is that of a {@link Tournament}: the result is the same bit for bit for any number of workers.
 */
final class PairwisePotential implements CosineSum {

    /** Rows of a block: a 96 x 96 tile of doubles (72 kB) stays in the second cache beside its two blocks. */
    static final int BLOCK = 96;
    /** From so many blocks on, groups of them play as one: what a block left in the caches serves the next of its group, which
     * saves 10 % of the time at (16000, 128). */
    private static final int MANY_BLOCKS = 64;
    private static final int GROUP = 4;
    /** Below this scale exp(s * (cos - 1)) stays far from the smallest double even at cosine -1, and needs no other shift. */
    private static final double PLAIN_SCALE = 150;
    /** Below this many multiplications, n^2 d, handing blocks to other threads takes longer than doing them. */
    private static final long WORTH_SHARING = 4_000_000;
    /** How far from 0 the largest exponent may lie before the sum is taken again with a better shift. */
    private static final double EXPONENT_ROOM = 500;

    private final int n;
    private final int d;
    private final WorkerTeam team;
    private final PairKernel kernel;
    /** Number of blocks, rows of a block, a multiple of 4, and its rows rounded up to the kernel's lanes. */
    private final int blocks;
    private final int block;
    private final int bp;
    /** Blocks that play as one, their own pairs and those with another group's. */
    private final int group;
    /** Blocks one after the other, in panels: each transposed, for the cosines, and as it is, for the pulls. */
    private final int cosineWidth;
    private final int pullWidth;
    private final int transposedSize;
    private final int packedSize;
    private final double[] transposed;
    private final double[] packed;
    private final double[][] tiles;
    private final Tournament tournament;
    private final double[] blockSums;
    private final double[] blockLargest;
    private double[] pull;
    private double shift = 1;
    private double largestCosine = Double.NaN;

    PairwisePotential(int n, int d, WorkerTeam team) {
        this(n, d, team, PairKernels.best(), BLOCK);
    }

    PairwisePotential(int n, int d, WorkerTeam team, PairKernel kernel, int largestBlock) {
        this.n = n;
        this.d = d;
        this.team = (long) n * n * d < WORTH_SHARING ? new WorkerTeam(1) : team;
        this.kernel = kernel;
        int parts = (n + largestBlock - 1) / largestBlock;
        this.block = ((n + parts - 1) / parts + 3) / 4 * 4;
        this.blocks = (n + block - 1) / block;
        this.bp = (block + kernel.lanes() - 1) / kernel.lanes() * kernel.lanes();
        this.cosineWidth = kernel.width(block);
        this.pullWidth = kernel.width(d);
        long most = blocks * Math.max(Panels.length(d, block, cosineWidth), Panels.length(block, d, pullWidth));
        if (most > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException("n*d: padded to " + most + " numbers, more than one array holds");
        }
        this.transposedSize = (int) Panels.length(d, block, cosineWidth);
        this.packedSize = (int) Panels.length(block, d, pullWidth);
        this.transposed = new double[blocks * transposedSize];
        this.packed = new double[blocks * packedSize];
        this.tiles = new double[this.team.workers()][block * bp];
        this.group = blocks < MANY_BLOCKS ? 1 : GROUP;
        this.tournament = new Tournament((blocks + group - 1) / group, this.team);
        this.blockSums = new double[blocks];
        this.blockLargest = new double[blocks];
    }

    @Override
    public double largestCosine() {
        return largestCosine;
    }

    /** Row i of the gradient is s * sum over j of p_ij w_j without its part along w_i, where p_ij is the share of the pair in the sum. */
    @Override
    public double evaluate(double[] w, double scale, double[] gradient) {
        pack(w);
        if (gradient != null && pull == null) {
            pull = new double[packed.length];
        }
        if (scale <= PLAIN_SCALE) {
            shift = 1;
        }
        double sum = sumOverPairs(scale, gradient != null);
        if (!(Math.abs(scale * (largestCosine - shift)) <= EXPONENT_ROOM) && scale > PLAIN_SCALE) {
            shift = largestCosine;
            sum = sumOverPairs(scale, gradient != null);
        }
        if (gradient != null) {
            double factor = scale / sum;
            team.each(blocks, (worker, b) -> writeTangent(w, b, factor, gradient));
        }
        return Math.log(sum) + scale * shift;
    }

    private void pack(double[] w) {
        team.each(blocks, (worker, b) -> {
            int first = b * block * d;
            Panels.packTransposed(w, first, d, rowsOf(b), d, cosineWidth, transposed, b * transposedSize);
            Panels.pack(w, first, d, rowsOf(b), d, pullWidth, block, packed, b * packedSize);
        });
    }

    private int rowsOf(int b) {
        return Math.min(block, n - b * block);
    }

    /** The sum over all pairs of exp(s * (cos - shift)); also fills {@link #largestCosine} and, if asked, {@link #pull}. */
    private double sumOverPairs(double scale, boolean withPull) {
        tournament.play((worker, one, two) -> {
            if (one == two) {
                playWithinGroup(worker, one, scale, withPull);
            } else {
                playGroups(worker, one, two, scale, withPull);
            }
        });
        double sum = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (int b = 0; b < blocks; b++) {
            sum += blockSums[b];
            largest = Math.max(largest, blockLargest[b]);
        }
        largestCosine = largest;
        return sum;
    }

    private void playWithinGroup(int worker, int g, double scale, boolean withPull) {
        int end = Math.min(blocks, (g + 1) * group);
        for (int b = g * group; b < end; b++) {
            playWithin(worker, b, scale, withPull);
        }
        for (int one = g * group; one < end; one++) {
            for (int two = one + 1; two < end; two++) {
                playBetween(worker, one, two, scale, withPull);
            }
        }
    }

    private void playGroups(int worker, int one, int two, double scale, boolean withPull) {
        for (int a = one * group; a < (one + 1) * group; a++) {
            for (int b = two * group; b < Math.min(blocks, (two + 1) * group); b++) {
                playBetween(worker, a, b, scale, withPull);
            }
        }
    }

    private void playWithin(int worker, int b, double scale, boolean withPull) {
        double[] tile = tiles[worker];
        int rows = rowsOf(b);
        int lanes = kernel.lanes();
        kernel.gram(transposed, b * transposedSize, rows, transposed, b * transposedSize, bp, cosineWidth, d, true, tile);
        double sum = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < rows; i++) {
            int row = i * bp;
            Arrays.fill(tile, row, row + i + 1, Double.NEGATIVE_INFINITY);
            Arrays.fill(tile, row + rows, row + bp, Double.NEGATIVE_INFINITY);
            int from = row + i / lanes * lanes;
            largest = Math.max(largest, kernel.largest(tile, from, row + bp));
            sum += kernel.exponentials(tile, from, row + bp, scale, shift);
        }
        blockSums[b] = sum;
        blockLargest[b] = largest;
        if (withPull) {
            mirror(tile, rows);
            Arrays.fill(pull, b * packedSize, (b + 1) * packedSize, 0);
            kernel.accumulate(tile, bp, rows, rows, packed, b * packedSize, block, pullWidth, d, pull, b * packedSize);
        }
    }

    /** Copies the upper triangle to the lower and clears the diagonal. */
    private void mirror(double[] tile, int rows) {
        for (int i = 0; i < rows; i++) {
            tile[i * bp + i] = 0;
            for (int j = i + 1; j < rows; j++) {
                tile[j * bp + i] = tile[i * bp + j];
            }
        }
    }

    private void playBetween(int worker, int one, int two, double scale, boolean withPull) {
        double[] tile = tiles[worker];
        int rows = rowsOf(one);
        int columns = rowsOf(two);
        kernel.gram(transposed, one * transposedSize, rows, transposed, two * transposedSize, bp, cosineWidth, d, false, tile);
        for (int i = 0; i < rows; i++) {
            Arrays.fill(tile, i * bp + columns, (i + 1) * bp, Double.NEGATIVE_INFINITY);
        }
        blockLargest[one] = Math.max(blockLargest[one], kernel.largest(tile, 0, rows * bp));
        blockSums[one] += kernel.exponentials(tile, 0, rows * bp, scale, shift);
        if (withPull) {
            kernel.accumulate(tile, bp, rows, columns, packed, two * packedSize, block, pullWidth, d, pull, one * packedSize);
            kernel.accumulateTransposed(tile, bp, columns, rows, packed, one * packedSize, block, pullWidth, d, pull, two * packedSize);
        }
    }

    /** The rows of a block's pull without their parts along w, times the factor. */
    private void writeTangent(double[] w, int b, double factor, double[] gradient) {
        for (int i = 0; i < rowsOf(b); i++) {
            int row = (b * block + i) * d;
            double along = 0;
            for (int k = 0; k < d; k += pullWidth) {
                int panel = b * packedSize + k * block + i * pullWidth;
                int columns = Math.min(pullWidth, d - k);
                for (int c = 0; c < columns; c++) {
                    along += pull[panel + c] * w[row + k + c];
                }
            }
            for (int k = 0; k < d; k += pullWidth) {
                int panel = b * packedSize + k * block + i * pullWidth;
                int columns = Math.min(pullWidth, d - k);
                for (int c = 0; c < columns; c++) {
                    gradient[row + k + c] = factor * (pull[panel + c] - along * w[row + k + c]);
                }
            }
        }
    }
}

package org.equisphere.sphere;

import java.util.Arrays;

/**
 * F(W) = log( sum over i<j of exp(s * w_i.w_j) ) for unit rows w_i, its Riemannian gradient and the largest cosine.
 *
 * <p>The n x n Gram matrix is never held: rows are cut into blocks, and each pair of blocks is one task that makes its tile of the
 * Gram matrix, its exponentials, and adds both blocks' share of the gradient. Only tiles with I <= J are made, which takes 3/4 of the
 * products and half of the exponentials of the plain form. Memory is O(n d) for all and O(block^2) for each worker.
 *
 * <p>Pairs of blocks are played in rounds like a chess tournament: within a round no block appears twice, so no two workers add to
 * one row, and each row receives its shares in the order of the rounds. The result is the same bit for bit for any number of workers.
 */
final class PairwisePotential {

    /** Rows of a block: a 96 x 96 tile of doubles (72 kB) stays in the second cache beside its two blocks. */
    static final int BLOCK = 96;
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
    /** Number of blocks, rows of a block, and its rows and d rounded up to the kernel's lanes. */
    private final int blocks;
    private final int block;
    private final int bp;
    private final int dp;
    /** Blocks one after the other: rows with stride dp, and the same transposed with stride bp. */
    private final double[] packed;
    private final double[] transposed;
    private final double[][] tiles;
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
        this.blocks = (n + largestBlock - 1) / largestBlock;
        this.block = (n + blocks - 1) / blocks;
        this.bp = roundUp(block);
        this.dp = roundUp(d);
        this.packed = new double[indexable((long) blocks * block * dp)];
        this.transposed = new double[indexable((long) blocks * d * bp)];
        this.tiles = new double[this.team.workers()][block * bp];
        this.blockSums = new double[blocks];
        this.blockLargest = new double[blocks];
    }

    private int roundUp(int size) {
        int lanes = kernel.lanes();
        return (size + lanes - 1) / lanes * lanes;
    }

    private static int indexable(long length) {
        if (length > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException("n*d: padded to " + length + " numbers, more than one array holds");
        }
        return (int) length;
    }

    /** The largest cosine of a pair at the last evaluation. */
    double largestCosine() {
        return largestCosine;
    }

    /**
     * F(W), and if asked its Riemannian gradient: row i is s * sum over j of p_ij w_j without its part along w_i, where p_ij is the
     * share of the pair in the sum.
     *
     * @param w n x d, row-major, unit rows; not modified
     * @param scale s, the inverse temperature
     * @param gradient n x d, modified; null if not wanted
     */
    double evaluate(double[] w, double scale, double[] gradient) {
        pack(w);
        if (gradient != null && pull == null) {
            pull = new double[packed.length];
        }
        if (scale <= PLAIN_SCALE) {
            shift = 1;
        }
        double sum = playAllRounds(scale, gradient != null);
        if (!(Math.abs(scale * (largestCosine - shift)) <= EXPONENT_ROOM) && scale > PLAIN_SCALE) {
            shift = largestCosine;
            sum = playAllRounds(scale, gradient != null);
        }
        if (gradient != null) {
            double factor = scale / sum;
            team.each(blocks, (worker, b) -> writeTangent(w, b, factor, gradient));
        }
        return Math.log(sum) + scale * shift;
    }

    private void pack(double[] w) {
        team.each(blocks, (worker, b) -> {
            int first = b * block;
            int rows = rowsOf(b);
            int tOff = b * d * bp;
            for (int i = 0; i < rows; i++) {
                System.arraycopy(w, (first + i) * d, packed, (first + i) * dp, d);
            }
            for (int k = 0; k < d; k++) {
                for (int i = 0; i < rows; i++) {
                    transposed[tOff + k * bp + i] = w[(first + i) * d + k];
                }
            }
        });
    }

    private int rowsOf(int b) {
        return Math.max(0, Math.min(block, n - b * block));
    }

    /** The sum over all pairs of exp(s * (cos - shift)); also fills {@link #largestCosine} and, if asked, {@link #pull}. */
    private double playAllRounds(double scale, boolean withPull) {
        if (withPull) {
            Arrays.fill(pull, 0);
        }
        team.each(blocks, (worker, b) -> playWithin(worker, b, scale, withPull));
        // The circle method: with an odd number of blocks one sits out each round.
        int players = blocks + blocks % 2;
        for (int round = 0; round < players - 1; round++) {
            int turn = round;
            team.each(players / 2, (worker, seat) -> {
                int one = seat == 0 ? players - 1 : (turn + seat) % (players - 1);
                int two = seat == 0 ? turn : (turn - seat + players - 1) % (players - 1);
                if (Math.max(one, two) < blocks) {
                    playBetween(worker, Math.min(one, two), Math.max(one, two), scale, withPull);
                }
            });
        }
        double sum = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (int b = 0; b < blocks; b++) {
            sum += blockSums[b];
            largest = Math.max(largest, blockLargest[b]);
        }
        largestCosine = largest;
        return sum;
    }

    private void playWithin(int worker, int b, double scale, boolean withPull) {
        double[] tile = tiles[worker];
        int rows = rowsOf(b);
        int lanes = kernel.lanes();
        kernel.gram(packed, b * block * dp, dp, rows, transposed, b * d * bp, bp, d, true, tile);
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
            kernel.accumulate(tile, bp, rows, rows, packed, b * block * dp, dp, pull, b * block * dp);
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
        kernel.gram(packed, one * block * dp, dp, rows, transposed, two * d * bp, bp, d, false, tile);
        for (int i = 0; i < rows; i++) {
            Arrays.fill(tile, i * bp + columns, (i + 1) * bp, Double.NEGATIVE_INFINITY);
        }
        blockLargest[one] = Math.max(blockLargest[one], kernel.largest(tile, 0, rows * bp));
        blockSums[one] += kernel.exponentials(tile, 0, rows * bp, scale, shift);
        if (withPull) {
            kernel.accumulate(tile, bp, rows, columns, packed, two * block * dp, dp, pull, one * block * dp);
            kernel.accumulateTransposed(tile, bp, columns, rows, packed, one * block * dp, dp, pull, two * block * dp);
        }
    }

    private void writeTangent(double[] w, int b, double factor, double[] gradient) {
        for (int i = b * block; i < b * block + rowsOf(b); i++) {
            double along = 0;
            for (int k = 0; k < d; k++) {
                along += pull[i * dp + k] * w[i * d + k];
            }
            for (int k = 0; k < d; k++) {
                gradient[i * d + k] = factor * (pull[i * dp + k] - along * w[i * d + k]);
            }
        }
    }
}

package org.equisphere.sphere;

/**
 * Solves A x = b for a symmetric positive definite A by A = L L^T, in blocks, so that all but n^2 of the n^3/3 multiplications run in the
 * Gram product of the {@link PairKernel}.
 */
final class CholeskySolver {

    private static final int BLOCK = 64;
    /** A pivot below this share of its diagonal entry is a dependent row: the second takes its place, which sets its unknown to 0. */
    private static final double DEPENDENT = 1e-13;
    private static final double INFINITE = 1e150;

    private final PairKernel kernel = PairKernels.best();
    private final WorkerTeam team;
    private final int width;
    /** One block row of L and for each worker another, transposed and in panels, and a tile of their products. */
    private final double[] diagonal;
    private final double[][] below;
    private final double[][] tiles;
    private double[] factor;
    private int n;

    /** @param most the largest n that will be asked for */
    CholeskySolver(int most, WorkerTeam team) {
        this.team = team;
        this.width = kernel.width(BLOCK);
        this.diagonal = new double[most * BLOCK];
        this.below = new double[team.workers()][most * BLOCK];
        this.tiles = new double[team.workers()][BLOCK * BLOCK];
    }

    /** Takes on a matrix: n x n, row-major, of which the lower triangle is read and overwritten by L. */
    void factorize(double[] a, int n) {
        this.factor = a;
        this.n = n;
        for (int first = 0; first < n; first += BLOCK) {
            int columns = Math.min(BLOCK, n - first);
            Panels.packTransposed(a, first * n, n, columns, first, width, diagonal, 0);
            finishRows(0, first, first, columns);
            int start = first + columns;
            team.each((n - start + BLOCK - 1) / BLOCK, (worker, task) -> finishRows(worker, start + task * BLOCK, start - columns, columns));
        }
    }

    private void finishRows(int worker, int top, int first, int columns) {
        double[] tile = tiles[worker];
        int rows = Math.min(BLOCK, n - top);
        Panels.packTransposed(factor, top * n, n, rows, first, width, below[worker], 0);
        kernel.gram(below[worker], 0, rows, diagonal, 0, BLOCK, width, first, false, tile);
        for (int i = 0; i < rows; i++) {
            finishRow(top + i, first, columns, tile, i * BLOCK);
        }
    }

    /** Columns first .. first+columns-1 of row i of L; the products with the columns before them stand in the tile. */
    private void finishRow(int i, int first, int columns, double[] tile, int inTile) {
        for (int j = first; j < first + columns && j <= i; j++) {
            double rest = factor[i * n + j] - tile[inTile + j - first];
            for (int k = first; k < j; k++) {
                rest -= factor[i * n + k] * factor[j * n + k];
            }
            if (i == j) {
                factor[i * n + i] = rest > DEPENDENT * factor[i * n + i] ? Math.sqrt(rest) : INFINITE;
            } else {
                factor[i * n + j] = rest / factor[j * n + j];
            }
        }
    }

    /** Replaces b by the solution. */
    void solve(double[] b) {
        for (int i = 0; i < n; i++) {
            double rest = b[i];
            for (int k = 0; k < i; k++) {
                rest -= factor[i * n + k] * b[k];
            }
            b[i] = rest / factor[i * n + i];
        }
        for (int i = n - 1; i >= 0; i--) {
            b[i] /= factor[i * n + i];
            for (int k = 0; k < i; k++) {
                b[k] -= factor[i * n + k] * b[i];
            }
        }
    }
}

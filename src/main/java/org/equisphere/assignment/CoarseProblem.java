package org.equisphere.assignment;

import java.util.Arrays;

/**
 * A square problem of every fourth row and column in the order of their means, solved by the same means; its duals, carried
 * over to all columns by {@code v[j] = min over its rows of (c[i][j] - u[i])}, are near the optimum where costs vary
 * smoothly in some order of rows and columns.
 */
final class CoarseProblem {

    private static final int COARSENING = 4;

    /** Fewer rows than this have no coarse problem worth solving. */
    static final int LEAST_ROWS = 16 * COARSENING;

    private final AugmentingPaths paths;
    private final int n;
    private final int size;
    private final AugmentingPaths small;
    private final DualStart start;
    private final double[] sample; // [size, size]
    private final double[] rowSum;
    private final double[] columnSum;
    private final double[] sorted; // scratch of the order
    private final int[] taken; // scratch of the order
    private final int[] order;
    private final int[] rows; // [size]
    private final int[] columns; // [size]

    /** Of the square problem that {@code fine} works on. */
    CoarseProblem(AugmentingPaths fine) {
        paths = fine;
        n = fine.n;
        size = n / COARSENING;
        small = new AugmentingPaths(size, size);
        start = new DualStart(small, new DenseSearch(small));
        sample = new double[size * size];
        rowSum = new double[n];
        columnSum = new double[n];
        sorted = new double[n];
        taken = new int[n];
        order = new int[n];
        rows = new int[size];
        columns = new int[size];
    }

    /** Sets v from the coarse problem; false, and v untouched, if a mean is infinite (forbidden pairs). */
    boolean takeDuals() {
        Arrays.fill(columnSum, 0);
        for (int i = 0; i < n; i++) {
            rowSum[i] = addRow(paths.cost, paths.sign, i * n, columnSum);
            if (!Double.isFinite(rowSum[i])) {
                return false;
            }
        }
        pickStrata(rowSum, rows);
        pickStrata(columnSum, columns);
        for (int a = 0; a < size; a++) {
            for (int b = 0; b < size; b++) {
                sample[a * size + b] = paths.sign * paths.cost[rows[a] * n + columns[b]];
            }
        }
        small.attach(sample, 1);
        start.begin();
        start.finish();
        Arrays.fill(paths.v, Double.POSITIVE_INFINITY);
        for (int a = 0; a < size; a++) {
            lower(paths.v, paths.cost, paths.sign, rows[a] * n, small.matchedCost[a] - small.v[small.columnOfRow[a]]);
        }
        return true;
    }

    /** Adds a row to the sums of the columns and returns its own. */
    private static double addRow(double[] c, double sign, int o, double[] columnSum) {
        double sum = 0;
        for (int j = 0; j < columnSum.length; j++) {
            sum += sign * c[o + j];
            columnSum[j] += sign * c[o + j];
        }
        return sum;
    }

    private static void lower(double[] v, double[] c, double sign, int o, double u) {
        for (int j = 0; j < v.length; j++) {
            v[j] = Math.min(v[j], sign * c[o + j] - u);
        }
    }

    /** Every fourth index in ascending order of the keys, equal keys in their own order, from the middle of each four. */
    private void pickStrata(double[] keys, int[] picked) {
        System.arraycopy(keys, 0, sorted, 0, n);
        Arrays.sort(sorted);
        Arrays.fill(taken, 0);
        for (int k = 0; k < n; k++) {
            int first = Arrays.binarySearch(sorted, keys[k]);
            while (first > 0 && sorted[first - 1] == keys[k]) {
                first--;
            }
            order[first + taken[first]++] = k;
        }
        for (int a = 0; a < size; a++) {
            picked[a] = order[a * COARSENING + COARSENING / 2];
        }
    }
}

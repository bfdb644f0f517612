package org.equisphere.assignment;

import java.util.Arrays;

/**
 * The solve of problems so small that lists and heaps cost more than they save: each row is matched to its tight free
 * column where it has one, or keeps a tight one it had, and shortest augmenting paths, Dijkstra's search over whole rows,
 * match the rest.
 * The invariants are those of {@link AugmentingPaths}.
 */
final class DenseSearch {

    /** With more columns than this the lists are faster. */
    static final int MOST_COLUMNS = 128;

    private final AugmentingPaths paths;
    private final RowScans scans;
    private final int m;
    private final double[] distance; // [m], +infinity once settled
    private final double[] cameFrom; // [m] a row, a double so that one vector's mask selects both
    private final double[] open; // [m] v, or -infinity once settled
    private final int[] settled; // [m] matched columns in the order they were reached
    private final double[] settledDistance; // [m]
    private int settledCount;

    DenseSearch(AugmentingPaths paths) {
        this.paths = paths;
        scans = paths.lists.rowScans();
        m = paths.m;
        int room = m <= MOST_COLUMNS ? m : 0;
        distance = new double[room];
        cameFrom = new double[room];
        open = new double[room];
        settled = new int[room];
        settledDistance = new double[room];
    }

    /** Matches each row, in order, to its lowest tight free column where it has one. Returns false if a cost is NaN or -infinity. */
    boolean matchTight() {
        paths.clearMatching();
        double[] c = paths.cost;
        double[] v = paths.v;
        for (int i = 0; i < paths.n; i++) {
            int o = i * m;
            double least = look(i);
            if (!(least > Double.NEGATIVE_INFINITY)) {
                return false;
            }
            for (int j = 0; j < m && least < Double.POSITIVE_INFINITY; j++) {
                if (paths.rowOfColumn[j] < 0 && paths.sign * c[o + j] - v[j] == least) {
                    paths.match(i, j, paths.sign * c[o + j]);
                    break;
                }
            }
        }
        return true;
    }

    /** The least {@code c - v} of row i, of which the lists then know that and no more; NaN or -infinity if a cost is. */
    double look(int i) {
        paths.lists.refresh(i);
        double least = scans.least(paths.cost, paths.sign, i * m, paths.v, m);
        paths.lists.know(i, least);
        return least;
    }

    /** Augments from every free row, in order. Returns null, or the rows of a violated Hall condition. */
    int[] augmentAll() {
        for (int i = 0; i < paths.n; i++) {
            if (paths.columnOfRow[i] < 0 && !augment(i)) {
                return crowd(i);
            }
        }
        return null;
    }

    private boolean augment(int start) {
        Arrays.fill(distance, Double.POSITIVE_INFINITY);
        System.arraycopy(paths.v, 0, open, 0, m);
        settledCount = 0;
        int i = start;
        double base = 0;
        while (true) {
            paths.lists.refresh(i);
            double reached = scans.relax(distance, cameFrom, i, base, paths.cost, paths.sign, i * m, open, m);
            if (!(reached < Double.POSITIVE_INFINITY)) {
                return false;
            }
            int j = nearest(reached);
            if (paths.rowOfColumn[j] < 0) {
                lowerDuals(reached);
                flip(start, j);
                return true;
            }
            settled[settledCount] = j;
            settledDistance[settledCount++] = reached;
            distance[j] = Double.POSITIVE_INFINITY;
            open[j] = Double.NEGATIVE_INFINITY;
            i = paths.rowOfColumn[j];
            base = reached - (paths.matchedCost[i] - paths.v[j]);
        }
    }

    /** The first free column at this distance, or else the first at all. */
    private int nearest(double reached) {
        int first = scans.indexOf(reached, distance, 0, m);
        for (int j = first; j < m; j = scans.indexOf(reached, distance, j + 1, m)) {
            if (paths.rowOfColumn[j] < 0) {
                return j;
            }
        }
        return first;
    }

    private void lowerDuals(double reached) {
        for (int k = 0; k < settledCount; k++) {
            paths.v[settled[k]] -= Math.max(0, reached - settledDistance[k]); // rounding must not raise it
        }
    }

    private void flip(int start, int sink) {
        int j = sink;
        int i;
        do {
            i = (int) cameFrom[j];
            int next = paths.columnOfRow[i];
            paths.match(i, j, paths.sign * paths.cost[i * m + j]);
            j = next;
        } while (i != start);
    }

    /** The start and the rows of all columns it reached. */
    private int[] crowd(int start) {
        int[] rows = new int[settledCount + 1];
        for (int k = 0; k < settledCount; k++) {
            rows[k] = paths.rowOfColumn[settled[k]];
        }
        rows[settledCount] = start;
        return rows;
    }
}

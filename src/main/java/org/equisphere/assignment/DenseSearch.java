package org.equisphere.assignment;

import java.util.Arrays;

/**
 * Shortest augmenting paths that read whole rows and keep no lists: Dijkstra's search over the columns in an array, for
 * problems so small that lists and heaps cost more than they save. The invariants are those of {@link AugmentingPaths}.
 */
final class DenseSearch {

    /** With more columns than this the lists are faster. */
    static final int MOST_COLUMNS = 128;

    private final AugmentingPaths paths;
    private final double[] distance; // [m]
    private final int[] cameFrom; // [m]
    private final int[] open; // [m] columns not settled
    private final int[] settled; // [m] matched columns in the order they were reached
    private int settledCount;

    DenseSearch(AugmentingPaths paths) {
        this.paths = paths;
        int m = Math.min(paths.m, MOST_COLUMNS);
        distance = new double[m];
        cameFrom = new int[m];
        open = new int[m];
        settled = new int[m];
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
        for (int j = 0; j < open.length; j++) {
            open[j] = j;
        }
        settledCount = 0;
        int i = start;
        double base = 0;
        while (true) {
            int place = relaxRow(i, base, open.length - settledCount);
            int j = open[place];
            double reached = distance[j];
            if (!(reached < Double.POSITIVE_INFINITY)) {
                return false;
            }
            if (paths.rowOfColumn[j] < 0) {
                lowerDuals(reached);
                flip(start, j);
                return true;
            }
            settled[settledCount++] = j;
            open[place] = open[open.length - settledCount];
            i = paths.rowOfColumn[j];
            base = reached - (paths.matchedCost[i] - paths.v[j]);
        }
    }

    /** Relaxes the open columns from row i and returns the place of the nearest, a free one if that is as near. */
    private int relaxRow(int i, double base, int count) {
        double[] c = paths.cost;
        double[] v = paths.v;
        double[] near = distance;
        int[] columns = open;
        int o = i * paths.m;
        int nearest = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int k = 0; k < count; k++) {
            int j = columns[k];
            double d = base + (c[o + j] - v[j]);
            double old = near[j];
            if (d < old) {
                near[j] = d;
                cameFrom[j] = i;
            } else {
                d = old;
            }
            if (d < least || d == least && paths.rowOfColumn[j] < 0) {
                least = d;
                nearest = k;
            }
        }
        return nearest;
    }

    private void lowerDuals(double reached) {
        for (int k = 0; k < settledCount; k++) {
            paths.v[settled[k]] -= reached - distance[settled[k]];
        }
    }

    private void flip(int start, int sink) {
        int j = sink;
        int i;
        do {
            i = cameFrom[j];
            int next = paths.columnOfRow[i];
            paths.match(i, j, paths.cost[i * paths.m + j]);
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

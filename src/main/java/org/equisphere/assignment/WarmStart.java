package org.equisphere.assignment;

/**
 * Goes on from the matching and the column duals of the last solve on new costs. One pass finds each row's least
 * {@code c - v}; a matched pair that attains it is still tight and stays, every other row is freed and augmented anew.
 */
final class WarmStart {

    private final AugmentingPaths paths;

    WarmStart(AugmentingPaths paths) {
        this.paths = paths;
    }

    /** Solves the attached matrix. Returns null, or the rows of a violated Hall condition. */
    int[] resolve() {
        for (int i = 0; i < paths.n; i++) {
            keepIfTight(i);
        }
        if (paths.n < paths.m) {
            clearSparedDuals();
        }
        return paths.augmentAll(Long.MAX_VALUE / 2);
    }

    private boolean keepIfTight(int i) {
        double least = least(i);
        paths.lists.forget(i, least);
        int j = paths.columnOfRow[i];
        if (j < 0) {
            return true;
        }
        double c = paths.cost[i * paths.m + j];
        if (c - paths.v[j] <= least && c < Double.POSITIVE_INFINITY) {
            paths.matchedCost[i] = c;
            return true;
        }
        paths.columnOfRow[i] = -1;
        paths.rowOfColumn[j] = -1;
        return false;
    }

    /** Of a wide matrix an unmatched column must have v = 0; raising it may free more pairs, so until nothing changes. */
    private void clearSparedDuals() {
        boolean freed = true;
        while (freed) {
            boolean raised = false;
            for (int j = 0; j < paths.m; j++) {
                if (paths.rowOfColumn[j] < 0 && paths.v[j] != 0) {
                    paths.v[j] = 0;
                    raised = true;
                }
            }
            freed = false;
            for (int i = 0; raised && i < paths.n; i++) {
                freed |= !keepIfTight(i);
            }
        }
    }

    /** Four running minima by comparison: their branches are seldom taken, and they do not wait for each other. */
    private double least(int i) {
        int m = paths.m;
        int o = i * m;
        double[] c = paths.cost;
        double[] v = paths.v;
        double least0 = Double.POSITIVE_INFINITY;
        double least1 = least0;
        double least2 = least0;
        double least3 = least0;
        int j = 0;
        for (; j + 4 <= m; j += 4) {
            double r0 = c[o + j] - v[j];
            double r1 = c[o + j + 1] - v[j + 1];
            double r2 = c[o + j + 2] - v[j + 2];
            double r3 = c[o + j + 3] - v[j + 3];
            if (r0 < least0) {
                least0 = r0;
            }
            if (r1 < least1) {
                least1 = r1;
            }
            if (r2 < least2) {
                least2 = r2;
            }
            if (r3 < least3) {
                least3 = r3;
            }
        }
        double least = Math.min(Math.min(least0, least1), Math.min(least2, least3));
        for (; j < m; j++) {
            least = Math.min(least, c[o + j] - v[j]);
        }
        return least;
    }
}

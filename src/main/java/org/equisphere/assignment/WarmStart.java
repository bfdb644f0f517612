package org.equisphere.assignment;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Goes on from the matching and the column duals of the last solve on new costs. One pass finds each row's least
 * {@code c - v}; a matched pair that attains it is still tight and stays, every other row is freed and augmented anew.
 */
final class WarmStart {

    /** A pair is tight if it misses the least by no more than the rounding of the duals, which sum up path lengths: 4 units in the last place. */
    private static final double ROUNDING = 0x1p-51;

    private final AugmentingPaths paths;
    private final DenseSearch dense; // null where there are lists

    WarmStart(AugmentingPaths paths, DenseSearch dense) {
        this.paths = paths;
        this.dense = paths.m <= DenseSearch.MOST_COLUMNS ? dense : null;
    }

    /** Looks at every cost of the attached matrix. Returns false if one is NaN or -infinity. */
    boolean begin() {
        AtomicBoolean admissible = new AtomicBoolean(true);
        paths.lists.forRows(0, paths.n, (from, to, survey) -> {
            for (int i = from; i < to; i++) {
                if (!look(i, survey)) {
                    admissible.set(false);
                }
            }
        });
        return admissible.get();
    }

    /** Reads row i, and keeps or frees it; false if one of its costs is NaN or -infinity. */
    private boolean look(int i, RowSurvey survey) {
        double least = dense == null ? survey.look(i) : dense.look(i);
        keepIfTight(i, survey);
        return least > Double.NEGATIVE_INFINITY;
    }

    /** As {@link #begin()} for a square matrix, computing only the rows that their floors do not prove tight. */
    boolean begin(CosineRows rows) {
        AtomicBoolean admissible = new AtomicBoolean(true);
        paths.lists.forRows(0, paths.n, (from, to, survey) -> {
            for (int i = from; i < to; i++) {
                int j = paths.columnOfRow[i];
                double c = -rows.cosine(i, j);
                double others = rows.floor(i);
                if (c - paths.v[j] <= others) {
                    paths.matchedCost[i] = c;
                    paths.lists.keepOnly(i, j, c, others);
                } else if (!look(i, survey)) {
                    admissible.set(false);
                }
            }
        });
        return admissible.get();
    }

    /** Goes on to the optimum. Returns null, or the rows of a violated Hall condition. */
    int[] finish() {
        if (paths.n < paths.m) {
            clearSparedDuals();
        }
        return dense == null ? paths.augmentAll(Long.MAX_VALUE / 2) : dense.augmentAll();
    }

    /** Keeps row i, looked at last, where its pair attains the least; frees it where not, and lists what is better. */
    private void keepIfTight(int i, RowSurvey survey) {
        int j = paths.columnOfRow[i];
        if (j < 0) {
            return;
        }
        double c = paths.lists.costOf(i, j);
        double rounding = ROUNDING * Math.max(Math.abs(c), Math.abs(paths.v[j]));
        if (c - paths.v[j] <= paths.lists.bound[i] + rounding && c < Double.POSITIVE_INFINITY) {
            paths.matchedCost[i] = c;
        } else {
            paths.columnOfRow[i] = -1;
            paths.rowOfColumn[j] = -1;
        }
        if (dense == null) {
            survey.listShort(i, c - paths.v[j]);
        }
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
            if (raised) {
                AtomicBoolean broken = new AtomicBoolean();
                paths.lists.forRows(0, paths.n, (from, to, survey) -> {
                    for (int i = from; i < to; i++) {
                        look(i, survey);
                        if (paths.columnOfRow[i] < 0) {
                            broken.set(true);
                        }
                    }
                });
                freed = broken.get();
            }
        }
    }
}

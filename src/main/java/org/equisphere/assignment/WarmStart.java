package org.equisphere.assignment;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Goes on from the matching and the column duals of the last solve on new costs. One pass finds each row's least
 * {@code c - v}; a matched pair that attains it is still tight and stays, every other row is freed and augmented anew.
 */
final class WarmStart {

    /** A pair is tight if it misses the least by no more than the rounding of the duals, which sum up path lengths: 4 units in the last place. */
    private static final double ROUNDING = 0x1p-51;

    private static final int SAMPLE = 64;
    private static final int FEW_BROKEN = 4; // of the sample; then lists of all rows cost more than second readings of a few

    private final AugmentingPaths paths;
    private final DenseSearch dense; // null where there are lists

    WarmStart(AugmentingPaths paths, DenseSearch dense) {
        this.paths = paths;
        this.dense = paths.m <= DenseSearch.MOST_COLUMNS ? dense : null;
    }

    /** Looks at every cost of the attached matrix. Returns false if one is NaN or -infinity. */
    boolean begin() {
        for (int j = 0; j < paths.m && paths.n < paths.m; j++) {
            paths.v[j] = Math.min(0, paths.v[j]); // no column of a wide matrix may be preferred to one left over
        }
        boolean listed = dense == null && manyBroken();
        AtomicBoolean admissible = new AtomicBoolean(true);
        paths.lists.forRows(0, paths.n, (from, to, survey) -> {
            for (int i = from; i < to; i++) {
                if (!(listed ? list(i, survey) : check(i, survey))) {
                    admissible.set(false);
                }
            }
        });
        return admissible.get();
    }

    /** Whether so many pairs have broken, judged by a sample, that searches will come to most rows. */
    private boolean manyBroken() {
        int sample = Math.min(SAMPLE, paths.n);
        int broken = 0;
        for (int k = 0; k < sample; k++) {
            int i = (int) ((long) paths.n * k / sample);
            paths.lists.refresh(i);
            broken += isTight(i, least(i)) ? 0 : 1;
        }
        return broken > FEW_BROKEN;
    }

    private double least(int i) {
        return paths.lists.rowScans().least(paths.cost, paths.sign, i * paths.m, paths.v, paths.m);
    }

    /** Whether the pair of row i attains this least {@code c - v} of the row, or there is none. */
    private boolean isTight(int i, double least) {
        int j = paths.columnOfRow[i];
        if (j < 0) {
            return true;
        }
        double c = paths.lists.costOf(i, j);
        double rounding = ROUNDING * Math.max(Math.abs(c), Math.abs(paths.v[j]));
        return c - paths.v[j] <= least + rounding && c < Double.POSITIVE_INFINITY;
    }

    /** Reads row i once, and keeps it or frees and lists it; false if one of its costs is NaN or -infinity. */
    private boolean check(int i, RowSurvey survey) {
        paths.lists.refresh(i);
        double least = least(i);
        paths.lists.know(i, least);
        if (!isTight(i, least) && dense == null) {
            return list(i, survey);
        }
        keepIfTight(i, least);
        return least > Double.NEGATIVE_INFINITY;
    }

    /** Reads row i, keeps or frees it, and lists what is better than its pair; false if one of its costs is NaN or -infinity. */
    private boolean list(int i, RowSurvey survey) {
        double least = survey.look(i);
        int j = paths.columnOfRow[i];
        keepIfTight(i, least);
        if (j >= 0) {
            survey.listShort(i, paths.lists.costOf(i, j) - paths.v[j]);
        }
        return least > Double.NEGATIVE_INFINITY;
    }

    private void keepIfTight(int i, double least) {
        int j = paths.columnOfRow[i];
        if (isTight(i, least)) {
            paths.matchedCost[i] = j < 0 ? 0 : paths.lists.costOf(i, j);
        } else {
            paths.columnOfRow[i] = -1;
            paths.rowOfColumn[j] = -1;
        }
    }

    /** As {@link #begin()} for a square matrix with lists, computing only the rows that their near prototypes do not tell enough of. */
    boolean begin(CosineRows rows) {
        paths.lists.drifting = true;
        AtomicBoolean admissible = new AtomicBoolean(true);
        paths.lists.forRows(0, paths.n, (from, to, survey) -> {
            int[] waiting = new int[CosineRows.GROUP];
            int count = 0;
            for (int i = from; i < to; i++) {
                int j = paths.columnOfRow[i];
                double least = rows.near().list(i, paths.lists.costOf(i, j) - paths.v[j], paths.lists);
                if (least > Double.NEGATIVE_INFINITY) {
                    keepIfTight(i, least);
                } else {
                    waiting[count++] = i;
                }
                if (count == CosineRows.GROUP || i == to - 1) {
                    rows.refresh(waiting, count);
                    for (int k = 0; k < count; k++) {
                        if (!relist(waiting[k], rows.near(), survey)) {
                            admissible.set(false);
                        }
                    }
                    count = 0;
                }
            }
        });
        return admissible.get();
    }

    /** Reads row i, just computed, keeps or frees it, and keeps its near prototypes; false if one of its cosines is not finite. */
    private boolean relist(int i, NearPrototypes near, RowSurvey survey) {
        double least = survey.look(i);
        int j = paths.columnOfRow[i];
        double target = paths.lists.costOf(i, j) - paths.v[j];
        keepIfTight(i, least);
        if (!survey.keep(i, near) || near.list(i, Math.min(target, near.inner(i)), paths.lists) == Double.NEGATIVE_INFINITY) {
            survey.listShort(i, target);
        }
        return Math.abs(least) < Double.POSITIVE_INFINITY;
    }

    /** Goes on to the optimum. Returns null, or the rows of a violated Hall condition. */
    int[] finish() {
        if (paths.n < paths.m) {
            clearSparedDuals();
        }
        return dense == null ? paths.augmentAll(Long.MAX_VALUE / 2) : dense.augmentAll();
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
                        check(i, survey);
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

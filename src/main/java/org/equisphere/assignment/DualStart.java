package org.equisphere.assignment;

import java.util.Arrays;

/**
 * Solves from nothing. Costs with many tight pairs are done once each row has been matched to its tight free column; a few
 * rows left are searched for. Where that takes too many scans, the column duals are first brought near their optimum: by
 * a {@linkplain CoarseProblem coarse problem}, for costs that vary smoothly, and by auctions with falling epsilon, the
 * idea of Guthe and Thuerck (Algorithm 1015, ACM TOMS 47, 2021) to scale the duals before augmenting.
 */
final class DualStart {

    private static final int BLOCK = 256; // rows: 256 kB of lanes, and work for two threads that outlasts their start

    private static final int PHASES = 4;
    private static final double FALL = 0.125;
    private static final long BIDS_PER_ROW = 30;
    private static final long REDUCTION_BIDS_PER_ROW = 2;
    private static final int EASY_ROWS_PER_SCAN = 4;
    private static final long SMOOTH_SCANS_PER_ROW = 3;
    private static final double SMOOTH_SHARE = 0.8; // random costs leave 0.37 of the rows free, smooth ones nearly all

    private final AugmentingPaths paths;
    private final Auction auction;
    private final DenseSearch dense;
    private CoarseProblem coarse; // made when first needed, then kept
    private final int n;
    private final int m;
    private final RowSurvey survey;
    private final double[][] lanes; // [BLOCK, LANES] of a block's rows
    private int firstFree; // no free column lies below it

    DualStart(AugmentingPaths paths, DenseSearch dense) {
        this.paths = paths;
        this.auction = new Auction(paths);
        this.dense = dense;
        n = paths.n;
        m = paths.m;
        survey = new RowSurvey(paths.lists);
        lanes = new double[m <= DenseSearch.MOST_COLUMNS ? 0 : Math.min(BLOCK, n)][RowScans.LANES];
    }

    /**
     * Looks at every cost of the attached matrix: takes the column minima for v where it is square (of a wide matrix a
     * column that ends up unmatched must have v = 0, so v may only move where a row has come to stay), and matches each
     * row to a tight free column where it has one. Returns false if a cost is NaN or -infinity.
     */
    boolean begin() {
        if (n < m) {
            Arrays.fill(paths.v, 0);
        } else if (!columnMinima()) {
            return false;
        }
        return m <= DenseSearch.MOST_COLUMNS ? dense.matchTight() : matchTight();
    }

    /** Goes on to the optimum. Returns null, or the rows of a violated Hall condition. */
    int[] finish() {
        if (m <= DenseSearch.MOST_COLUMNS) {
            if (n == m && paths.freeRows() > n * SMOOTH_SHARE && coarseDuals()) {
                dense.matchTight();
            }
            return dense.augmentAll();
        }
        auction.run(0, REDUCTION_BIDS_PER_ROW * n);
        if (n < m) {
            return paths.augmentAll(Long.MAX_VALUE / 2);
        }
        boolean crowded = paths.freeRows() > n / 2;
        int[] crowd = paths.augmentAll(n / EASY_ROWS_PER_SCAN);
        if (crowd == null && paths.freeRows() > 0 && crowded && coarseDuals()) {
            matchTight();
            auction.run(0, REDUCTION_BIDS_PER_ROW * n);
            crowd = paths.augmentAll(SMOOTH_SCANS_PER_ROW * n);
        }
        if (crowd == null && paths.freeRows() > 0) {
            scale();
            crowd = paths.augmentAll(Long.MAX_VALUE / 2);
        }
        return crowd;
    }

    private boolean coarseDuals() {
        if (coarse == null && n >= CoarseProblem.LEAST_ROWS) {
            coarse = new CoarseProblem(paths);
        }
        return coarse != null && coarse.takeDuals();
    }

    private boolean columnMinima() {
        double[] v = paths.v;
        Arrays.fill(v, Double.POSITIVE_INFINITY);
        paths.lists.forColumns((from, to, survey) -> paths.lists.rowScans().columnMinima(v, paths.cost, paths.sign, n, from, to, m));
        boolean admissible = true;
        for (int j = 0; j < m; j++) {
            admissible &= v[j] > Double.NEGATIVE_INFINITY;
            v[j] = v[j] == Double.POSITIVE_INFINITY ? 0 : v[j];
        }
        return admissible;
    }

    /**
     * Empties all lists and matches each row, in order, to its lowest tight free column where it has one; the others get
     * their lists at once. The rows are read and listed on several threads, a block at a time, and matched between the two.
     * Returns false if a cost is NaN or -infinity.
     */
    private boolean matchTight() {
        paths.clearMatching();
        firstFree = 0;
        for (int first = 0; first < n; first += BLOCK) {
            int block = first;
            int end = Math.min(n, first + BLOCK);
            paths.lists.forRows(block, end, (from, to, survey) -> {
                for (int i = from; i < to; i++) {
                    survey.look(i, lanes[i - block]);
                }
            });
            for (int i = block; i < end; i++) {
                if (!matchTight(i, lanes[i - block])) {
                    return false;
                }
            }
            paths.lists.forRows(block, end, (from, to, survey) -> {
                for (int i = from; i < to; i++) {
                    if (paths.columnOfRow[i] < 0) {
                        survey.recall(lanes[i - block]);
                        survey.list(i);
                    }
                }
            });
        }
        return true;
    }

    private boolean matchTight(int i, double[] lanesOfRow) {
        double least = paths.lists.bound[i];
        if (!(least > Double.NEGATIVE_INFINITY)) {
            return false;
        }
        while (firstFree < m && paths.rowOfColumn[firstFree] >= 0) {
            firstFree++;
        }
        survey.recall(lanesOfRow);
        int tight = least < Double.POSITIVE_INFINITY ? survey.freeTight(i, firstFree, paths.rowOfColumn) : -1;
        if (tight >= 0) {
            paths.match(i, tight, paths.lists.costOf(i, tight));
            survey.keepOnly(i, tight);
        }
        return true;
    }

    /** Auctions with falling epsilon, each from an empty matching, v kept; then without one. */
    private void scale() {
        double epsilon = listWidth();
        if (epsilon > 0 && epsilon < Double.POSITIVE_INFINITY) {
            for (int phase = 0; phase < PHASES; phase++) {
                paths.clearMatching();
                auction.run(epsilon, BIDS_PER_ROW * n);
                epsilon *= FALL;
            }
        }
        paths.clearMatching();
        auction.run(0, REDUCTION_BIDS_PER_ROW * n);
    }

    /** The mean over rows of bound less least: a bid of this size outruns a list. A power of two, so that integer costs stay exact. */
    private double listWidth() {
        CandidateLists lists = paths.lists;
        double sum = 0;
        int rows = 0;
        for (int i = 0; i < n; i++) {
            double least = Double.POSITIVE_INFINITY;
            int from = i * CandidateLists.ROOM;
            for (int k = from; k < from + lists.count[i]; k++) {
                least = Math.min(least, lists.cost[k] - paths.v[lists.column[k]]);
            }
            if (lists.bound[i] < Double.POSITIVE_INFINITY) {
                sum += Math.max(0, lists.bound[i] - least);
                rows++;
            }
        }
        return rows == 0 || sum == 0 ? 0 : Math.scalb(1.0, Math.getExponent(sum / rows));
    }
}

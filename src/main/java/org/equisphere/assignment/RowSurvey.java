package org.equisphere.assignment;

/**
 * What one reading of a row of costs tells: the least {@code c - v} of each of its lanes (the columns {@code j mod 128}),
 * among the best of which the row's candidates are looked for. One for each thread.
 */
final class RowSurvey {

    private static final int WANTED = 24;
    private static final int LANES = RowScans.LANES;
    private static final int ROOM = CandidateLists.ROOM;
    private static final int FEW_LANES = 4;

    private final CandidateLists lists;
    private final double[] own = new double[LANES];
    private double[] laneLeast = own; // of the row looked at last
    private final double[] selection = new double[LANES];
    private double[] scratch = new double[0];

    RowSurvey(CandidateLists lists) {
        this.lists = lists;
    }

    /**
     * Reads row i and empties its list: all that is known is its least {@code c - v}, which is returned; NaN if a cost of the
     * row is NaN, -infinity if one is.
     */
    double look(int i) {
        return look(i, own);
    }

    /** As {@link #look(int)}, keeping the minima of the lanes in this array, of length LANES. */
    double look(int i, double[] lanes) {
        laneLeast = lanes;
        lists.refresh(i);
        double least = lists.rowScans().laneMinima(lanes, lists.matrix, lists.sign, i, lists.v, lists.columns);
        lists.know(i, least);
        return least;
    }

    /** Goes back to a row whose lanes have been kept. */
    void recall(double[] lanes) {
        laneLeast = lanes;
    }

    /** Leaves in the list of row i, looked at last, only column j; its bound becomes the least of the other columns. */
    void keepOnly(int i, int j) {
        double lane = laneLeast[j % LANES];
        double others = lists.othersOf(i, j, j % LANES, LANES);
        laneLeast[j % LANES] = others;
        for (double low : laneLeast) {
            others = Math.min(others, low);
        }
        laneLeast[j % LANES] = lane;
        lists.keepOnly(i, j, lists.costOf(i, j), others);
    }

    /**
     * Of the row looked at last, the lowest column from {@code first} on that attains its least {@code c - v} and is free,
     * or -1.
     */
    int freeTight(int i, int first, int[] rowOfColumn) {
        double least = lists.bound[i];
        int tied = 0;
        for (double low : laneLeast) {
            tied += low == least ? 1 : 0;
        }
        if (tied > FEW_LANES) {
            return freeTight(i, first, 1, least, rowOfColumn);
        }
        int lowest = -1;
        for (int l = 0; l < LANES; l++) {
            if (laneLeast[l] == least) {
                int j = freeTight(i, l, LANES, least, rowOfColumn);
                lowest = lowest < 0 || j >= 0 && j < lowest ? j : lowest;
            }
        }
        return lowest;
    }

    private int freeTight(int i, int from, int step, double least, int[] rowOfColumn) {
        int o = i * lists.columns;
        for (int j = from; j < lists.columns; j += step) {
            if (rowOfColumn[j] < 0 && lists.sign * lists.matrix[o + j] - lists.v[j] == least) {
                return j;
            }
        }
        return -1;
    }

    /** Lists the best columns of the row looked at last. */
    void list(int i) {
        int o = i * lists.columns;
        lists.count[i] = 0;
        double limit = limit();
        for (int l = 0; l < LANES; l++) {
            if (laneLeast[l] < limit) {
                gather(i, o, l, LANES, limit, false, ROOM);
            }
        }
        if (lists.count[i] > ROOM) {
            limit = gatherExactly(i, o);
        }
        if (limit < Double.POSITIVE_INFINITY) {
            for (int l = 0; l < LANES && lists.count[i] < WANTED; l++) {
                if (laneLeast[l] <= limit) {
                    gather(i, o, l, LANES, limit, true, WANTED);
                }
            }
        }
        lists.bound[i] = limit;
    }

    /**
     * Lists of the row looked at last the columns with a {@code c - v} of at most {@code least}, and the few best in any
     * case; the full list if those are too many. Cheaper than {@link #list}, and enough where little has moved.
     */
    void listShort(int i, double least) {
        double limit = Math.max(Math.nextUp(least), fewBest());
        lists.count[i] = 0;
        for (int l = 0; l < LANES; l++) {
            if (laneLeast[l] < limit) {
                gather(i, i * lists.columns, l, LANES, limit, false, ROOM);
            }
        }
        lists.bound[i] = limit;
        if (lists.count[i] > ROOM) {
            list(i);
        }
    }

    /**
     * Keeps the best prototypes of the row looked at last, if that pays, and returns whether it did. Below the median of the lanes' minima lie about
     * {@code 128 ln 2 = 89} columns, below the sixth part 24; where they crowd into few lanes, fewer lanes' are taken.
     */
    boolean keep(int i, NearPrototypes near) {
        for (int rank = LANES / 2; rank > 0; rank /= 2) {
            System.arraycopy(laneLeast, 0, selection, 0, LANES);
            double limit = nth(selection, LANES, rank);
            if (!near.pays(i, lists.bound[i], limit)) {
                return false;
            }
            if (near.keep(i, limit, nth(selection, rank, Math.min(rank / 2, LANES / 6)), lists)) {
                return true;
            }
        }
        return false;
    }

    /** The fourth least among the minima of every fourth lane. */
    private double fewBest() {
        int quarter = LANES / 4;
        double first = Double.POSITIVE_INFINITY;
        double second = first;
        double third = first;
        double fourth = first;
        for (int l = 0; l < quarter; l++) {
            double low = Math.min(Math.min(laneLeast[l], laneLeast[l + quarter]),
                    Math.min(laneLeast[l + 2 * quarter], laneLeast[l + 3 * quarter]));
            if (low < fourth) {
                fourth = Math.max(low, third);
                third = Math.max(Math.min(low, third), second);
                second = Math.max(Math.min(low, second), first);
                first = Math.min(low, first);
            }
        }
        return fourth;
    }

    /**
     * A value with about WANTED lanes below it. It is selected among the minima of every fourth, of which
     * {@code 1 - (1 - 24/128)^4 = 56 %} are to lie below: any limit is right, and a selection among fewer is quicker.
     */
    private double limit() {
        int quarter = LANES / 4;
        for (int l = 0; l < quarter; l++) {
            selection[l] = Math.min(Math.min(laneLeast[l], laneLeast[l + quarter]),
                    Math.min(laneLeast[l + 2 * quarter], laneLeast[l + 3 * quarter]));
        }
        return nth(selection, quarter, quarter * 9 / 16);
    }

    /** Lists the columns from, from + step, ... whose {@code c - v} is below the limit, or equal to it; counts past ROOM. */
    private void gather(int i, int o, int from, int step, double limit, boolean equal, int enough) {
        int q = i * ROOM;
        int n = lists.count[i];
        for (int j = from; j < lists.columns && n <= enough; j += step) {
            double c = lists.sign * lists.matrix[o + j];
            double reduced = c - lists.v[j];
            if (equal ? reduced == limit && n < enough : reduced < limit) {
                if (n < ROOM) {
                    lists.column[q + n] = j;
                    lists.cost[q + n] = c;
                }
                n++;
            }
        }
        lists.count[i] = n;
    }

    /** For rows whose good columns crowd into few lanes: a selection over the whole row. */
    private double gatherExactly(int i, int o) {
        if (scratch.length != lists.columns) {
            scratch = new double[lists.columns];
        }
        for (int j = 0; j < lists.columns; j++) {
            scratch[j] = lists.sign * lists.matrix[o + j] - lists.v[j];
        }
        double limit = nth(scratch, lists.columns, WANTED);
        lists.count[i] = 0;
        gather(i, o, 0, 1, limit, false, ROOM);
        return limit;
    }

    /** The value of rank k (from 0) among the first {@code length}, which are reordered (Hoare's selection). */
    private static double nth(double[] a, int length, int k) {
        int low = 0;
        int high = length - 1;
        while (low < high) {
            double pivot = a[(low + high) >>> 1];
            int i = low;
            int j = high;
            while (i <= j) {
                while (a[i] < pivot) {
                    i++;
                }
                while (a[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    double t = a[i];
                    a[i++] = a[j];
                    a[j--] = t;
                }
            }
            if (k <= j) {
                high = j;
            } else if (k >= i) {
                low = i;
            } else {
                return a[k];
            }
        }
        return a[k];
    }
}

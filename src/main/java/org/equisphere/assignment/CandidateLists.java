package org.equisphere.assignment;

/**
 * For each row the columns of its smallest {@code c[i][j] - v[j]}, and a bound below which no other column of the row
 * can fall. Since the algorithms only ever lower v, {@code c - v} only grows and an old bound stays true: most searches
 * read some twenty candidates in place of the row, and only where the bound is reached is the row scanned again.
 */
final class CandidateLists {

    /** Room for one row's candidates. */
    static final int ROOM = 48;

    private static final int WANTED = 24;
    private static final int LANES = RowScans.LANES; // the candidates are looked for in the best of a row's lanes
    private static final int FEW_LANES = 4;

    private int columns;
    private double[] matrix;
    private double[] v;
    private CosineRows source; // of a matrix that is computed row by row, else null
    final double[] bound; // per row: no column outside the list has c - v below it
    final int[] count; // per row: candidates held
    final int[] column; // [rows, ROOM]
    final double[] cost; // [rows, ROOM]
    private final RowScans rowScans = RowScans.best();
    private final double[] laneLeast = new double[LANES]; // of the row surveyed last
    private final double[] selection = new double[LANES];
    private double[] scratch = new double[0];
    private long scans;

    CandidateLists(int rows, int columns) {
        this.columns = columns;
        bound = new double[rows];
        count = new int[rows];
        column = new int[rows * ROOM];
        cost = new double[rows * ROOM];
    }

    /** Looks into this matrix and these column duals from now on; rows are refreshed by {@code rows} unless that is null. */
    void attach(double[] newMatrix, double[] columnDuals, CosineRows rows) {
        matrix = newMatrix;
        v = columnDuals;
        source = rows;
    }

    /** How many rows have been scanned again since the lists were made: the first list of a row does not count. */
    long scans() {
        return scans;
    }

    void countScan() {
        scans++;
    }

    RowScans rowScans() {
        return rowScans;
    }

    /**
     * Empties row i's list: all that is known is its least {@code c - v}, which is returned; NaN if a cost of the row is
     * NaN, -infinity if one is.
     */
    double survey(int i) {
        scanLanes(i);
        double least = Double.POSITIVE_INFINITY;
        for (double low : laneLeast) {
            least = Math.min(least, low);
        }
        know(i, least);
        return least;
    }

    /** Empties row i's list: all that is known is its least {@code c - v}. */
    void know(int i, double least) {
        count[i] = 0;
        bound[i] = least;
    }

    /** Computes row i where the matrix is computed row by row. */
    void refresh(int i) {
        if (source != null) {
            source.refresh(i);
        }
    }

    /** Leaves in the list of row i, surveyed last, only column j; its bound becomes the least of the other columns. */
    void keepOnly(int i, int j) {
        double lane = laneLeast[j % LANES];
        double others = othersOf(i, j, j % LANES, LANES);
        laneLeast[j % LANES] = others;
        for (double low : laneLeast) {
            others = Math.min(others, low);
        }
        laneLeast[j % LANES] = lane;
        keepOnly(i, j, matrix[i * columns + j], others);
    }

    /** The least {@code c - v} of the columns first, first + step, ... of row i other than j. */
    private double othersOf(int i, int j, int first, int step) {
        double others = Double.POSITIVE_INFINITY;
        for (int k = first; k < columns; k += step) {
            others = k == j ? others : Math.min(others, matrix[i * columns + k] - v[k]);
        }
        return others;
    }

    /** Leaves in the list of row i only column j, of cost c; {@code others} is at most the {@code c - v} of any other column. */
    void keepOnly(int i, int j, double c, double others) {
        count[i] = 1;
        column[i * ROOM] = j;
        cost[i * ROOM] = c;
        bound[i] = others;
    }

    /** At most the least {@code c - v} of the columns of row i other than j, as far as its list tells; exactly, without a list. */
    double leastBut(int i, int j) {
        if (count[i] == 0) {
            return othersOf(i, j, 0, 1);
        }
        double least = bound[i];
        for (int k = i * ROOM; k < i * ROOM + count[i]; k++) {
            least = column[k] == j ? least : Math.min(least, cost[k] - v[column[k]]);
        }
        return least;
    }

    private void scanLanes(int i) {
        refresh(i);
        rowScans.laneMinima(laneLeast, matrix, i, v, columns);
    }

    /**
     * Of the row surveyed last, the lowest column from {@code first} on that attains its least {@code c - v} and is free,
     * or -1.
     */
    int freeTight(int i, int first, int[] rowOfColumn) {
        double least = bound[i];
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
        int o = i * columns;
        for (int j = from; j < columns; j += step) {
            if (rowOfColumn[j] < 0 && matrix[o + j] - v[j] == least) {
                return j;
            }
        }
        return -1;
    }

    /** Scans row i and lists its best columns afresh. */
    void rebuild(int i) {
        scans += count[i] > 1 ? 1 : 0;
        scanLanes(i);
        list(i);
    }

    /** Lists the best columns of the row surveyed last. */
    void list(int i) {
        int o = i * columns;
        count[i] = 0;
        if (columns <= WANTED) {
            gather(i, o, 0, 1, Double.POSITIVE_INFINITY, false, ROOM);
            bound[i] = Double.POSITIVE_INFINITY;
            return;
        }
        int lanes = Math.min(LANES, columns);
        double limit = limit(lanes);
        for (int l = 0; l < lanes; l++) {
            if (laneLeast[l] < limit) {
                gather(i, o, l, LANES, limit, false, ROOM);
            }
        }
        if (count[i] > ROOM) {
            limit = gatherExactly(i, o);
        }
        if (limit < Double.POSITIVE_INFINITY) {
            for (int l = 0; l < lanes && count[i] < WANTED; l++) {
                if (laneLeast[l] <= limit) {
                    gather(i, o, l, LANES, limit, true, WANTED);
                }
            }
        }
        bound[i] = limit;
    }

    /**
     * Lists of the row surveyed last the columns with a {@code c - v} of at most {@code least}, and the few best in any
     * case; the full list if those are too many. Cheaper than {@link #list}, and enough where little has moved.
     */
    void listShort(int i, double least) {
        double limit = Math.max(Math.nextUp(least), fewBest());
        count[i] = 0;
        for (int l = 0; l < LANES; l++) {
            if (laneLeast[l] < limit) {
                gather(i, i * columns, l, LANES, limit, false, ROOM);
            }
        }
        bound[i] = limit;
        if (count[i] > ROOM) {
            list(i);
        }
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
     * A value with about WANTED lanes below it. Of many lanes it is selected among the minima of every fourth, of which
     * {@code 1 - (1 - 24/128)^4 = 56 %} are to lie below: any limit is right, and a selection among fewer is quicker.
     */
    private double limit(int lanes) {
        if (lanes < LANES) {
            System.arraycopy(laneLeast, 0, selection, 0, lanes);
            return nth(selection, lanes, Math.min(WANTED, lanes - 1));
        }
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
        int n = count[i];
        for (int j = from; j < columns && n <= enough; j += step) {
            double reduced = matrix[o + j] - v[j];
            if (equal ? reduced == limit && n < enough : reduced < limit) {
                if (n < ROOM) {
                    column[q + n] = j;
                    cost[q + n] = matrix[o + j];
                }
                n++;
            }
        }
        count[i] = n;
    }

    /** For rows whose good columns crowd into few lanes: a selection over the whole row. */
    private double gatherExactly(int i, int o) {
        if (scratch.length != columns) {
            scratch = new double[columns];
        }
        for (int j = 0; j < columns; j++) {
            scratch[j] = matrix[o + j] - v[j];
        }
        double limit = nth(scratch, columns, WANTED);
        count[i] = 0;
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

package org.equisphere.assignment;

import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;

/**
 * For each row the columns of its smallest {@code c[i][j] - v[j]}, and a bound below which no other column of the row
 * can fall. Since the algorithms only ever lower v, {@code c - v} only grows and an old bound stays true: most searches
 * read some twenty candidates in place of the row, and only where the bound is reached is the row scanned again.
 */
final class CandidateLists {

    /** Room for one row's candidates. */
    static final int ROOM = 48;

    private static final int MOST_THREADS = 16;

    /** Of fewer costs than this a pass takes less than a millisecond, and threads gain nothing. */
    private static final long LARGE = 1 << 20;

    final int rows;
    final int columns;
    double[] matrix; // [rows, columns]
    double sign; // of what is minimised, sign times matrix
    double[] v;
    private CosineRows source; // of a matrix that is computed row by row, else null
    boolean drifting; // whether its near prototypes are kept: v falls from one solve to the next
    final double[] bound; // per row: no column outside the list has c - v below it
    final int[] count; // per row: candidates held
    final int[] column; // [rows, ROOM]
    final double[] cost; // [rows, ROOM]
    private final RowScans rowScans = RowScans.best();
    private final RowSurvey[] surveys; // one a thread
    private long scans;

    CandidateLists(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        boolean large = (long) rows * columns >= LARGE;
        surveys = new RowSurvey[large ? Math.min(MOST_THREADS, ForkJoinPool.getCommonPoolParallelism() + 1) : 1];
        for (int k = 0; k < surveys.length; k++) {
            surveys[k] = new RowSurvey(this);
        }
        bound = new double[rows];
        count = new int[rows];
        column = new int[rows * ROOM];
        cost = new double[rows * ROOM];
    }

    /** Looks into this matrix times this sign, and these column duals, from now on; rows are refreshed by {@code rows} unless that is null. */
    void attach(double[] newMatrix, double newSign, double[] columnDuals, CosineRows rows) {
        matrix = newMatrix;
        sign = newSign;
        v = columnDuals;
        source = rows;
        drifting = false;
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

    /** Whether the matrix is computed row by row. */
    boolean computed() {
        return source != null;
    }

    /** What pair (i, j) costs. */
    double costOf(int i, int j) {
        return sign * (source == null ? matrix[i * columns + j] : source.cosine(i, j));
    }

    /** Lists column j of row i. Where there is no room, the worst is not listed, and the bound is at most its {@code c - v}. */
    void add(int i, int j, double c) {
        int place = i * ROOM + count[i];
        if (count[i] == ROOM) {
            double worst = c - v[j];
            place = -1;
            for (int k = i * ROOM; k < (i + 1) * ROOM; k++) {
                if (cost[k] - v[column[k]] > worst) {
                    worst = cost[k] - v[column[k]];
                    place = k;
                }
            }
            bound[i] = Math.min(bound[i], worst);
            if (place < 0) {
                return;
            }
        } else {
            count[i]++;
        }
        column[place] = j;
        cost[place] = c;
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

    /** The least {@code c - v} of the columns first, first + step, ... of row i other than j. */
    double othersOf(int i, int j, int first, int step) {
        double others = Double.POSITIVE_INFINITY;
        for (int k = first; k < columns; k += step) {
            others = k == j ? others : Math.min(others, sign * matrix[i * columns + k] - v[k]);
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

    /** Lists more of row i's columns without scanning it, if they are known. */
    boolean extend(int i) {
        return source != null && source.near().extend(i, this);
    }

    /** Scans row i and lists its best columns afresh. */
    void rebuild(int i) {
        scans += count[i] > 1 ? 1 : 0;
        surveys[0].look(i);
        if (drifting) {
            surveys[0].keep(i, source.near());
        }
        surveys[0].list(i);
    }

    /**
     * Has each of the rows {@code from .. to - 1} seen once, on the threads of the common pool where the matrix is large. A pass
     * may write only what belongs to its rows, so that the result does not depend on the threads.
     */
    void forRows(int from, int to, Pass pass) {
        int count = surveys.length;
        if (count == 1) {
            pass.see(from, to, surveys[0]);
            return;
        }
        IntStream.range(0, count).parallel().forEach(k -> pass.see(from + (int) ((long) (to - from) * k / count),
                from + (int) ((long) (to - from) * (k + 1) / count), surveys[k]));
    }

    /** As {@link #forRows} for the columns. */
    void forColumns(Pass pass) {
        forRows(0, columns, pass);
    }

    /** Work on a range of rows or columns. */
    interface Pass {

        /** Sees {@code from .. to - 1}, with a survey that no other thread uses meanwhile. */
        void see(int from, int to, RowSurvey survey);
    }
}

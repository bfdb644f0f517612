package org.equisphere.assignment;

import java.util.Arrays;

/**
 * Shortest augmenting paths with dual variables, minimising, for a matrix with no more rows than columns.
 *
 * <p>The invariant is {@code u[i] + v[j] <= c[i][j]}, with equality on matched pairs; only v is kept, since
 * {@code u[i] = c[i][s(i)] - v[s(i)]}. Each search is Dijkstra's over {@code c - u - v} from a free row to the nearest
 * free column (Tomizawa 1971; Jonker and Volgenant 1987). A visited row shows the search only its
 * {@linkplain CandidateLists candidates} and waits in the heap under its bound: it is scanned when the search gets
 * that far, which it seldom does.
 */
final class AugmentingPaths {

    final int n;
    final int m;
    double[] cost; // [n, m], the caller's
    double sign; // of what is minimised, sign times cost
    final double[] v; // [m]
    final int[] columnOfRow; // [n], -1 free
    final int[] rowOfColumn; // [m], -1 free
    final double[] matchedCost; // [n], c[i][columnOfRow[i]] where matched
    final CandidateLists lists;

    private final IndexedHeap heap; // columns by distance; item m + i: row i's bound
    private final double[] distance; // [m]
    private final int[] cameFrom; // [m]
    private final byte[] state; // [m], all UNSEEN between searches
    private final int[] seen; // [m]
    private final int[] settled; // [m]
    private final int[] visited; // [n] rows of this search
    private final int[] visit; // [n] when this search visited the row
    private final double[] base; // [n] distance less u
    private final boolean[] rescanned; // [n] whether this search has rebuilt the row's list
    private int seenCount;
    private int visitedCount;
    private double sinkDistance;
    private int sink;

    private static final byte UNSEEN = 0;
    private static final byte QUEUED = 1;
    private static final byte SETTLED = 2;

    AugmentingPaths(int rows, int columns) {
        n = rows;
        m = columns;
        v = new double[m];
        columnOfRow = new int[n];
        rowOfColumn = new int[m];
        matchedCost = new double[n];
        lists = new CandidateLists(n, m);
        heap = new IndexedHeap(m + n);
        distance = new double[m];
        cameFrom = new int[m];
        state = new byte[m];
        seen = new int[m];
        settled = new int[m];
        visited = new int[n];
        visit = new int[n];
        base = new double[n];
        rescanned = new boolean[n];
    }

    /** Minimises this matrix times this sign, 1 or -1, from now on; not modified. */
    void attach(double[] matrix, double newSign) {
        cost = matrix;
        sign = newSign;
        lists.attach(matrix, sign, v, null);
    }

    /** Maximises these cosines from now on; their rows are refreshed where they are read. */
    void attach(CosineRows rows) {
        cost = rows.cosines();
        sign = -1;
        lists.attach(cost, sign, v, rows);
    }

    void clearMatching() {
        Arrays.fill(columnOfRow, -1);
        Arrays.fill(rowOfColumn, -1);
    }

    void match(int i, int j, double c) {
        rowOfColumn[j] = i;
        columnOfRow[i] = j;
        matchedCost[i] = c;
    }

    int freeRows() {
        int free = 0;
        for (int i = 0; i < n; i++) {
            free += columnOfRow[i] < 0 ? 1 : 0;
        }
        return free;
    }

    /**
     * Augments from the free rows, in order, until none is left or more than {@code scanBudget} rows have been scanned.
     * Returns null, or the rows of a violated Hall condition.
     */
    int[] augmentAll(long scanBudget) {
        long last = lists.scans() + scanBudget;
        for (int i = 0; i < n && lists.scans() <= last; i++) {
            if (columnOfRow[i] < 0 && !augment(i)) {
                return Arrays.copyOf(visited, visitedCount);
            }
        }
        return null;
    }

    /** One search and its augmentation; false if no free column can be reached. */
    private boolean augment(int start) {
        heap.clear(lists.computed());
        seenCount = 0;
        visitedCount = 0;
        sink = -1;
        sinkDistance = Double.POSITIVE_INFINITY;
        int settledCount = 0;
        visit(start, 0);
        while (!heap.isEmpty() && (heap.leastKey() < sinkDistance || awaits(heap.leastItem()))) {
            double reached = heap.leastKey();
            int item = heap.removeLeast();
            if (item >= m) {
                scan(item - m);
            } else {
                state[item] = SETTLED;
                settled[settledCount++] = item;
                int i = rowOfColumn[item];
                visit(i, reached - (matchedCost[i] - v[item]));
            }
        }
        for (int k = 0; k < seenCount; k++) {
            state[seen[k]] = UNSEEN;
        }
        if (sink < 0) {
            return false;
        }
        for (int k = 0; k < settledCount; k++) {
            v[settled[k]] -= Math.max(0, sinkDistance - distance[settled[k]]); // rounding must not raise it: bounds would fail
        }
        flip(start);
        return true;
    }

    private void visit(int i, double rowBase) {
        visit[i] = visitedCount;
        visited[visitedCount++] = i;
        base[i] = rowBase;
        rescanned[i] = false;
        relaxCandidates(i);
    }

    private void relaxCandidates(int i) {
        int from = i * CandidateLists.ROOM;
        for (int k = from; k < from + lists.count[i]; k++) {
            int j = lists.column[k];
            relax(j, base[i] + (lists.cost[k] - v[j]), i);
        }
        double bound = base[i] + lists.bound[i];
        if (bound < sinkDistance || bound == sinkDistance && lists.computed()) {
            heap.insert(m + i, bound);
        }
    }

    /** The search has reached row i's bound: extend or renew the list, or, if that is done, look at the whole row. */
    private void scan(int i) {
        if (lists.extend(i)) {
            relaxCandidates(i);
            return;
        }
        if (!rescanned[i]) {
            rescanned[i] = true;
            lists.rebuild(i);
            relaxCandidates(i);
            return;
        }
        lists.countScan();
        for (int j = 0, at = i * m; j < m; j++, at++) {
            double d = base[i] + (sign * cost[at] - v[j]);
            if (d <= sinkDistance && d < Double.POSITIVE_INFINITY) {
                relax(j, d, i);
            }
        }
    }

    private void relax(int j, double d, int i) {
        if (rowOfColumn[j] < 0) {
            if (d < sinkDistance || d == sinkDistance && (j < sink || j == sink && earlier(i, j))) {
                sinkDistance = d;
                sink = j;
                cameFrom[j] = i;
            }
        } else if (d < sinkDistance && state[j] == UNSEEN) {
            state[j] = QUEUED;
            seen[seenCount++] = j;
            distance[j] = d;
            cameFrom[j] = i;
            heap.insert(j, d);
        } else if (d < sinkDistance && state[j] == QUEUED && (d < distance[j] || d == distance[j] && earlier(i, j))) {
            distance[j] = d;
            cameFrom[j] = i;
            heap.lower(j, d);
        }
    }

    /** Of rows at one distance from column j the one visited first leads there, whenever their lists showed it. */
    private boolean earlier(int i, int j) {
        return visit[i] < visit[cameFrom[j]];
    }

    /**
     * Whether the search must still look at this item, which is no nearer than the sink: a row whose unlisted columns may be as near. What is listed
     * of cosines depends on the updates before, which a saved assignment does not tell; what is found must not.
     */
    private boolean awaits(int item) {
        return item >= m && heap.leastKey() == sinkDistance && lists.computed();
    }

    private void flip(int start) {
        int j = sink;
        int i;
        do {
            i = cameFrom[j];
            int next = columnOfRow[i];
            match(i, j, lists.costOf(i, j));
            j = next;
        } while (i != start);
    }
}

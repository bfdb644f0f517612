package org.equisphere.assignment;

/**
 * Bids of single rows that lower v towards its optimum before any path is searched. A bidding row takes its best column
 * and lowers that column's v to where the second best is just as good, less epsilon (Bertsekas 1979); with epsilon 0
 * this is the augmenting row reduction of Jonker and Volgenant (1987), and matched pairs stay tight.
 */
final class Auction {

    private final AugmentingPaths paths;
    private final int[] queue; // ring of free rows

    Auction(AugmentingPaths paths) {
        this.paths = paths;
        queue = new int[paths.n + 1];
    }

    /**
     * Lets the free rows bid until all are matched or {@code budget} bids are spent. With epsilon 0 a displaced row bids
     * next, and a row that cannot gain by displacing another stays free; with a positive one it queues behind the others.
     */
    void run(double epsilon, long budget) {
        int head = 0;
        int size = 0;
        for (int i = 0; i < paths.n; i++) {
            if (paths.columnOfRow[i] < 0) {
                queue[size++] = i;
            }
        }
        int ring = queue.length;
        for (long bid = 0; size > 0 && bid < budget; bid++) {
            int i = queue[head];
            head = head + 1 == ring ? 0 : head + 1;
            size--;
            int displaced = bid(i, epsilon);
            if (displaced >= 0 && epsilon == 0) {
                head = head == 0 ? ring - 1 : head - 1;
                queue[head] = displaced;
                size++;
            } else if (displaced >= 0) {
                queue[(head + size++) % ring] = displaced;
            }
        }
    }

    /** One bid; returns the displaced row or -1. Ties go to a free column, then to the lower one. */
    private int bid(int i, double epsilon) {
        CandidateLists lists = paths.lists;
        double[] v = paths.v;
        boolean fresh = false;
        while (true) {
            int best = -1;
            int second = -1;
            double least = Double.POSITIVE_INFINITY;
            double next = Double.POSITIVE_INFINITY;
            int from = i * CandidateLists.ROOM;
            for (int k = from; k < from + lists.count[i]; k++) {
                double reduced = lists.cost[k] - v[lists.column[k]];
                if (reduced < least || reduced == least && best >= 0 && preferred(lists.column[k], lists.column[best])) {
                    next = least;
                    second = best;
                    least = reduced;
                    best = k;
                } else if (reduced < next || reduced == next && second >= 0 && preferred(lists.column[k], lists.column[second])) {
                    next = reduced;
                    second = k;
                }
            }
            if (next <= lists.bound[i] && next < Double.POSITIVE_INFINITY) {
                return take(i, best, second, next - least, epsilon);
            }
            if (fresh) {
                return -1; // fewer than two admissible columns: left to the search
            }
            lists.rebuild(i);
            fresh = true;
        }
    }

    private int take(int i, int best, int second, double gain, double epsilon) {
        CandidateLists lists = paths.lists;
        int k = best;
        int j = lists.column[k];
        if (gain == 0 && epsilon == 0 && paths.rowOfColumn[j] >= 0) {
            k = second;
            j = lists.column[k];
            if (paths.rowOfColumn[j] >= 0) {
                return -1;
            }
        }
        int displaced = paths.rowOfColumn[j];
        paths.v[j] -= gain + epsilon;
        paths.match(i, j, lists.cost[k]);
        if (displaced >= 0) {
            paths.columnOfRow[displaced] = -1;
        }
        return displaced;
    }

    private boolean preferred(int j, int other) {
        boolean free = paths.rowOfColumn[j] < 0;
        boolean otherFree = paths.rowOfColumn[other] < 0;
        return free == otherFree ? j < other : free;
    }
}

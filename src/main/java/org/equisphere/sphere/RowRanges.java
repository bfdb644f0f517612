package org.equisphere.sphere;

/**
 * The rows of n x d matrices in ranges of about {@value #LENGTH} numbers, for passes that the workers of a team share.
 *
 * <p>A pass may leave some results for each range; they are added in the order of the ranges, and the ranges do not depend on the team: sums are
 * the same bit for bit for any number of workers.
 */
final class RowRanges {

    /** Work on rows from, ..., to-1, whose results go to results[at], results[at+1], ... */
    interface Pass {
        void run(int from, int to, double[] results, int at);
    }

    /** A few ranges of a few vectors (16 kB each) stay in the first cache while longer ones stream by. */
    private static final int LENGTH = 2048;
    /** Fewer numbers than this are passed over before another thread has woken up. */
    private static final int WORTH_SHARING = 100_000;

    private final int n;
    private final int rows;
    private final int ranges;
    private final WorkerTeam team;
    private double[] results = new double[0];
    private int kinds;

    RowRanges(int n, int d, WorkerTeam team) {
        this.n = n;
        this.rows = Math.max(1, LENGTH / d);
        this.ranges = (n + rows - 1) / rows;
        this.team = (long) n * d < WORTH_SHARING ? new WorkerTeam(1) : team;
    }

    /** Runs a pass with so many results for each range. */
    void each(int kinds, Pass pass) {
        this.kinds = kinds;
        if (results.length < ranges * kinds) {
            results = new double[ranges * kinds];
        }
        team.each(ranges, (worker, range) -> pass.run(range * rows, Math.min(n, (range + 1) * rows), results, range * kinds));
    }

    /** The sum over all ranges of one result of the last pass. */
    double sum(int kind) {
        double sum = 0;
        for (int range = 0; range < ranges; range++) {
            sum += results[range * kinds + kind];
        }
        return sum;
    }

    /** The largest over all ranges of one result of the last pass. */
    double largest(int kind) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int range = 0; range < ranges; range++) {
            largest = Math.max(largest, results[range * kinds + kind]);
        }
        return largest;
    }
}

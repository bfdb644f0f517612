package org.equisphere.assignment;

import java.util.Arrays;

/**
 * What the duals of an assignment prove about it. Signs are those of a minimisation; a maximisation is judged on its
 * negated costs and duals.
 *
 * @param gap no other assignment is better by more than this: {@code sum over matched pairs of (c - u - v)}, less the
 *     smallest {@code c - u - v} of each row, plus what the unmatched and wrongly signed duals of a rectangular matrix
 *     cost. It holds whatever the duals are, and is summed from terms that are zero at the optimum, so nothing cancels
 * @param worstViolation the largest {@code u[i] + v[j] - c[i][j]} over all pairs, 0 if none is positive (dual feasibility)
 * @param worstSlack the largest {@code |c[i][j] - u[i] - v[j]|} over the matched pairs (complementary slackness)
 * @param worstUnmatched how far the duals of a rectangular matrix's longer side are from "at most 0, and 0 where unmatched"
 * @param tolerance rounding excused for one pair: {@link #RELATIVE} times the largest cost or dual of a matched pair
 * @param pairs the number of matched pairs; the gap is excused {@code pairs * tolerance}
 */
public record Certificate(double gap, double worstViolation, double worstSlack, double worstUnmatched, double tolerance,
        int pairs) {

    /** Rounding excused, relative to the sizes of matched costs and duals: 1024 units in the last place. */
    public static final double RELATIVE = 0x1p-42;

    /** Whether the gap and the three conditions hold within the tolerance; false if anything is NaN. */
    public boolean optimal() {
        return gap <= pairs * tolerance && worstViolation <= tolerance && worstSlack <= tolerance
                && worstUnmatched <= tolerance;
    }

    static Certificate of(double[] cost, int[] columnOfRow, double[] rowDuals, double[] columnDuals, boolean maximal) {
        double sign = maximal ? -1 : 1;
        double[] u = Arrays.stream(rowDuals).map(dual -> sign * dual).toArray();
        double[] v = Arrays.stream(columnDuals).map(dual -> sign * dual).toArray();
        double[] leastOfRow = filled(u.length, Double.POSITIVE_INFINITY);
        double[] leastOfColumn = filled(v.length, Double.POSITIVE_INFINITY);
        for (int i = 0; i < u.length; i++) {
            double least = Double.POSITIVE_INFINITY;
            for (int j = 0; j < v.length; j++) {
                double slack = sign * cost[i * v.length + j] - v[j] - u[i];
                least = Math.min(least, slack);
                leastOfColumn[j] = Math.min(leastOfColumn[j], slack);
            }
            leastOfRow[i] = least;
        }
        double[] slackOfRow = new double[u.length];
        double size = 0;
        boolean[] columnMatched = new boolean[v.length];
        for (int i = 0; i < u.length; i++) {
            int j = columnOfRow[i];
            if (j >= 0) {
                double c = sign * cost[i * v.length + j];
                slackOfRow[i] = c - v[j] - u[i];
                columnMatched[j] = true;
                size = Math.max(size, Math.max(Math.abs(c), Math.max(Math.abs(u[i]), Math.abs(v[j]))));
            }
        }
        boolean[] rowMatched = new boolean[u.length];
        for (int i = 0; i < u.length; i++) {
            rowMatched[i] = columnOfRow[i] >= 0;
        }
        boolean tall = u.length > v.length;
        double[] least = tall ? leastOfColumn : leastOfRow;
        double[] sparedDuals = tall ? u : v;
        boolean[] matched = tall ? rowMatched : columnMatched;
        double unmatched = u.length == v.length ? 0 : worstSpared(sparedDuals, matched);
        double gap = Arrays.stream(slackOfRow).sum() - Arrays.stream(least).sum() + (u.length == v.length ? 0 : costOfSpared(sparedDuals, matched));
        return new Certificate(gap, Math.max(0, -Arrays.stream(least).min().orElse(0)),
                LinearAssignment.largest(slackOfRow), unmatched, RELATIVE * size, least.length);
    }

    private static double[] filled(int length, double value) {
        double[] out = new double[length];
        Arrays.fill(out, value);
        return out;
    }

    private static double worstSpared(double[] duals, boolean[] matched) {
        double worst = 0;
        for (int j = 0; j < duals.length; j++) {
            worst = Math.max(worst, matched[j] ? duals[j] : Math.abs(duals[j]));
        }
        return worst;
    }

    /** What the bound loses on the longer side: positive duals where matched, negative ones where not. */
    private static double costOfSpared(double[] duals, boolean[] matched) {
        double cost = 0;
        for (int j = 0; j < duals.length; j++) {
            cost += matched[j] ? Math.max(0, duals[j]) : Math.max(0, -duals[j]);
        }
        return cost;
    }
}

package org.equisphere.assignment;

import java.util.Arrays;

/**
 * The exact linear assignment problem: match every row of a cost matrix to a column of its own (of a tall matrix, every
 * column to a row) so that the sum of the matched costs is least, or greatest.
 *
 * <p>Costs are row-major {@code [rows, cols]}. A forbidden pair is {@code +infinity} when minimising and
 * {@code -infinity} when maximising; NaN and the opposite infinity are refused. Equal inputs give equal results, bit for
 * bit, and a constant matrix gives the identity. When two pairs tie, the optimum found need not be the only one. Exact is meant up to rounding at the
 * size of the largest costs and duals that matter ({@link Certificate}); costs from about 2^1020 on are refused where their differences overflow.
 *
 * <p>The static methods solve once. An instance keeps its workspaces, and after a first solve it can
 * {@linkplain #resolve start warm} from the last matching and duals. An instance is for one thread at a time.
 */
public final class LinearAssignment {

    private static final double FAR = 1 << 10; // leaves 43 of the costs' 53 bits, about what Certificate asks for
    private static final double HUGE = 0x1p1020; // sums of a few such numbers stay finite

    private final boolean maximal;
    private AugmentingPaths paths;
    private DualStart cold;
    private WarmStart warmStart;
    private double[] oriented = new double[0];
    private int rows = -1;
    private int cols = -1;
    private boolean warm;

    private LinearAssignment(boolean maximal) {
        this.maximal = maximal;
    }

    /** A reusable solver that minimises. */
    public static LinearAssignment minimizing() {
        return new LinearAssignment(false);
    }

    /** A reusable solver that maximises. */
    public static LinearAssignment maximizing() {
        return new LinearAssignment(true);
    }

    /**
     * The assignment with the least sum of costs.
     *
     * @param cost {@code [rows, cols]} row-major, +infinity forbids a pair; not modified
     * @throws IllegalArgumentException if a length is wrong, or a cost NaN or -infinity (the message names the cell)
     * @throws InfeasibleAssignmentException if every assignment takes a forbidden pair
     */
    public static Assignment minimize(double[] cost, int rows, int cols) {
        return minimizing().solve(cost, rows, cols);
    }

    /** As {@link #minimize(double[], int, int)}, in double arithmetic on float costs. */
    public static Assignment minimize(float[] cost, int rows, int cols) {
        return minimizing().solve(cost, rows, cols);
    }

    /** As {@link #minimize(double[], int, int)} for integer costs, exactly; no pair can be forbidden. */
    public static Assignment minimize(int[] cost, int rows, int cols) {
        return minimizing().solve(cost, rows, cols);
    }

    /** The assignment with the greatest sum of costs; -infinity forbids a pair, else as {@link #minimize(double[], int, int)}. */
    public static Assignment maximize(double[] cost, int rows, int cols) {
        return maximizing().solve(cost, rows, cols);
    }

    /** As {@link #maximize(double[], int, int)}, in double arithmetic on float costs. */
    public static Assignment maximize(float[] cost, int rows, int cols) {
        return maximizing().solve(cost, rows, cols);
    }

    /** As {@link #maximize(double[], int, int)} for integer costs, exactly; no pair can be forbidden. */
    public static Assignment maximize(int[] cost, int rows, int cols) {
        return maximizing().solve(cost, rows, cols);
    }

    /** Solves from nothing; arguments and errors as for the static methods. */
    public Assignment solve(double[] cost, int rows, int cols) {
        return solve(Costs.of(cost, maximal), rows, cols, false);
    }

    /** Solves from nothing; arguments and errors as for the static methods. */
    public Assignment solve(float[] cost, int rows, int cols) {
        return solve(Costs.of(cost, maximal), rows, cols, false);
    }

    /** Solves from nothing; arguments and errors as for the static methods. */
    public Assignment solve(int[] cost, int rows, int cols) {
        return solve(Costs.of(cost, maximal), rows, cols, false);
    }

    /**
     * Solves from the duals and the matching of the last solve: pairs that are still tight stay, the others are matched
     * anew. Exact like {@link #solve(double[], int, int)}; the less the costs have moved, the faster. Without a last
     * solve of the same shape it solves from nothing.
     */
    public Assignment resolve(double[] cost, int rows, int cols) {
        return solve(Costs.of(cost, maximal), rows, cols, true);
    }

    /** As {@link #resolve(double[], int, int)}. */
    public Assignment resolve(float[] cost, int rows, int cols) {
        return solve(Costs.of(cost, maximal), rows, cols, true);
    }

    /** As {@link #resolve(double[], int, int)}. */
    public Assignment resolve(int[] cost, int rows, int cols) {
        return solve(Costs.of(cost, maximal), rows, cols, true);
    }

    /**
     * Takes matching and duals of a given assignment as the start of the next {@code resolve}.
     *
     * @throws IllegalArgumentException if it minimises where this solver maximises, or the other way round
     */
    public void startFrom(Assignment last) {
        if (last.maximal() != maximal) {
            throw new IllegalArgumentException("last: is of a " + (last.maximal() ? "maximisation" : "minimisation")
                    + ", expected a " + (maximal ? "maximisation" : "minimisation"));
        }
        shape(last.rows(), last.cols());
        boolean tall = rows > cols;
        double[] duals = tall ? last.rowDuals() : last.columnDuals();
        for (int j = 0; j < duals.length; j++) {
            paths.v[j] = maximal ? -duals[j] : duals[j];
        }
        int[] forward = tall ? last.rowOfColumn() : last.columnOfRow();
        int[] backward = tall ? last.columnOfRow() : last.rowOfColumn();
        System.arraycopy(forward, 0, paths.columnOfRow, 0, forward.length);
        System.arraycopy(backward, 0, paths.rowOfColumn, 0, backward.length);
        warm = true;
    }

    private void shape(int newRows, int newCols) {
        if (newRows == rows && newCols == cols) {
            return;
        }
        warm = false;
        rows = newRows;
        cols = newCols;
        paths = new AugmentingPaths(Math.min(rows, cols), Math.max(rows, cols));
        DenseSearch dense = new DenseSearch(paths);
        cold = new DualStart(paths, dense);
        warmStart = new WarmStart(paths, dense);
    }

    private Assignment solve(Costs cost, int newRows, int newCols, boolean fromLast) {
        cost.checkShape(newRows, newCols);
        shape(newRows, newCols);
        double[] matrix = cost.plain(rows, cols);
        if (matrix == null) {
            if (oriented.length < rows * cols) {
                oriented = new double[rows * cols];
            }
            matrix = oriented;
            cost.orient(rows, cols, matrix);
        }
        boolean start = fromLast && warm;
        warm = false;
        paths.attach(matrix, maximal ? -1 : 1);
        double inherited = largest(paths.v);
        Assignment found = start && warmStart.begin() && warmStart.finish() == null ? result(inherited) : null;
        return found != null ? found : fromNothing(matrix, cost);
    }

    /** As {@link #resolve(double[], int, int)}, maximising cosines that are computed only where they are needed. */
    Assignment resolve(CosineRows cosines) {
        return solve(cosines, true);
    }

    /** As {@link #solve(double[], int, int)}, maximising cosines. */
    Assignment solve(CosineRows cosines) {
        return solve(cosines, false);
    }

    private Assignment solve(CosineRows cosines, boolean fromLast) {
        shape(cosines.classes(), cosines.prototypes());
        boolean start = fromLast && warm;
        warm = false;
        paths.attach(cosines);
        double inherited = largest(paths.v);
        boolean drifted = start && rows == cols && cols > DenseSearch.MOST_COLUMNS;
        Assignment found = drifted && warmStart.begin(cosines) && warmStart.finish() == null ? result(inherited) : null;
        if (found == null) {
            cosines.near().clear();
            paths.attach(cosines);
            paths.lists.forRows(0, rows, (from, to, survey) -> cosines.refresh(from, to));
            found = start && !drifted && warmStart.begin() && warmStart.finish() == null ? result(inherited) : null;
        }
        return found != null ? found : fromNothing(paths.cost, null);
    }

    /** Of the attached matrix; {@code given} tells what is wrong with it, null of cosines. */
    private Assignment fromNothing(double[] matrix, Costs given) {
        int[] crowd = null;
        Assignment found = cold.begin() && (crowd = cold.finish()) == null ? result(-1) : null;
        if (crowd != null) {
            int[] places = placesOf(crowd, matrix);
            if (places.length < crowd.length) { // else a difference of finite costs has overflowed, and passed for a forbidden pair
                Arrays.sort(crowd);
                throw new InfeasibleAssignmentException(rows > cols, crowd, places);
            }
        }
        if (found == null) {
            throw given != null ? given.refusal(rows, cols)
                    : new IllegalArgumentException("prototypes: their cosines exceed a double's range, expected lengths of about 1");
        }
        return found;
    }

    private int[] placesOf(int[] crowd, double[] matrix) {
        int width = Math.max(rows, cols);
        int[] places = new int[width];
        int count = 0;
        for (int j = 0; j < width; j++) {
            boolean admissible = false;
            for (int i : crowd) {
                admissible |= paths.sign * matrix[i * width + j] < Double.POSITIVE_INFINITY;
            }
            if (admissible) {
                places[count++] = j;
            }
        }
        return Arrays.copyOf(places, count);
    }

    /**
     * What the search ended with; null where duals come near the end of a double's range, or a warm start's are so far above the matched costs
     * that rounding has hidden which pairs are better.
     *
     * @param inherited the size of the largest dual that a warm start began with, -1 without
     */
    private Assignment result(double inherited) {
        double[] longer = paths.v.clone();
        double[] shorter = shorterDuals();
        double dual = Math.max(inherited, Math.max(largest(longer), largest(shorter)));
        if (!(dual < HUGE) || inherited >= 0 && dual > FAR * largest(paths.matchedCost)) {
            return null;
        }
        boolean tall = rows > cols;
        int[] columnOfRow = (tall ? paths.rowOfColumn : paths.columnOfRow).clone();
        int[] rowOfColumn = (tall ? paths.columnOfRow : paths.rowOfColumn).clone();
        signed(longer);
        signed(shorter);
        double value = 0;
        for (int i = 0; i < rows; i++) {
            if (columnOfRow[i] >= 0) {
                double c = paths.matchedCost[tall ? columnOfRow[i] : i];
                value += maximal ? -c : c;
            }
        }
        warm = true;
        return new Assignment(maximal, value, columnOfRow, rowOfColumn, tall ? longer : shorter, tall ? shorter : longer);
    }

    /** The size of the largest, NaN if any is. */
    static double largest(double[] values) {
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** The duals that make every matched pair tight. */
    private double[] shorterDuals() {
        double[] duals = new double[paths.n];
        for (int i = 0; i < paths.n; i++) {
            duals[i] = paths.matchedCost[i] - paths.v[paths.columnOfRow[i]];
        }
        return duals;
    }

    /** Gives the duals the sign of the objective; 0 stays +0. */
    private void signed(double[] duals) {
        for (int i = 0; maximal && i < duals.length; i++) {
            duals[i] = 0 - duals[i];
        }
    }
}

package org.equisphere.assignment;

import java.util.Arrays;

/**
 * An optimal assignment and the dual variables that prove it. Immutable.
 *
 * <p>Of a minimisation, the duals satisfy {@code u[i] + v[j] <= c[i][j]} for every pair, with equality on the matched
 * pairs; of a maximisation {@code u[i] + v[j] >= c[i][j]}. Rows or columns left over by a rectangular matrix have the
 * dual 0, and all duals of that side are at most 0 (maximisation: at least 0). Any such duals bound the objective by
 * {@code sum(u) + sum(v)}, so equality of the two sums proves the optimum (Kuhn 1955; Burkard, Dell'Amico and
 * Martello, <i>Assignment Problems</i>, 2009, section 4.1).
 */
public final class Assignment {

    private final boolean maximal;
    private final double value;
    private final int[] columnOfRow;
    private final int[] rowOfColumn;
    private final double[] rowDuals;
    private final double[] columnDuals;

    /** Takes the arrays over without copying; the callers of this package hand over arrays they no longer touch. */
    Assignment(boolean maximal, double value, int[] columnOfRow, int[] rowOfColumn, double[] rowDuals, double[] columnDuals) {
        this.maximal = maximal;
        this.value = value;
        this.columnOfRow = columnOfRow;
        this.rowOfColumn = rowOfColumn;
        this.rowDuals = rowDuals;
        this.columnDuals = columnDuals;
    }

    /**
     * Rebuilds an assignment from its saved parts.
     *
     * @param maximal whether it came from a maximisation
     * @param value the objective
     * @param columnOfRow for each row its column, or -1; not modified
     * @param rowDuals one dual a row, finite; not modified
     * @param columnDuals one dual a column, finite; not modified
     * @throws IllegalArgumentException if the lengths do not match, a column is out of range or taken twice, fewer than
     *     {@code min(rows, columns)} rows are matched, or a dual is not finite
     */
    public static Assignment of(boolean maximal, double value, int[] columnOfRow, double[] rowDuals, double[] columnDuals) {
        if (rowDuals.length != columnOfRow.length) {
            throw new IllegalArgumentException(
                    "rowDuals: has " + rowDuals.length + " values, expected one a row: " + columnOfRow.length);
        }
        requireFinite("rowDuals", rowDuals);
        requireFinite("columnDuals", columnDuals);
        int[] rowOfColumn = inverse(columnOfRow, columnDuals.length);
        return new Assignment(maximal, value, columnOfRow.clone(), rowOfColumn, rowDuals.clone(), columnDuals.clone());
    }

    private static void requireFinite(String name, double[] duals) {
        for (int i = 0; i < duals.length; i++) {
            if (!Double.isFinite(duals[i])) {
                throw new IllegalArgumentException(name + "[" + i + "]: is " + duals[i] + ", expected a finite number");
            }
        }
    }

    private static int[] inverse(int[] columnOfRow, int columns) {
        int[] rowOfColumn = new int[columns];
        Arrays.fill(rowOfColumn, -1);
        int matched = 0;
        for (int i = 0; i < columnOfRow.length; i++) {
            int j = columnOfRow[i];
            if (j < -1 || j >= columns) {
                throw new IllegalArgumentException(
                        "columnOfRow[" + i + "]: is " + j + ", expected -1 or a column below " + columns);
            }
            if (j >= 0) {
                if (rowOfColumn[j] >= 0) {
                    throw new IllegalArgumentException(
                            "columnOfRow[" + i + "]: column " + j + " is already taken by row " + rowOfColumn[j]);
                }
                rowOfColumn[j] = i;
                matched++;
            }
        }
        if (matched != Math.min(columnOfRow.length, columns)) {
            throw new IllegalArgumentException("columnOfRow: matches " + matched + " pairs, expected "
                    + Math.min(columnOfRow.length, columns));
        }
        return rowOfColumn;
    }

    /** Whether this maximises the sum of the costs (else it minimises it). */
    public boolean maximal() {
        return maximal;
    }

    /** The number of rows. */
    public int rows() {
        return columnOfRow.length;
    }

    /** The number of columns. */
    public int cols() {
        return rowOfColumn.length;
    }

    /** The column matched to row {@code i}, or -1 where a tall matrix leaves the row out. */
    public int columnOfRow(int i) {
        return columnOfRow[i];
    }

    /** A copy of the columns matched to the rows, -1 for a row left out. */
    public int[] columnOfRow() {
        return columnOfRow.clone();
    }

    /** A copy of the rows matched to the columns, -1 for a column left out. */
    public int[] rowOfColumn() {
        return rowOfColumn.clone();
    }

    /** The sum of the original costs of the matched pairs, added up in the order of the rows. */
    public double value() {
        return value;
    }

    /** A copy of the row duals u. */
    public double[] rowDuals() {
        return rowDuals.clone();
    }

    /** A copy of the column duals v. */
    public double[] columnDuals() {
        return columnDuals.clone();
    }

    /**
     * Proves that this assignment is optimal for the given costs, from the duals alone and without solving again: one
     * pass over the matrix.
     *
     * @param cost {@code [rows, cols]}, row-major, the matrix that was solved; not modified
     * @throws IllegalArgumentException if its length is not rows * cols
     */
    public Certificate verify(double[] cost) {
        if (cost.length != (long) rows() * cols()) {
            throw new IllegalArgumentException("cost: has " + cost.length + " values, expected " + rows() + " x " + cols());
        }
        return Certificate.of(cost, columnOfRow, rowDuals, columnDuals, maximal);
    }
}

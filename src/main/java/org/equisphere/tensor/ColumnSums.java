package org.equisphere.tensor;

import java.util.Arrays;

/**
 * Sums over the rows of a [rows, c] matrix in double: one partial sum a column and block of rows, the blocks of {@link RangeTask},
 * combined in their order, so that the result does not depend on who summed which block.
 */
final class ColumnSums {

    private final int quantities;
    private int columns;
    private int blocks;
    private double[] partial = new double[0];

    /** @param quantities how many sums are taken at the same time */
    ColumnSums(int quantities) {
        this.quantities = quantities;
    }

    /** Makes room for the sums over a [rows, c] matrix; allocates only when it grows. */
    void prepare(int rows, int c) {
        columns = c;
        blocks = RangeTask.blocks(rows, RangeTask.blockOf(c));
        int needed = Math.multiplyExact(quantities * c, blocks);
        if (partial.length < needed) {
            partial = new double[needed];
        }
    }

    int columns() {
        return columns;
    }

    /** The partial sums, to be added to from {@link #clear}'s place on. */
    double[] partial() {
        return partial;
    }

    /** Sets the partial sums of one quantity and block to zero; returns where they start. */
    int clear(int quantity, int block) {
        int at = (quantity * blocks + block) * columns;
        Arrays.fill(partial, at, at + columns, 0);
        return at;
    }

    /** The sum of one column. */
    double total(int quantity, int column) {
        double sum = 0;
        for (int block = 0; block < blocks; block++) {
            sum += partial[(quantity * blocks + block) * columns + column];
        }
        return sum;
    }

    /** Writes the sums of all columns to {@code out}, [c]. */
    void total(int quantity, Tensor out) {
        for (int j = 0; j < columns; j++) {
            HostBackend.set(out, j, total(quantity, j));
        }
    }
}

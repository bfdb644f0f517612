package org.equisphere.cuda;

/**
 * How the rows of a [rows, columns] matrix are shared out among blocks for sums over rows (see {@code columns.cuh}): by the sizes alone, so that
 * a sum has one order. One object is set again and again.
 */
final class RowSplit {

    /** Rows one thread adds in float, as long as there are not too many blocks. */
    private static final int ROWS_OF_THREAD = 32;
    private static final int MOST_SPLITS = 1024;

    /** Threads of a block along columns and along rows. */
    int blockX;
    int blockY;
    /** Rows of a block, and how many blocks share the rows. */
    int chunk;
    int splits;

    void of(int rows, int columns) {
        blockX = Math.max(4, Math.min(32, Integer.highestOneBit(2 * Math.max(columns, 1) - 1)));
        blockY = 256 / blockX;
        long most = (rows + MOST_SPLITS - 1L) / MOST_SPLITS;
        long rounded = (most + blockY - 1) / blockY * blockY;
        chunk = (int) Math.min(Math.max(rounded, (long) blockY * ROWS_OF_THREAD), 1 << 30);
        splits = (int) Launch.blocks(rows, chunk);
    }
}

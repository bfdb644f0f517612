package org.equisphere.cuda;

/**
 * How a [rows, columns] matrix is shared out in strips, four columns of some rows a thread (see {@code columns.cuh}): by the sizes alone, so that
 * a sum has one order. One object is set again and again.
 */
final class Strips {

    /** Threads along columns at most: 32 columns, a cache line of each row; 16 where every block reads all the parts of its columns. */
    private static final int WIDEST = 8;
    private static final int NARROW = 4;
    private static final int SUMMING_THREADS = 512;
    private static final int THREADS = 256;
    /**
     * Blocks of a sum: one for each multiprocessor of a large card, and two where a thread has many rows. What the last block adds grows with them.
     */
    private static final long BLOCKS = 128;
    private static final long LEAST_ROWS = 2;
    private static final long MANY_ROWS = 8;

    /** Threads of a block along columns and along rows. */
    int blockX;
    int blockY;
    /** How many blocks share the columns. */
    int groups;
    /** Rows of a block, and how many blocks share the rows. */
    int chunk;
    int splits;
    /** Whether the sums are those of a tensor so small that the blocks that need them add their parts themselves. */
    boolean small;

    /** For sums over rows; one block a group of columns writes the zeros of a sum over none. */
    void sums(int rows, int columns) {
        block(columns, SUMMING_THREADS, NARROW);
        long passes = Launch.blocks(rows, blockY);
        small = passes * groups <= MANY_ROWS * BLOCKS;
        if (!small) {
            block(columns, SUMMING_THREADS, WIDEST);
            passes = Launch.blocks(rows, blockY);
        }
        long shared = passes * groups;
        long rowsOfThread = Math.max(Math.min(MANY_ROWS, Math.max(LEAST_ROWS, Launch.blocks(shared, BLOCKS))), Launch.blocks(shared, 2 * BLOCKS));
        share(rows, Math.min(rowsOfThread, Math.max(passes, 1)));
        splits = Math.max(splits, 1);
    }

    /** For what is done to each number alone. */
    void each(int rows, int columns, int rowsOfThread) {
        block(columns, THREADS, WIDEST);
        share(rows, rowsOfThread);
    }

    private void block(int columns, int threads, int widest) {
        long quads = Launch.blocks(Math.max(columns, 1), 4);
        blockX = (int) Math.min(widest, Long.highestOneBit(2 * quads - 1));
        blockY = threads / blockX;
        groups = (int) Launch.blocks(columns, 4L * blockX);
    }

    private void share(int rows, long rowsOfThread) {
        chunk = (int) Math.min(rowsOfThread * blockY, 1 << 30);
        splits = (int) Launch.blocks(rows, chunk);
    }

    /** A launch with its blocks. */
    Launch of(Launch launch, Kernel kernel) {
        return launch.of(kernel).grid((long) groups * splits, 1, 1).block(blockX, blockY);
    }
}

package org.equisphere.tensor;

/**
 * A task over {@code 0 .. total - 1} cut into blocks of one length, the last shorter. The length follows from the problem's size
 * alone, so that results do not depend on the number of threads. Kept and used again, it allocates nothing.
 */
abstract class RangeTask implements Workers.Task {

    /** Elements that are worth handing to a thread. */
    static final int GRAIN = 1 << 14;

    private int total;
    private int block;

    /** The block length, in items, that makes blocks of about {@link #GRAIN} elements from items of {@code width} elements. */
    static int blockOf(int width) {
        return Math.max(1, GRAIN / Math.max(1, width));
    }

    /** The number of blocks. */
    static int blocks(int total, int block) {
        return (int) (((long) total + block - 1) / block);
    }

    /** Works on items {@code from .. to - 1}, the {@code index}-th block. */
    abstract void range(int index, int from, int to);

    @Override
    public final void part(int part) {
        int from = part * block;
        range(part, from, Math.min(total - from, block) + from);
    }

    /** Runs all blocks of {@code items} items of {@code width} elements each. */
    final void run(Workers workers, int items, int width) {
        total = items;
        block = blockOf(width);
        workers.run(blocks(total, block), this);
    }
}

package org.equisphere.tensor;

/**
 * Memory that a {@link Backend} made: {@code size} float32 numbers, on the host or on a device.
 *
 * <p>A storage belongs to the backend that made it. It is freed once nothing refers to it any more, with its backend at the latest. Reads wait
 * for the operations queued before them.
 */
public abstract class Storage {

    private final Backend owner;
    private final int size;

    /**
     * @param owner the backend whose operations may use this storage
     * @param size  the number of float32 elements, at least 0
     */
    protected Storage(Backend owner, int size) {
        this.owner = owner;
        this.size = size;
    }

    /** The backend whose operations may use this storage. */
    public final Backend owner() {
        return owner;
    }

    /** The number of float32 elements. */
    public final int size() {
        return size;
    }

    /**
     * Copies {@code count} elements out.
     *
     * @param from        the first element read
     * @param destination modified: elements {@code at .. at + count - 1}
     * @param at          the first element written
     * @param count       how many elements
     */
    protected abstract void read(int from, float[] destination, int at, int count);

    /**
     * Copies {@code count} elements in.
     *
     * @param to     the first element written
     * @param source not modified
     * @param at     the first element read
     * @param count  how many elements
     */
    protected abstract void write(int to, float[] source, int at, int count);
}

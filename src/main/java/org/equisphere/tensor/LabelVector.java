package org.equisphere.tensor;

/**
 * A vector of class indices on the memory of one {@link Backend}: int32, one an example.
 *
 * <p>Made by {@link Backend#labels}. Operations that take labels need {@code 0 <= label < classes} for every row they use; a
 * caller checks that where data enters, with {@link #set}.
 */
public abstract class LabelVector {

    private final Backend owner;
    private final int size;

    /**
     * @param owner the backend whose operations may use these labels
     * @param size  the number of labels
     */
    protected LabelVector(Backend owner, int size) {
        this.owner = owner;
        this.size = size;
    }

    /** The backend whose operations may use these labels. */
    public final Backend owner() {
        return owner;
    }

    /** The number of labels. */
    public final int size() {
        return size;
    }

    /**
     * Sets the first {@code count} labels.
     *
     * @param values  not modified
     * @param count   how many, 0 to {@link #size}
     * @param classes every label must lie in {@code 0 .. classes - 1}
     * @throws IllegalArgumentException for another count, and naming the first label out of range
     */
    public final void set(int[] values, int count, int classes) {
        if (count < 0 || count > size) {
            throw new IllegalArgumentException(count + " labels do not fit " + size);
        }
        for (int i = 0; i < count; i++) {
            if (values[i] < 0 || values[i] >= classes) {
                throw new IllegalArgumentException("label " + values[i] + " at " + i + " is not in 0.." + (classes - 1));
            }
        }
        write(values, count);
    }

    /** Copies {@code count} checked labels in. */
    protected abstract void write(int[] values, int count);
}

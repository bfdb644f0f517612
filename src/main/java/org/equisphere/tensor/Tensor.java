package org.equisphere.tensor;

import java.util.Arrays;

/**
 * A dense float32 array, row-major, on the memory of one {@link Backend}: a shape over a contiguous part of a {@link Storage}.
 *
 * <p>The shape never changes; the contents do. Views ({@link #reshape}, {@link #rows}, {@link #slice}) share the storage.
 * Tensors are made by {@link Backend#tensor}.
 */
public final class Tensor {

    private final Storage storage;
    private final int offset;
    private final int[] shape;
    private final int size;

    Tensor(Storage storage, int offset, int... shape) {
        this.storage = storage;
        this.offset = offset;
        this.shape = shape.clone();
        this.size = sizeOf(shape);
        if (offset < 0 || offset > storage.size() - size) {
            throw new IllegalArgumentException("a tensor of shape " + Arrays.toString(shape) + " at " + offset
                    + " does not fit a storage of " + storage.size() + " elements");
        }
    }

    /**
     * The number of elements of a shape.
     *
     * @throws IllegalArgumentException for a negative dimension or 2^31 elements and more
     */
    public static int sizeOf(int... shape) {
        long size = 1;
        for (int n : shape) {
            if (n < 0) {
                throw new IllegalArgumentException("negative dimension in shape " + Arrays.toString(shape));
            }
            size = Math.min(size, 1L << 31) * n;
        }
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("shape " + Arrays.toString(shape) + " has 2^31 elements or more");
        }
        return (int) size;
    }

    /** The number of dimensions. */
    public int rank() {
        return shape.length;
    }

    /** The extent of one dimension, counted from 0. */
    public int dimension(int axis) {
        return shape[axis];
    }

    /** A copy of the shape. */
    public int[] shape() {
        return shape.clone();
    }

    /** The number of elements: the product of the shape. */
    public int size() {
        return size;
    }

    /** The memory below. */
    public Storage storage() {
        return storage;
    }

    /** The first element's place in the storage. */
    public int offset() {
        return offset;
    }

    /** Whether this is a vector of n elements. */
    public boolean hasShape(int n) {
        return shape.length == 1 && shape[0] == n;
    }

    /** Whether this is an m x n matrix. */
    public boolean hasShape(int m, int n) {
        return shape.length == 2 && shape[0] == m && shape[1] == n;
    }

    /** Whether this has four dimensions of the given extents. */
    public boolean hasShape(int n, int h, int w, int c) {
        return shape.length == 4 && shape[0] == n && shape[1] == h && shape[2] == w && shape[3] == c;
    }

    /**
     * The same elements under another shape.
     *
     * @throws IllegalArgumentException for a shape of another size
     */
    public Tensor reshape(int... newShape) {
        if (sizeOf(newShape) != size) {
            throw new IllegalArgumentException("cannot see " + this + " as " + Arrays.toString(newShape));
        }
        return new Tensor(storage, offset, newShape);
    }

    /**
     * The view of {@code count} leading-dimension rows from row {@code first} on.
     *
     * @throws IllegalArgumentException where not all of them are rows of this tensor
     */
    public Tensor rows(int first, int count) {
        if (rank() == 0 || first < 0 || count < 0 || first > shape[0] - count) {
            throw new IllegalArgumentException("no " + count + " rows from row " + first + " on in " + this);
        }
        int[] part = shape.clone();
        part[0] = count;
        int row = shape[0] == 0 ? 0 : size / shape[0];
        return new Tensor(storage, offset + first * row, part);
    }

    /**
     * The view of a contiguous run of elements, from element {@code first} of this tensor on, under a shape of its own.
     *
     * @throws IllegalArgumentException where it does not lie in this tensor
     */
    public Tensor slice(int first, int... sliceShape) {
        if (first < 0 || first > size - sizeOf(sliceShape)) {
            throw new IllegalArgumentException("no slice " + Arrays.toString(sliceShape) + " at " + first + " of " + this);
        }
        return new Tensor(storage, offset + first, sliceShape);
    }

    /**
     * Copies the {@code count} elements of {@code values} from {@code at} on into this tensor's first elements.
     *
     * @throws IllegalArgumentException  for a count that is not in 0 .. {@link #size}
     * @throws IndexOutOfBoundsException where they are not all in {@code values}
     */
    public void set(float[] values, int at, int count) {
        if (count < 0 || count > size) {
            throw new IllegalArgumentException(count + " values do not fit " + this);
        }
        storage.write(offset, values, at, count);
    }

    /**
     * Sets all elements.
     *
     * @throws IllegalArgumentException for another number of values
     */
    public void set(float... values) {
        if (values.length != size) {
            throw new IllegalArgumentException(values.length + " values for " + this);
        }
        storage.write(offset, values, 0, size);
    }

    /**
     * Copies this tensor's first {@code count} elements to {@code destination} from {@code at} on.
     *
     * @throws IllegalArgumentException  for a count that is not in 0 .. {@link #size}
     * @throws IndexOutOfBoundsException where {@code destination} has no room for them
     */
    public void get(float[] destination, int at, int count) {
        if (count < 0 || count > size) {
            throw new IllegalArgumentException("no " + count + " values in " + this);
        }
        storage.read(offset, destination, at, count);
    }

    /** A copy of all elements. */
    public float[] toArray() {
        float[] values = new float[size];
        storage.read(offset, values, 0, size);
        return values;
    }

    /** The shape, for messages. */
    @Override
    public String toString() {
        return "tensor" + Arrays.toString(shape);
    }
}

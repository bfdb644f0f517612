package org.equisphere.data;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;

/** The element types of {@code .npy} files read and written here. */
enum NpyType {
    FLOAT32("float32", "<f4", 4, float.class),
    FLOAT64("float64", "<f8", 8, double.class),
    INT32("int32", "<i4", 4, int.class),
    INT64("int64", "<i8", 8, long.class);

    private final String numpyName;
    private final String descr;
    private final int bytes;
    private final Class<?> element;

    NpyType(String numpyName, String descr, int bytes, Class<?> element) {
        this.numpyName = numpyName;
        this.descr = descr;
        this.bytes = bytes;
        this.element = element;
    }

    String numpyName() {
        return numpyName;
    }

    /** The array-protocol string of the header. */
    String descr() {
        return descr;
    }

    /** Bytes of one element. */
    int bytes() {
        return bytes;
    }

    /** A primitive array of n elements. */
    Object allocate(int n) {
        return Array.newInstance(element, n);
    }

    /** Copies n elements out of the little-endian buffer into a primitive array, from {@code at} on. */
    static void get(ByteBuffer from, Object values, int at, int n) {
        if (values instanceof float[] f) {
            from.asFloatBuffer().get(f, at, n);
        } else if (values instanceof double[] d) {
            from.asDoubleBuffer().get(d, at, n);
        } else if (values instanceof int[] i) {
            from.asIntBuffer().get(i, at, n);
        } else {
            from.asLongBuffer().get((long[]) values, at, n);
        }
    }

    /** Copies n elements of a primitive array, from {@code at} on, into the little-endian buffer. */
    static void put(ByteBuffer to, Object values, int at, int n) {
        if (values instanceof float[] f) {
            to.asFloatBuffer().put(f, at, n);
        } else if (values instanceof double[] d) {
            to.asDoubleBuffer().put(d, at, n);
        } else if (values instanceof int[] i) {
            to.asIntBuffer().put(i, at, n);
        } else {
            to.asLongBuffer().put((long[]) values, at, n);
        }
    }
}

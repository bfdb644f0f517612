package org.equisphere.data;

import java.nio.ByteBuffer;

/** The element types of {@code .npy} files read and written here. */
enum NpyType {
    FLOAT32("float32", "<f4", 4) {
        @Override
        Object allocate(int n) {
            return new float[n];
        }

        @Override
        void get(ByteBuffer from, Object values, int at, int n) {
            from.asFloatBuffer().get((float[]) values, at, n);
        }

        @Override
        void put(ByteBuffer to, Object values, int at, int n) {
            to.asFloatBuffer().put((float[]) values, at, n);
        }
    },
    FLOAT64("float64", "<f8", 8) {
        @Override
        Object allocate(int n) {
            return new double[n];
        }

        @Override
        void get(ByteBuffer from, Object values, int at, int n) {
            from.asDoubleBuffer().get((double[]) values, at, n);
        }

        @Override
        void put(ByteBuffer to, Object values, int at, int n) {
            to.asDoubleBuffer().put((double[]) values, at, n);
        }
    },
    INT32("int32", "<i4", 4) {
        @Override
        Object allocate(int n) {
            return new int[n];
        }

        @Override
        void get(ByteBuffer from, Object values, int at, int n) {
            from.asIntBuffer().get((int[]) values, at, n);
        }

        @Override
        void put(ByteBuffer to, Object values, int at, int n) {
            to.asIntBuffer().put((int[]) values, at, n);
        }
    },
    INT64("int64", "<i8", 8) {
        @Override
        Object allocate(int n) {
            return new long[n];
        }

        @Override
        void get(ByteBuffer from, Object values, int at, int n) {
            from.asLongBuffer().get((long[]) values, at, n);
        }

        @Override
        void put(ByteBuffer to, Object values, int at, int n) {
            to.asLongBuffer().put((long[]) values, at, n);
        }
    };

    private final String numpyName;
    private final String descr;
    private final int bytes;

    NpyType(String numpyName, String descr, int bytes) {
        this.numpyName = numpyName;
        this.descr = descr;
        this.bytes = bytes;
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
    abstract Object allocate(int n);

    /** Copies n elements out of the little-endian buffer into the array, from {@code at} on. */
    abstract void get(ByteBuffer from, Object values, int at, int n);

    /** Copies n elements of the array, from {@code at} on, into the little-endian buffer. */
    abstract void put(ByteBuffer to, Object values, int at, int n);
}

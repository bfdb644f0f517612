package org.equisphere.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * An array in NumPy's {@code .npy} format, versions 1.0 to 3.0: little-endian float32, float64, int32 or int64 in C order.
 * Source: numpy.lib.format, "NPY format". What {@link #write} makes of a vector or matrix is, byte for byte, what
 * {@code numpy.save} makes.
 */
public final class NpyFile {
    private final Object source;
    private final int[] shape;
    private final NpyType type;
    /** float[], double[], int[] or long[]. */
    private final Object values;

    private NpyFile(Object source, int[] shape, NpyType type, Object values) {
        this.source = source;
        this.shape = shape;
        this.type = type;
        this.values = values;
    }

    /**
     * Reads a whole array. All lengths are checked against the size of the file before memory is taken.
     *
     * @throws DataFormatException when the file is damaged or of a kind not read here: another type, big-endian, Fortran order
     */
    public static NpyFile read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw DataFormatException.of(file, "content", "a folder", "a .npy file");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(file, channel, channel.size());
        }
    }

    /**
     * As {@link #read(Path)}, from inside another file.
     *
     * @param source what messages call it
     * @param in     at the array's first byte; not closed
     * @param size   bytes of header and data, known to be there
     */
    public static NpyFile read(Object source, ReadableByteChannel in, long size) throws IOException {
        NpyHeader header = NpyHeader.read(source, in, size);
        long bytes = header.elements() * header.type().bytes();
        long present = size - header.length();
        if (bytes != present) {
            throw DataFormatException.of(source, "data after the header", present + " bytes", bytes + " for shape "
                    + Arrays.toString(header.shape()) + " of " + header.type().numpyName());
        }
        Object values = header.type().allocate((int) header.elements());
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(1 << 20, Math.max(bytes, 8))).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < header.elements(); ) {
            int n = (int) Math.min(buffer.capacity() / header.type().bytes(), header.elements() - at);
            fill(in, buffer.clear().limit(n * header.type().bytes()), source);
            NpyType.get(buffer.flip(), values, at, n);
            at += n;
        }
        return new NpyFile(source, header.shape(), header.type(), values);
    }

    /**
     * Reads until the buffer is full.
     *
     * @param file what messages call the source
     * @throws EOFException when the channel ends before
     */
    public static void fill(ReadableByteChannel channel, ByteBuffer buffer, Object file) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException(file + ": ends " + buffer.remaining() + " bytes too early");
            }
        }
    }

    /** Writes float32. The file appears whole or not at all: it is written beside its place and renamed. */
    public static void write(Path file, float[] values, int... shape) throws IOException {
        write(file, NpyType.FLOAT32, values, values.length, shape);
    }

    /** Writes float64, as {@link #write(Path, float[], int...)}. */
    public static void write(Path file, double[] values, int... shape) throws IOException {
        write(file, NpyType.FLOAT64, values, values.length, shape);
    }

    /** Writes int32, as {@link #write(Path, float[], int...)}. */
    public static void write(Path file, int[] values, int... shape) throws IOException {
        write(file, NpyType.INT32, values, values.length, shape);
    }

    /** Writes int64, as {@link #write(Path, float[], int...)}. */
    public static void write(Path file, long[] values, int... shape) throws IOException {
        write(file, NpyType.INT64, values, values.length, shape);
    }

    /** Writes float32 into another file. */
    public static void write(OutputStream out, float[] values, int... shape) throws IOException {
        write(out, NpyType.FLOAT32, values, values.length, shape);
    }

    private static void write(Path file, NpyType type, Object values, int length, int[] shape) throws IOException {
        requireElements(length, shape);
        ReplacedFile.write(file, out -> write(out, type, values, length, shape));
    }

    private static void requireElements(int length, int[] shape) {
        if (NpyHeader.elements(shape) != length) {
            throw new IllegalArgumentException("shape is " + Arrays.toString(shape) + ", expected the " + length + " values given");
        }
    }

    private static void write(OutputStream out, NpyType type, Object values, int length, int[] shape) throws IOException {
        requireElements(length, shape);
        out.write(NpyHeader.bytes(type, shape));
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < length; ) {
            int n = Math.min(buffer.capacity() / type.bytes(), length - at);
            buffer.clear();
            NpyType.put(buffer, values, at, n);
            out.write(buffer.array(), 0, n * type.bytes());
            at += n;
        }
    }

    /** The extents; empty for a single value. A fresh array. */
    public int[] shape() {
        return shape.clone();
    }

    /** Number of values. */
    public int length() {
        return (int) NpyHeader.elements(shape);
    }

    /** NumPy's name of the type: float32, float64, int32 or int64. */
    public String dtype() {
        return type.numpyName();
    }

    /** The values as float32, from float32 or float64 (rounded). Row-major; the array itself where the file holds float32. */
    public float[] floats() throws DataFormatException {
        if (values instanceof float[] floats) {
            return floats;
        }
        if (values instanceof double[] doubles) {
            float[] floats = new float[doubles.length];
            for (int k = 0; k < floats.length; k++) {
                floats[k] = (float) doubles[k];
            }
            return floats;
        }
        throw wrongType("float32 or float64");
    }

    /** The values as float64, from float32 or float64. Row-major; the array itself where the file holds float64. */
    public double[] doubles() throws DataFormatException {
        if (values instanceof double[] doubles) {
            return doubles;
        }
        if (values instanceof float[] floats) {
            double[] doubles = new double[floats.length];
            for (int k = 0; k < doubles.length; k++) {
                doubles[k] = floats[k];
            }
            return doubles;
        }
        throw wrongType("float32 or float64");
    }

    /** The values as int32, from int32, or from int64 where every one fits. Row-major; the array itself where the file holds int32. */
    public int[] ints() throws DataFormatException {
        if (values instanceof int[] ints) {
            return ints;
        }
        if (values instanceof long[] longs) {
            int[] ints = new int[longs.length];
            for (int k = 0; k < ints.length; k++) {
                ints[k] = (int) longs[k];
                if (ints[k] != longs[k]) {
                    throw DataFormatException.of(source, "value " + k, longs[k], "an integer of 32 bits");
                }
            }
            return ints;
        }
        throw wrongType("int32 or int64");
    }

    /** The values as int64, from int32 or int64. Row-major; the array itself where the file holds int64. */
    public long[] longs() throws DataFormatException {
        if (values instanceof long[] longs) {
            return longs;
        }
        if (values instanceof int[] ints) {
            return Arrays.stream(ints).asLongStream().toArray();
        }
        throw wrongType("int32 or int64");
    }

    private DataFormatException wrongType(String expected) {
        return DataFormatException.of(source, "dtype", type.numpyName(), expected);
    }
}

package org.equisphere.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of a {@code .npy} file: magic, version, and a Python dictionary of element type, memory order and shape.
 *
 * @param length bytes before the data
 */
record NpyHeader(NpyType type, int[] shape, int length) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    /** Far above any array of numbers; a structured type could need more. */
    private static final int LONGEST_HEADER = 1 << 16;
    private static final int ALIGNMENT = 64;
    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private static final Pattern DESCR = Pattern.compile("['\"]descr['\"]\\s*:\\s*(\\[|['\"]([^'\"]*)['\"])");
    private static final Pattern FORTRAN = Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)\\b");
    private static final Pattern SHAPE = Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(([0-9,L\\s]*)\\)");

    /** Number of elements of a shape, at most 2^31 - 9. */
    static long elements(int[] shape) {
        long elements = 1;
        for (int extent : shape) {
            if (extent < 0) {
                throw new IllegalArgumentException("shape is " + Arrays.toString(shape) + ", expected no negative extent");
            }
            // Both factors are below 2^31, so the product cannot overflow before it is compared.
            elements *= extent;
            if (elements > LONGEST_ARRAY) {
                throw new IllegalArgumentException("shape is " + Arrays.toString(shape) + ", expected at most " + LONGEST_ARRAY + " elements");
            }
        }
        return elements;
    }

    long elements() {
        return elements(shape);
    }

    /**
     * Reads the header; the channel is left at the first byte of the data.
     *
     * @param size bytes of the whole array, header and data
     */
    static NpyHeader read(Object file, ReadableByteChannel channel, long size) throws IOException {
        ByteBuffer start = take(file, channel, 0, 8, size, "magic string and version");
        byte[] magic = new byte[MAGIC.length];
        start.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw DataFormatException.of(file, "magic string at offset 0", Arrays.toString(magic), "\\x93NUMPY: not a .npy file");
        }
        int major = start.get() & 0xFF;
        int minor = start.get() & 0xFF;
        if (major < 1 || major > 3 || minor != 0) {
            throw DataFormatException.of(file, "format version at offset 6", major + "." + minor, "1.0, 2.0 or 3.0");
        }
        long length = major == 1 ? take(file, channel, 8, 2, size, "header length").getShort() & 0xFFFF
                : take(file, channel, 8, 4, size, "header length").getInt() & 0xFFFFFFFFL;
        if (length > LONGEST_HEADER) {
            throw DataFormatException.of(file, "header length at offset 8", length, "at most " + LONGEST_HEADER);
        }
        int at = major == 1 ? 10 : 12;
        byte[] text = take(file, channel, at, (int) length, size, "header").array();
        return parse(file, new String(text, major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1), at + (int) length);
    }

    private static ByteBuffer take(Object file, ReadableByteChannel channel, int at, int length, long size, String field) throws IOException {
        if (size - at < length) {
            throw DataFormatException.of(file, field + " at offset " + at, size - at + " bytes long", length
                    + " bytes: the file ends too early");
        }
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        NpyFile.fill(channel, bytes, file);
        return bytes.flip();
    }

    private static NpyHeader parse(Object file, String header, int length) throws DataFormatException {
        Matcher descr = find(file, header, DESCR, "descr");
        NpyType type = type(file, descr.group(2));
        if (find(file, header, FORTRAN, "fortran_order").group(1).equals("True")) {
            throw DataFormatException.of(file, "fortran_order", "True", "False: save numpy.ascontiguousarray(x)");
        }
        return new NpyHeader(type, shape(file, find(file, header, SHAPE, "shape").group(1)), length);
    }

    private static Matcher find(Object file, String header, Pattern field, String name) throws DataFormatException {
        Matcher matcher = field.matcher(header);
        if (!matcher.find()) {
            String shown = header.length() > 200 ? header.substring(0, 200) + "..." : header.strip();
            throw DataFormatException.of(file, "header", '"' + shown + '"', "a dictionary with the field '" + name + "' as NumPy writes it");
        }
        return matcher;
    }

    /** @param descr the type string, or null for a list of fields */
    private static NpyType type(Object file, String descr) throws DataFormatException {
        for (NpyType type : NpyType.values()) {
            if (type.descr().equals(descr)) {
                return type;
            }
        }
        String kind = "float32, float64, int32 or int64, little-endian";
        if (descr == null) {
            throw DataFormatException.of(file, "dtype", "structured (a list of fields)", kind);
        }
        if (descr.startsWith(">")) {
            throw DataFormatException.of(file, "dtype", "'" + descr + "' (big-endian)", kind + ": save x.astype(x.dtype.newbyteorder('<'))");
        }
        if (descr.contains("O")) {
            throw DataFormatException.of(file, "dtype", "'" + descr + "' (Python objects, pickled)", kind);
        }
        throw DataFormatException.of(file, "dtype", "'" + descr + "'", kind);
    }

    private static int[] shape(Object file, String tuple) throws DataFormatException {
        String[] extents = tuple.isBlank() ? new String[0] : tuple.replace("L", "").strip().replaceAll(",$", "").split(",", -1);
        int[] shape = new int[extents.length];
        try {
            for (int k = 0; k < shape.length; k++) {
                shape[k] = Integer.parseInt(extents[k].strip());
            }
            elements(shape);
            return shape;
        } catch (IllegalArgumentException e) {
            throw DataFormatException.of(file, "shape", "(" + tuple + ")", "extents with a product of at most " + LONGEST_ARRAY);
        }
    }

    /** Magic, version 1.0 and dictionary, padded with spaces to a multiple of 64 bytes, as NumPy writes it. */
    static byte[] bytes(NpyType type, int[] shape) {
        StringBuilder tuple = new StringBuilder();
        for (int k = 0; k < shape.length; k++) {
            tuple.append(k == 0 ? "" : " ").append(shape[k]).append(k == shape.length - 1 && k > 0 ? "" : ",");
        }
        String dictionary = "{'descr': '" + type.descr() + "', 'fortran_order': False, 'shape': (" + tuple + "), }";
        int unpadded = MAGIC.length + 4 + dictionary.length() + 1;
        int total = (unpadded + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        ByteBuffer bytes = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (total - MAGIC.length - 4));
        bytes.put(dictionary.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.position() < total - 1) {
            bytes.put((byte) ' ');
        }
        return bytes.put((byte) '\n').array();
    }
}

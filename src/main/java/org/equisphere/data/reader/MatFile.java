package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.equisphere.data.DataFormatException;

/**
 * Reads numeric arrays of a MATLAB level 5 file, plain or with zlib-compressed elements. Source: MathWorks, "MAT-File Format", level 5.
 * Big-endian files and version 7.3 (HDF5) are refused by name.
 */
final class MatFile {
    private static final int INT8 = 1;
    private static final int UINT8 = 2;
    private static final int INT16 = 3;
    private static final int UINT16 = 4;
    private static final int INT32 = 5;
    private static final int UINT32 = 6;
    private static final int SINGLE = 7;
    private static final int DOUBLE = 9;
    private static final int INT64 = 12;
    private static final int UINT64 = 13;
    private static final int MATRIX = 14;
    private static final int COMPRESSED = 15;

    private static final int FIRST_NUMERIC_CLASS = 6;
    private static final int LAST_NUMERIC_CLASS = 15;
    private static final int MOST_DIMENSIONS = 32;

    private MatFile() {}

    /**
     * One array, column-major.
     *
     * @param input   for messages: the file
     * @param name    its variable
     * @param shape   extents, the first one fastest
     * @param storage the element type as stored, one of the format's numbers
     * @param bytes   the elements, little-endian
     */
    record Array(String input, String name, int[] shape, int storage, byte[] bytes) {

        /** The elements, which must be stored as unsigned bytes. */
        byte[] unsignedBytes() throws DataFormatException {
            if (storage != UINT8) {
                throw DataFormatException.of(input, "element type of variable " + name, storage, UINT8 + ", unsigned bytes");
            }
            return bytes;
        }

        /** The elements as integers of 32 bits, however they are stored. */
        int[] integers() throws DataFormatException {
            int width = width(storage);
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            int[] values = new int[bytes.length / width];
            for (int k = 0; k < values.length; k++) {
                double value = number(buffer, k * width);
                values[k] = (int) value;
                if (values[k] != value) {
                    throw DataFormatException.of(input, "element " + k + " of variable " + name, value, "an integer of 32 bits");
                }
            }
            return values;
        }

        private double number(ByteBuffer buffer, int at) {
            return switch (storage) {
                case INT8 -> buffer.get(at);
                case UINT8 -> buffer.get(at) & 0xFF;
                case INT16 -> buffer.getShort(at);
                case UINT16 -> buffer.getShort(at) & 0xFFFF;
                case INT32 -> buffer.getInt(at);
                case UINT32 -> buffer.getInt(at) & 0xFFFFFFFFL;
                case SINGLE -> buffer.getFloat(at);
                case DOUBLE -> buffer.getDouble(at);
                default -> buffer.getLong(at);
            };
        }
    }

    /** Bytes of one element of a numeric storage type; 0 for other types. */
    private static int width(int storage) {
        return switch (storage) {
            case INT8, UINT8 -> 1;
            case INT16, UINT16 -> 2;
            case INT32, UINT32, SINGLE -> 4;
            case DOUBLE, INT64, UINT64 -> 8;
            default -> 0;
        };
    }

    /**
     * Reads the variables asked for and passes over others.
     *
     * @throws DataFormatException when the file is damaged, of another version, or lacks one of them
     */
    static Map<String, Array> read(Path file, List<String> variables) throws IOException {
        Map<String, Array> found = new HashMap<>();
        try (FormatInput in = FormatInput.open(file)) {
            readHeader(in);
            for (Tag tag; found.size() < variables.size() && (tag = Tag.readOrEnd(in)) != null; ) {
                readElement(in, tag, variables, found);
            }
        }
        for (String variable : variables) {
            if (!found.containsKey(variable)) {
                throw DataFormatException.of(file, "variable " + variable, "absent", "the variables " + variables);
            }
        }
        return found;
    }

    private static void readHeader(FormatInput in) throws IOException {
        byte[] header = new byte[128];
        in.read(header, 0, header.length, "MAT header");
        String text = new String(header, 0, 116, StandardCharsets.ISO_8859_1).strip();
        if (text.startsWith("MATLAB 7.3")) {
            throw in.error("header", 0, "\"MATLAB 7.3\" (HDF5)", "a level 5 file: save with -v7");
        }
        if (header[126] == 'M' && header[127] == 'I') {
            throw in.error("endian indicator", 126, "MI (big-endian)", "IM (little-endian)");
        }
        if (header[126] != 'I' || header[127] != 'M' || header[125] != 1) {
            throw in.error("version and endian indicator", 124, new String(header, 124, 4, StandardCharsets.ISO_8859_1),
                    "0x0100 and IM: not a MATLAB level 5 file");
        }
    }

    /** Type and length of an element; a small element keeps its data inside the tag. */
    private record Tag(int type, long length, boolean small) {

        /** Null at the end of the file. */
        static Tag readOrEnd(FormatInput in) throws IOException {
            long offset = in.position();
            byte[] four = new byte[4];
            int n = in.readUpTo(four, 0, 4);
            if (n == 0) {
                return null;
            }
            if (n < 4) {
                throw in.error("element tag", offset, n + " bytes long", "8 bytes: the file ends too early");
            }
            int first = ByteBuffer.wrap(four).order(ByteOrder.LITTLE_ENDIAN).getInt();
            if (first >>> 16 != 0) {
                return new Tag(first & 0xFFFF, first >>> 16, true);
            }
            return new Tag(first, in.int32LittleEndian("element length") & 0xFFFFFFFFL, false);
        }

        static Tag read(FormatInput in, String field) throws IOException {
            Tag tag = readOrEnd(in);
            if (tag == null) {
                throw in.error(field, in.position(), "absent", "an element: the data ends too early");
            }
            if (tag.small && tag.length > 4) {
                throw in.error("length of the small element " + field, in.position() - 4, tag.length, "0..4");
            }
            return tag;
        }

        /** The element's bytes; padding up to 8 bytes is passed over. */
        byte[] content(FormatInput in, String field) throws IOException {
            byte[] bytes = in.array(length, field);
            in.skip(small ? 4 - length : (8 - length % 8) % 8, "padding of " + field);
            return bytes;
        }
    }

    private static void readElement(FormatInput in, Tag tag, List<String> variables, Map<String, Array> found) throws IOException {
        if (tag.type == MATRIX) {
            readMatrix(in, tag.length, variables, found);
        } else if (tag.type == COMPRESSED) {
            FormatInput inner = in.inflate(tag.length, "compressed element at offset " + in.position());
            long end = in.position() + tag.length;
            Tag innerTag = Tag.read(inner, "compressed element");
            if (innerTag.type != MATRIX) {
                throw inner.error("element type", 0, innerTag.type, MATRIX + ", an array");
            }
            readMatrix(inner, innerTag.length, variables, found);
            inner.drain();
            in.skip(end - in.position(), "compressed element");
        } else {
            throw in.error("element type", in.position() - 8, tag.type, MATRIX + " or " + COMPRESSED);
        }
    }

    private static void readMatrix(FormatInput in, long length, List<String> variables, Map<String, Array> found) throws IOException {
        long end = in.position() + length;
        byte[] flags = expect(in, UINT32, "array flags");
        byte[] dimensions = expect(in, INT32, "dimensions");
        String name = new String(expect(in, INT8, "array name"), StandardCharsets.ISO_8859_1);
        if (variables.contains(name)) {
            int kind = flags.length == 0 ? 0 : flags[0] & 0xFF;
            if (kind < FIRST_NUMERIC_CLASS || kind > LAST_NUMERIC_CLASS) {
                throw DataFormatException.of(in.name(), "class of variable " + name, kind,
                        FIRST_NUMERIC_CLASS + ".." + LAST_NUMERIC_CLASS + ", a full numeric array");
            }
            found.put(name, readValues(in, name, shape(in, name, dimensions)));
        }
        in.skip(end - in.position(), "rest of variable " + name);
    }

    private static byte[] expect(FormatInput in, int type, String field) throws IOException {
        long offset = in.position();
        Tag tag = Tag.read(in, field);
        if (tag.type != type) {
            throw in.error("element type of " + field, offset, tag.type, Integer.toString(type));
        }
        return tag.content(in, field);
    }

    private static int[] shape(FormatInput in, String name, byte[] dimensions) throws IOException {
        int[] shape = new int[dimensions.length / 4];
        ByteBuffer.wrap(dimensions).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(shape);
        for (int extent : shape) {
            if (extent < 0 || shape.length > MOST_DIMENSIONS) {
                throw DataFormatException.of(in.name(), "extent of variable " + name, extent, "0 or more, at most " + MOST_DIMENSIONS + " of them");
            }
        }
        return shape;
    }

    private static Array readValues(FormatInput in, String name, int[] shape) throws IOException {
        Tag tag = Tag.read(in, "values of " + name);
        long elements = 1;
        for (int extent : shape) {
            elements = Math.min(elements * extent, Integer.MAX_VALUE);
        }
        if (width(tag.type) == 0 || tag.length != elements * width(tag.type)) {
            throw in.error("length of the values of " + name, in.position(), tag.length + " bytes of type " + tag.type,
                    elements + " elements of a numeric type");
        }
        return new Array(in.name(), name, shape, tag.type, tag.content(in, "values of " + name));
    }
}

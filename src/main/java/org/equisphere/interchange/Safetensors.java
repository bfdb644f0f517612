package org.equisphere.interchange;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.ReplacedFile;
import org.equisphere.train.RunLog;

/**
 * The safetensors format: uint64 header length, a JSON header {@code {name: {dtype, shape, data_offsets}, "__metadata__": {text: text}}}, then the
 * data, little-endian and row-major, without gaps or overlaps (the README of huggingface/safetensors).
 */
final class Safetensors {

    private static final long LONGEST_HEADER = 100_000_000;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
    private static final int LARGEST_RANK = 16;
    private static final String METADATA = "__metadata__";

    private Safetensors() {
    }

    /** One entry of the header: data from {@code begin} up to {@code end}. */
    private record Entry(String name, ElementType type, int[] shape, long begin, long end) {
    }

    static TensorArchive read(Path file) throws IOException {
        long size = Files.size(file);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            long length = size < 8 ? -1 : take(in, 8, file, "header length").getLong(0);
            if (length < 2 || length > Math.min(LONGEST_HEADER, size - 8)) {
                throw DataFormatException.of(file, "header length", length, "2.." + Math.min(LONGEST_HEADER, Math.max(0, size - 8))
                        + ": no safetensors file, nor another kind of file with tensors");
            }
            Map<String, String> metadata = new TreeMap<>();
            List<Entry> entries = header(file, text(file, take(in, (int) length, file, "header")), metadata);
            requireWithoutGaps(file, entries, size - 8 - length);
            List<NamedTensor> tensors = new ArrayList<>();
            for (Entry entry : entries) {
                ByteBuffer data = take(in, (int) (entry.end - entry.begin), file, entry.name);
                if (entry.type.floating()) {
                    float[] values = new float[data.capacity() / entry.type.bytes];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = entry.type.get(data, i);
                    }
                    tensors.add(new NamedTensor(entry.name, entry.shape, values));
                }
            }
            return new TensorArchive(tensors, metadata);
        }
    }

    /** The array grows as bytes arrive. */
    private static ByteBuffer take(InputStream in, int length, Path file, String field) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw DataFormatException.of(file, field, bytes.length + " bytes long", length + " bytes: the file ends too early");
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String text(Path file, ByteBuffer utf8) throws DataFormatException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new DataFormatException(file + ": header is not UTF-8", e);
        }
    }

    private static List<Entry> header(Path file, String text, Map<String, String> metadata) throws DataFormatException {
        JsonText json = new JsonText(file, text);
        List<Entry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        json.expect('{');
        if (!json.take('}')) {
            do {
                String name = json.string();
                if (!names.add(name)) {
                    throw DataFormatException.of(file, "name", '"' + name + "\" used twice", "names that differ");
                }
                json.expect(':');
                json.expect('{');
                if (name.equals(METADATA)) {
                    texts(json, metadata);
                } else {
                    entries.add(entry(file, json, name));
                }
            } while (json.another('}'));
        }
        json.expectEnd();
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        return entries;
    }

    private static void texts(JsonText json, Map<String, String> metadata) throws DataFormatException {
        if (json.take('}')) {
            return;
        }
        do {
            String key = json.string();
            json.expect(':');
            if (metadata.put(key, json.string()) != null) {
                throw json.wrong("keys that differ");
            }
        } while (json.another('}'));
    }

    private static Entry entry(Path file, JsonText json, String name) throws DataFormatException {
        String dtype = null;
        long[] shape = null;
        long[] offsets = null;
        do {
            String field = json.string();
            json.expect(':');
            switch (field) {
                case "dtype" -> dtype = json.string();
                case "shape" -> shape = numbers(json);
                case "data_offsets" -> offsets = numbers(json);
                default -> throw DataFormatException.of(file, "field of " + name, '"' + field + '"', "dtype, shape and data_offsets");
            }
        } while (json.another('}'));
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw DataFormatException.of(file, "entry " + name, "incomplete", "dtype, shape and two data_offsets");
        }
        return checked(file, name, dtype, shape, offsets);
    }

    private static long[] numbers(JsonText json) throws DataFormatException {
        long[] values = new long[LARGEST_RANK];
        int count = 0;
        json.expect('[');
        if (!json.take(']')) {
            do {
                if (count == LARGEST_RANK) {
                    throw json.wrong("at most " + LARGEST_RANK + " numbers");
                }
                values[count++] = json.number();
            } while (json.another(']'));
        }
        return Arrays.copyOf(values, count);
    }

    private static Entry checked(Path file, String name, String dtype, long[] shape, long[] offsets) throws DataFormatException {
        ElementType type = Arrays.stream(ElementType.values()).filter(t -> t.name().equals(dtype)).findFirst()
                .orElseThrow(() -> DataFormatException.of(file, "dtype of " + name, '"' + dtype + '"',
                        "one of " + Arrays.toString(ElementType.values())));
        int[] extents = new int[shape.length];
        long bytes = type.bytes;
        for (int k = 0; k < shape.length; k++) {
            if (shape[k] > LARGEST_ARRAY || bytes > 0 && shape[k] > LARGEST_ARRAY / bytes) {
                throw DataFormatException.of(file, "shape of " + name, Arrays.toString(shape), "at most " + LARGEST_ARRAY + " bytes of " + dtype);
            }
            extents[k] = (int) shape[k];
            bytes *= shape[k];
        }
        if (offsets[1] - offsets[0] != bytes) {
            throw DataFormatException.of(file, "data_offsets of " + name, Arrays.toString(offsets),
                    bytes + " bytes for " + dtype + Arrays.toString(shape));
        }
        return new Entry(name, type, extents, offsets[0], offsets[1]);
    }

    private static void requireWithoutGaps(Path file, List<Entry> entries, long dataSize) throws DataFormatException {
        long end = 0;
        for (Entry entry : entries) {
            if (entry.begin != end) {
                throw DataFormatException.of(file, "data of " + entry.name + " begins", "at " + entry.begin, end + ", where the tensor before ends");
            }
            end = entry.end;
        }
        if (end != dataSize) {
            throw DataFormatException.of(file, "data", dataSize + " bytes long", end + " bytes, as the header says");
        }
    }

    static void write(TensorArchive archive, Path file) throws IOException {
        StringBuilder header = new StringBuilder("{");
        if (!archive.metadata().isEmpty()) {
            List<String> texts = new ArrayList<>();
            new TreeMap<>(archive.metadata()).forEach((key, value) -> texts.add(RunLog.quoted(key) + ":" + RunLog.quoted(value)));
            header.append('"').append(METADATA).append("\":{").append(String.join(",", texts)).append("}");
        }
        long at = 0;
        for (NamedTensor tensor : archive.tensors()) {
            long end = at + 4L * tensor.values().length;
            header.append(header.length() > 1 ? "," : "").append(RunLog.quoted(tensor.name())).append(":{\"dtype\":\"F32\",\"shape\":")
                    .append(Arrays.toString(tensor.shape()).replace(" ", "")).append(",\"data_offsets\":[")
                    .append(at).append(',').append(end).append("]}");
            at = end;
        }
        byte[] text = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        int padded = (text.length + 7) / 8 * 8;
        ByteBuffer start = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(text);
        while (start.hasRemaining()) {
            start.put((byte) ' ');
        }
        ReplacedFile.write(file, out -> {
            out.write(start.array());
            for (NamedTensor tensor : archive.tensors()) {
                out.write(littleEndian(tensor.values()));
            }
        });
    }

    /** The values' bytes. */
    static byte[] littleEndian(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(4, values.length)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}

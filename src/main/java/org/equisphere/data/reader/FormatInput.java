package org.equisphere.data.reader;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.equisphere.data.DataFormatException;

/**
 * Reads a data file field by field and keeps count of the position, so that every error names file, field and offset. A length found in the
 * file is never trusted: arrays grow as bytes arrive, so a lying header cannot claim memory.
 */
final class FormatInput implements Closeable {
    private static final int CHUNK = 1 << 20;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final String name;
    private final InputStream in;
    private long position;

    /**
     * @param name what messages call this input
     * @param in   closed with this
     */
    FormatInput(String name, InputStream in) {
        this.name = name;
        this.in = in;
    }

    /** Opens a file; one whose name ends in .gz or .tgz is decompressed on the way. */
    static FormatInput open(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString(), null, Files.exists(file) ? "is not a file" : "no such file");
        }
        InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        String name = file.toString();
        if (!name.endsWith(".gz") && !name.endsWith(".tgz")) {
            return new FormatInput(name, raw);
        }
        try {
            return new FormatInput(name, new BufferedInputStream(new GZIPInputStream(raw, 1 << 16), 1 << 16));
        } catch (ZipException | EOFException e) {
            raw.close();
            throw new DataFormatException(name + ": not a gzip file: " + e.getMessage(), e);
        }
    }

    String name() {
        return name;
    }

    /** Bytes read so far, counted after decompression. */
    long position() {
        return position;
    }

    /** "{@code file: field at offset n is value, expected expected}". */
    DataFormatException error(String field, long offset, Object value, String expected) {
        return DataFormatException.of(name, field + " at offset " + offset, value, expected);
    }

    /** Reads up to {@code length} bytes; fewer only at the end of the input. */
    int readUpTo(byte[] out, int at, int length) throws IOException {
        try {
            int n = in.readNBytes(out, at, length);
            position += n;
            return n;
        } catch (EOFException | ZipException e) {
            throw new DataFormatException(name + ": compressed data is damaged or ends early after offset " + position + ": "
                    + e.getMessage(), e);
        }
    }

    /** Reads exactly {@code length} bytes of the field named. */
    void read(byte[] out, int at, int length, String field) throws IOException {
        long offset = position;
        int n = readUpTo(out, at, length);
        if (n < length) {
            throw error(field, offset, n + " bytes long", length + " bytes: the file ends too early");
        }
    }

    /** Reads a field of a length the file itself gave. */
    byte[] array(long length, String field) throws IOException {
        long offset = position;
        if (length < 0 || length > LARGEST_ARRAY) {
            throw error("length of " + field, offset, length, "0.." + LARGEST_ARRAY);
        }
        byte[] bytes = new byte[(int) Math.min(length, CHUNK)];
        int filled = 0;
        while (true) {
            int n = readUpTo(bytes, filled, bytes.length - filled);
            filled += n;
            if (filled == length) {
                return bytes;
            }
            if (filled < bytes.length) {
                throw error(field, offset, filled + " bytes long", length + " bytes: the file ends too early");
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * bytes.length));
        }
    }

    /** The lines of a UTF-8 text, without the byte order mark it may begin with. */
    static List<String> lines(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw DataFormatException.of(file, "content", "a folder", "a text");
        }
        try {
            List<String> lines = new ArrayList<>(Files.readAllLines(file, StandardCharsets.UTF_8));
            if (!lines.isEmpty() && lines.get(0).startsWith("\uFEFF")) {
                lines.set(0, lines.get(0).substring(1));
            }
            return lines;
        } catch (CharacterCodingException e) {
            throw new DataFormatException(file + ": holds bytes that are not UTF-8, expected a text", e);
        }
    }

    /** Passes over {@code length} bytes. */
    void skip(long length, String field) throws IOException {
        if (length < 0) {
            throw error(field, position, length + " bytes long", "0 or more: what came before is longer than declared");
        }
        byte[] sink = new byte[(int) Math.min(length, 1 << 16)];
        for (long left = length; left > 0; ) {
            int n = (int) Math.min(left, sink.length);
            read(sink, 0, n, field);
            left -= n;
        }
    }

    /** Reads to the end, for the sake of a compressed file's checksum. */
    void drain() throws IOException {
        byte[] sink = new byte[1 << 16];
        while (readUpTo(sink, 0, sink.length) > 0) {
            continue;
        }
    }

    int int32BigEndian(String field) throws IOException {
        byte[] b = new byte[4];
        read(b, 0, 4, field);
        return (b[0] & 0xFF) << 24 | (b[1] & 0xFF) << 16 | (b[2] & 0xFF) << 8 | b[3] & 0xFF;
    }

    int int32LittleEndian(String field) throws IOException {
        return Integer.reverseBytes(int32BigEndian(field));
    }

    /** Refuses bytes after the last field. */
    void expectEnd() throws IOException {
        long offset = position;
        byte[] b = new byte[1];
        if (readUpTo(b, 0, 1) != 0) {
            throw error("data", offset, "longer than declared", "the end of the file");
        }
    }

    /**
     * The next {@code length} bytes, decompressed from zlib's format. Read it to its end before going on here.
     *
     * @param what what messages call the content, after this input's name
     */
    FormatInput inflate(long length, String what) {
        InputStream compressed = new InputStream() {
            private long left = length;

            @Override
            public int read() throws IOException {
                byte[] b = new byte[1];
                return read(b, 0, 1) < 0 ? -1 : b[0] & 0xFF;
            }

            @Override
            public int read(byte[] out, int at, int count) throws IOException {
                int n = left == 0 ? 0 : readUpTo(out, at, (int) Math.min(left, count));
                left -= n;
                return n == 0 && count > 0 ? -1 : n;
            }
        };
        return new FormatInput(name + ", " + what, new InflaterInputStream(compressed, new Inflater(), 1 << 16));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}

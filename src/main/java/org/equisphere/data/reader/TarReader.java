package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the members of a tar archive one after the other (POSIX.1-1988 ustar, and GNU long names and base-256 sizes; extended pax headers are
 * passed over). Header checksums are checked. Between two calls of {@link #next} up to {@link #size} bytes of {@link #content} may be read.
 */
final class TarReader {
    private static final int BLOCK = 512;

    private final FormatInput in;
    private final byte[] header = new byte[BLOCK];
    private String name;
    private long size;
    private long nextHeader;

    /** @param in an archive, already decompressed; stays the caller's to close */
    TarReader(FormatInput in) {
        this.in = in;
    }

    /** Moves to the next regular file. Returns false at the end of the archive. */
    boolean next() throws IOException {
        String longName = null;
        while (readHeader()) {
            char type = (char) (header[156] & 0xFF);
            if (type == 'L') {
                longName = text(in.array(size, "GNU long name"), 0, (int) size);
            } else if (type == '0' || type == 0) {
                name = longName != null ? longName : headerName();
                return true;
            } else if (type != 'x' && type != 'g') {
                longName = null;
            }
        }
        return false;
    }

    /** Path of the current member. */
    String name() {
        return name;
    }

    /** Bytes of the current member. */
    long size() {
        return size;
    }

    /** The archive, positioned inside the current member. */
    FormatInput content() {
        return in;
    }

    /** Reads the header after the current member. Returns false at the block of zeros, or the end of file, that ends an archive. */
    private boolean readHeader() throws IOException {
        in.skip(nextHeader - in.position(), "tar member " + name);
        long offset = in.position();
        int n = in.readUpTo(header, 0, BLOCK);
        if (n == 0 || n == BLOCK && isZero()) {
            // A compressed archive's checksum is only compared at the very end.
            in.drain();
            return false;
        }
        if (n < BLOCK) {
            throw in.error("tar header", offset, n + " bytes long", BLOCK + " bytes");
        }
        checkSum(offset);
        size = number(124, 12, offset);
        if (size < 0 || size > Long.MAX_VALUE / 2) {
            throw in.error("tar member size", offset + 124, size, "0 or more");
        }
        nextHeader = offset + BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
        return true;
    }

    private boolean isZero() {
        for (byte b : header) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    /** The sum of all header bytes, the checksum's own eight taken as spaces. */
    private void checkSum(long offset) throws IOException {
        int sum = 0;
        for (int k = 0; k < BLOCK; k++) {
            sum += k >= 148 && k < 156 ? ' ' : header[k] & 0xFF;
        }
        long stored = number(148, 8, offset);
        if (stored != sum) {
            throw in.error("tar header checksum", offset + 148, stored, sum + ": not a tar archive, or damaged");
        }
    }

    /** An octal field, or a base-256 one marked by its highest bit. */
    private long number(int at, int length, long offset) throws IOException {
        long value = 0;
        if ((header[at] & 0x80) != 0) {
            for (int k = 1; k < length; k++) {
                value = value << 8 | header[at + k] & 0xFF;
            }
            return value;
        }
        String digits = text(header, at, length).trim();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw in.error("tar header number", offset + at, '"' + digits + '"', "octal digits: not a tar archive, or damaged");
        }
    }

    private String headerName() {
        String prefix = text(header, 257, 5).equals("ustar") ? text(header, 345, 155) : "";
        String last = text(header, 0, 100);
        return prefix.isEmpty() ? last : prefix + "/" + last;
    }

    /** The bytes up to the first zero. */
    private static String text(byte[] bytes, int at, int length) {
        int end = at;
        while (end < at + length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, at, end - at, StandardCharsets.UTF_8);
    }
}

package org.equisphere.data.reader;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Makes small files in the formats the readers know, sound ones that a test then damages. */
public final class FileForge {
    static final int CIFAR_IMAGE = 3072;

    private FileForge() {}

    /** Records of CIFAR: label bytes, then planes; the byte of record r, plane p, pixel q is r + 7p + q modulo 256. */
    static byte[] cifar(int[][] labelBytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int r = 0; r < labelBytes.length; r++) {
            for (int label : labelBytes[r]) {
                out.write(label);
            }
            for (int k = 0; k < CIFAR_IMAGE; k++) {
                out.write(r + 7 * (k / 1024) + k % 1024);
            }
        }
        return out.toByteArray();
    }

    static byte[] lines(String prefix, int count) {
        StringBuilder text = new StringBuilder();
        for (int c = 0; c < count; c++) {
            text.append(prefix).append(c).append('\n');
        }
        return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    /** A ustar archive of name, content pairs. */
    static byte[] tar(Object... namesAndContents) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int k = 0; k < namesAndContents.length; k += 2) {
            String name = (String) namesAndContents[k];
            byte[] content = (byte[]) namesAndContents[k + 1];
            out.write(tarHeader(name, content.length, name.endsWith("/") ? '5' : '0'));
            out.write(content);
            out.write(new byte[(512 - content.length % 512) % 512]);
        }
        out.write(new byte[1024]);
        return out.toByteArray();
    }

    static byte[] tarHeader(String name, long size, char type) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 124, String.format("%011o", size));
        put(header, 257, "ustar\00000");
        header[156] = (byte) type;
        int sum = 8 * ' ';
        for (byte b : header) {
            sum += b & 0xFF;
        }
        put(header, 148, String.format("%06o\0 ", sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    /** IDX images; pixel k is k modulo 251. */
    static byte[] idxImages(int magic, int count, int height, int width) {
        ByteBuffer out = ByteBuffer.allocate(16 + count * height * width).putInt(magic).putInt(count).putInt(height).putInt(width);
        for (int k = 0; out.hasRemaining(); k++) {
            out.put((byte) (k % 251));
        }
        return out.array();
    }

    static byte[] idxLabels(int... labels) {
        ByteBuffer out = ByteBuffer.allocate(8 + labels.length).putInt(0x801).putInt(labels.length);
        for (int label : labels) {
            out.put((byte) label);
        }
        return out.array();
    }

    /** A .npy file with the header text given, padded as NumPy pads it. */
    public static byte[] npy(int major, String dictionary, byte[] data) {
        int lengthBytes = major == 1 ? 2 : 4;
        int total = (8 + lengthBytes + dictionary.length() + 1 + 63) / 64 * 64;
        ByteBuffer out = ByteBuffer.allocate(total + data.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) major, 0});
        if (major == 1) {
            out.putShort((short) (total - 10));
        } else {
            out.putInt(total - 12);
        }
        out.put(dictionary.getBytes(StandardCharsets.ISO_8859_1));
        while (out.position() < total - 1) {
            out.put((byte) ' ');
        }
        return out.put((byte) '\n').put(data).array();
    }

    public static Path write(Path folder, String name, byte[] content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }
}

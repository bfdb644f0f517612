package org.equisphere.data.reader;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.RgbImage;

/**
 * Reads PNG and JPEG files as three channels of 8 bits. Grey is repeated in each channel, a palette is looked up, alpha and colour profiles are left
 * out, 16 bits are cut to their upper 8; CMYK JPEG and files that end early are refused. The content decides the format, not the file's name.
 */
public final class ImageDecoder {
    private static final long MOST_PIXELS = 1L << 28;
    /** Heap that decoding a pixel may take in all: samples as decoded, as integers of a row, and as three bytes. */
    private static final long HEAP_PER_PIXEL = 32;
    /** Deflate makes at most 1032 bytes of one. */
    private static final long LARGEST_EXPANSION = 1032;
    private static final int IHDR = 0x49484452;
    private static final int IDAT = 0x49444154;
    private static final int IEND = 0x49454E44;
    private static final int TEM = 0x01;
    private static final int RST0 = 0xD0;
    private static final int RST7 = 0xD7;
    private static final int SOI = 0xD8;
    private static final int EOI = 0xD9;
    private static final int SOS = 0xDA;
    private static final int APP2 = 0xE2;
    private static final byte[] ICC_PROFILE = "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII);

    private ImageDecoder() {}

    /**
     * Reads a file.
     *
     * @throws DataFormatException when the file is no PNG or JPEG of a supported kind, or is damaged
     */
    public static RgbImage read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw DataFormatException.of(file, "content", "a folder", "a PNG or JPEG image");
        }
        return decode(file.toString(), Files.readAllBytes(file));
    }

    /**
     * As {@link #read(Path)}, resized and cropped.
     *
     * @return [crop, crop, 3], unsigned bytes
     */
    public static byte[] read(Path file, ImageSize size) throws IOException {
        return read(file).fit(size.resize(), size.resize(), size.crop(), size.crop()).rgb();
    }

    /** @param name what messages call the image */
    static RgbImage decode(String name, byte[] file) throws DataFormatException {
        String format = format(name, file);
        ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
        List<String> warnings = new ArrayList<>();
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        try {
            byte[] content = format.equals("JPEG") ? withoutProfile(file) : file;
            reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(content)), true, true);
            long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
            long most = Math.min(MOST_PIXELS, Runtime.getRuntime().maxMemory() / HEAP_PER_PIXEL);
            if (pixels > most) {
                throw DataFormatException.of(name, format + " size", reader.getWidth(0) + "x" + reader.getHeight(0),
                        "at most " + most + " pixels in this heap");
            }
            RgbImage image = RgbImage.of(reader.read(0));
            refuseDamage(name, format, warnings);
            return image;
        } catch (DataFormatException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            String why = e instanceof IIOException && e.getCause() != null ? e.getMessage() + ": " + e.getCause().getMessage() : e.getMessage();
            throw new DataFormatException(name + ": damaged " + format + ": " + why, e);
        } finally {
            reader.dispose();
        }
    }

    private static String format(String name, byte[] file) throws DataFormatException {
        if (file.length >= 8 && file[0] == (byte) 0x89 && file[1] == 'P' && file[2] == 'N' && file[3] == 'G') {
            checkPng(name, file);
            return "PNG";
        }
        if (file.length >= 4 && file[0] == (byte) 0xFF && file[1] == (byte) 0xD8) {
            int components = jpegComponents(file);
            if (components == 4) {
                throw DataFormatException.of(name, "number of JPEG components", "4 (CMYK)", "3 (colour) or 1 (grey): convert it to RGB");
            }
            return "JPEG";
        }
        throw DataFormatException.of(name, "content", file.length == 0 ? "empty" : "of another format", "a PNG or JPEG image");
    }

    /** Every chunk whole, with its checksum, up to IEND: the decoder reads neither checksums nor what follows the last pixel. */
    private static void checkPng(String name, byte[] file) throws DataFormatException {
        ByteBuffer png = ByteBuffer.wrap(file);
        long width = 0;
        long height = 0;
        long compressed = 0;
        for (int at = 8; ; ) {
            if (file.length - at < 12 || png.getInt(at) < 0 || png.getInt(at) > file.length - at - 12) {
                throw DataFormatException.of(name, "PNG chunk at offset " + at, (file.length - at) + " bytes long",
                        "a whole chunk: the file ends too early or is damaged");
            }
            int length = png.getInt(at);
            CRC32 crc = new CRC32();
            crc.update(file, at + 4, length + 4);
            int stored = png.getInt(at + 8 + length);
            if (stored != (int) crc.getValue()) {
                throw DataFormatException.of(name, "checksum of the PNG chunk at offset " + at, Integer.toHexString(stored),
                        Integer.toHexString((int) crc.getValue()) + ": the file is damaged");
            }
            int type = png.getInt(at + 4);
            if (type == IHDR && length >= 13) {
                width = png.getInt(at + 8) & 0x7FFFFFFFL;
                height = png.getInt(at + 12) & 0x7FFFFFFFL;
            } else if (type == IDAT) {
                compressed += length;
            } else if (type == IEND) {
                // one bit a pixel at least
                if (width * height / 8 > compressed * LARGEST_EXPANSION) {
                    throw DataFormatException.of(name, "PNG size", width + "x" + height, "no more than " + compressed + " bytes of pixels can hold");
                }
                return;
            }
            at += 12 + length;
        }
    }

    /** The number of components in the start-of-frame segment; 0 where there is none. */
    private static int jpegComponents(byte[] file) {
        for (int at = 2; at + 9 < file.length && file[at] == (byte) 0xFF; ) {
            int marker = file[at + 1] & 0xFF;
            // SOF0..SOF15, among which C4, C8 and CC mean other things.
            if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
                return file[at + 9] & 0xFF;
            }
            boolean fill = marker == 0xFF;
            at += fill ? 1 : 2 + ((file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF);
        }
        return 0;
    }

    /** The decoder would convert the samples of a JPEG through its profile. What follows the first damage stays, for the decoder to refuse. */
    private static byte[] withoutProfile(byte[] file) {
        ByteArrayOutputStream kept = new ByteArrayOutputStream(file.length);
        int from = 0;
        for (int at = 2; at + 4 <= file.length && file[at] == (byte) 0xFF; ) {
            int marker = file[at + 1] & 0xFF;
            if (marker == 0xFF) {
                at++;
            } else if (marker == TEM || marker >= RST0 && marker <= RST7) {
                at += 2;
            } else if (marker == 0 || marker == SOI || marker == EOI || marker == SOS) {
                break;
            } else {
                int length = (file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF;
                int next = at + 2 + length;
                if (length < 2 || next > file.length) {
                    break;
                }
                if (marker == APP2 && startsWith(file, at + 4, next, ICC_PROFILE)) {
                    kept.write(file, from, at - from);
                    from = next;
                }
                at = next;
            }
        }
        kept.write(file, from, file.length - from);
        return kept.toByteArray();
    }

    private static boolean startsWith(byte[] file, int from, int to, byte[] start) {
        return to - from >= start.length && Arrays.equals(file, from, from + start.length, start, 0, start.length);
    }

    /** The JPEG decoder fills what is missing with grey and only warns. */
    private static void refuseDamage(String name, String format, List<String> warnings) throws DataFormatException {
        for (String warning : warnings) {
            if (warning.contains("Truncated File") || warning.contains("Corrupt JPEG data")) {
                throw new DataFormatException(name + ": damaged " + format + ": " + warning);
            }
        }
    }
}

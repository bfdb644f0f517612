package org.equisphere.data.reader;

import static org.equisphere.data.Refusals.refuses;
import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.equisphere.data.NpyFile;
import org.equisphere.data.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against Pillow's reading of the same files. */
class ImageDecoderTest {
    private static final Path GOLDEN = Path.of("testdata", "data");

    private static byte[] file(String name) throws IOException {
        return Files.readAllBytes(GOLDEN.resolve("images").resolve(name));
    }

    private static RgbImage decode(String name) throws IOException {
        return ImageDecoder.decode(name, file(name));
    }

    private static int[] unsigned(byte[] bytes) {
        int[] values = new int[bytes.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = bytes[k] & 0xFF;
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(strings = {"rgb", "grey", "palette", "bilevel", "alpha", "greyalpha", "grey16"})
    void pngOfEveryKindIsExact(String kind) throws IOException {
        RgbImage image = decode(kind + ".png");
        assertEquals(19, image.height());
        assertEquals(26, image.width());
        assertArrayEquals(NpyFile.read(GOLDEN.resolve("images/" + kind + ".npy")).ints(), unsigned(image.rgb()));
    }

    /** Two decoders of one standard may round differently, here by a few levels at most. */
    @ParameterizedTest
    @ValueSource(strings = {"rgbjpeg", "progressive", "greyjpeg"})
    void jpegIsCloseEverywhere(String kind) throws IOException {
        int[] expected = NpyFile.read(GOLDEN.resolve("images/" + kind + ".npy")).ints();
        int[] found = unsigned(decode(kind + ".jpg").rgb());
        assertEquals(expected.length, found.length);
        double sum = 0;
        for (int k = 0; k < found.length; k++) {
            int difference = Math.abs(expected[k] - found[k]);
            assertTrue(difference <= 4, "differs by " + difference);
            sum += difference;
        }
        assertTrue(sum / found.length <= 0.5);
    }

    @Test
    void readsAFileToTheSizeOfADataSet() throws IOException {
        assertArrayEquals(decode("rgb.png").fit(10, 10, 8, 8).rgb(), ImageDecoder.read(GOLDEN.resolve("images/rgb.png"), new ImageSize(8, 10)));
    }

    /** A JPEG with a profile in front of the segment at an offset, in chunks of at most {@code most} bytes. */
    private static byte[] withProfile(byte[] jpeg, int at, byte[] profile, int most) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, at);
        int chunks = (profile.length + most - 1) / most;
        for (int k = 0; k < chunks; k++) {
            int length = Math.min(most, profile.length - k * most);
            out.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xE2, (byte) (length + 16 >> 8), (byte) (length + 16)});
            out.writeBytes("ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(new byte[] {(byte) (k + 1), (byte) chunks});
            out.write(profile, k * most, length);
        }
        out.write(jpeg, at, jpeg.length - at);
        return out.toByteArray();
    }

    private static byte[] profile(int space) {
        return ICC_Profile.getInstance(space).getData();
    }

    /** Where the segment of a marker begins. */
    private static int segment(byte[] jpeg, int marker) {
        int at = 2;
        while ((jpeg[at + 1] & 0xFF) != marker) {
            at += 2 + (ByteBuffer.wrap(jpeg).getShort(at + 2) & 0xFFFF);
        }
        return at;
    }

    /** Samples are taken as stored, whatever colours a profile makes of them. */
    @ParameterizedTest
    @ValueSource(strings = {"rgbjpeg", "progressive", "greyjpeg"})
    void aProfileChangesNoJpeg(String kind) throws IOException {
        byte[] jpeg = file(kind + ".jpg");
        byte[] profile = profile(kind.equals("greyjpeg") ? ColorSpace.CS_GRAY : ColorSpace.CS_LINEAR_RGB);
        byte[] expected = decode(kind + ".jpg").rgb();
        for (int marker : new int[] {0xDB, 0xDA}) {
            for (int most : new int[] {profile.length, 100}) {
                byte[] profiled = withProfile(jpeg, segment(jpeg, marker), profile, most);
                assertArrayEquals(expected, ImageDecoder.decode("profiled", profiled).rgb());
            }
        }
    }

    @Test
    void aLargeProfileOfSeveralSegmentsChangesNoJpeg() throws IOException {
        byte[] jpeg = file("rgbjpeg.jpg");
        byte[] profile = profile(ColorSpace.CS_LINEAR_RGB);
        byte[] large = Arrays.copyOf(profile, 150_000);
        ByteBuffer.wrap(large).putInt(0, large.length);
        assertArrayEquals(decode("rgbjpeg.jpg").rgb(), ImageDecoder.decode("large", withProfile(jpeg, segment(jpeg, 0xDB), large, 65519)).rgb());
    }

    @Test
    void refusesDamageAroundAProfile() throws IOException {
        byte[] jpeg = file("rgbjpeg.jpg");
        byte[] profiled = withProfile(jpeg, segment(jpeg, 0xDB), profile(ColorSpace.CS_LINEAR_RGB), 300);
        for (int length = 0; length < profiled.length; length++) {
            byte[] cut = Arrays.copyOf(profiled, length);
            refuses(() -> ImageDecoder.decode("cut", cut), "cut");
        }
        int at = segment(profiled, 0xE2);
        byte[] stray = new byte[profiled.length + 1];
        System.arraycopy(profiled, 0, stray, 0, at);
        System.arraycopy(profiled, at, stray, at + 1, profiled.length - at);
        refuses(() -> ImageDecoder.decode("stray", stray), "stray: damaged JPEG: Corrupt JPEG data");
        for (int bit = 0; bit < 16; bit++) {
            byte[] flipped = profiled.clone();
            flipped[at + 2 + bit / 8] ^= 1 << bit % 8;
            refuses(() -> ImageDecoder.decode("length", flipped), "length: damaged JPEG");
        }
        byte[] cmyk = file("cmyk.jpg");
        refuses(() -> ImageDecoder.decode("cmyk", withProfile(cmyk, segment(cmyk, 0xDB), profile(ColorSpace.CS_LINEAR_RGB), 300)), "CMYK");
    }

    @Test
    void refusesCmykByName() {
        refuses(() -> decode("cmyk.jpg"), "cmyk.jpg", "CMYK");
    }

    /** A file cut anywhere in its data is refused, also where the decoder would fill in grey and go on. */
    @Test
    void refusesFilesThatEndEarly() throws IOException {
        for (String name : new String[] {"rgb.png", "rgbjpeg.jpg", "progressive.jpg", "palette.png"}) {
            byte[] whole = file(name);
            for (int length = 0; length < whole.length; length++) {
                byte[] cut = Arrays.copyOf(whole, length);
                refuses(() -> ImageDecoder.decode("cut", cut), "cut");
            }
        }
    }

    /** A flipped bit anywhere in a PNG is noticed. */
    @Test
    void refusesAFlippedBit() throws IOException {
        for (int at = 0; at < file("rgb.png").length; at++) {
            byte[] flipped = file("rgb.png");
            flipped[at] ^= 1 << at % 8;
            refuses(() -> ImageDecoder.decode("flipped", flipped), "flipped");
        }
    }

    @Test
    void refusesOtherContent() {
        refuses(() -> ImageDecoder.decode("x.png", "GIF89a and so on".getBytes()), "x.png", "another format", "PNG or JPEG");
        refuses(() -> ImageDecoder.decode("x.png", new byte[0]), "empty");
    }

    @Test
    void refusesAHostileSize() throws IOException {
        byte[] png = file("rgb.png");
        ByteBuffer.wrap(png).putInt(16, 1 << 30).putInt(20, 1 << 30);
        CRC32 crc = new CRC32();
        crc.update(png, 12, 17);
        ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
        refuses(() -> ImageDecoder.decode("huge.png", png), "huge.png", "1073741824x1073741824");
    }

    @Test
    void refusesImpossibleSizes() {
        refusesArgument(() -> new ImageSize(0, 4), "0/4");
        refusesArgument(() -> new ImageSize(8, 4), "8/4");
        refusesArgument(() -> ImageSize.parse("8/"), "8/");
        assertEquals(new ImageSize(224, 256), ImageSize.parse("224/256"));
    }
}

package org.equisphere.data.reader;

import static org.equisphere.data.Refusals.refuses;
import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
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

package org.equisphere.data;

import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Resizing against Pillow's of the same image, and every kind of picture in memory. */
class RgbImageTest {
    private static final Path GOLDEN = Path.of("testdata", "data");

    private static RgbImage golden() throws IOException {
        return RgbImage.of(ImageIO.read(GOLDEN.resolve("images/rgb.png").toFile()));
    }

    private static int[] unsigned(byte[] bytes) {
        int[] values = new int[bytes.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = bytes[k] & 0xFF;
        }
        return values;
    }

    private static RgbImage random(int height, int width, long seed) {
        byte[] rgb = new byte[height * width * 3];
        new SplittableRandom(seed).nextBytes(rgb);
        return new RgbImage(height, width, rgb);
    }

    /** The part of an image from (top, left) on. */
    private static byte[] cut(RgbImage image, int top, int left, int height, int width) {
        byte[] out = new byte[height * width * 3];
        for (int y = 0; y < height; y++) {
            System.arraycopy(image.rgb(), ((top + y) * image.width() + left) * 3, out, y * width * 3, width * 3);
        }
        return out;
    }

    @ParameterizedTest
    @CsvSource({"7,26", "19,11", "40,33", "5,3", "18,27", "19,26"})
    void resizeIsPillowsByteForByte(int height, int width) throws IOException {
        int[] expected = height == 19 && width == 26 ? unsigned(golden().rgb())
                : NpyFile.read(GOLDEN.resolve("resize_" + height + "x" + width + ".npy")).ints();
        assertArrayEquals(expected, unsigned(golden().resized(height, width, 0, 0, height, width).rgb()));
    }

    /** 19x26 with the shorter side made 10 becomes 10x13; the middle 8x8 begins at row 1, column round(2.5) = 2. */
    @Test
    void fitResizesTheShorterSideAndCutsTheMiddle() throws IOException {
        RgbImage small = golden().resized(10, 13, 0, 0, 10, 13);
        assertArrayEquals(cut(small, 1, 2, 8, 8), golden().fit(10, 10, 8, 8).rgb());
    }

    /** 20x30 covers 10x12 when resized to 10x15, 30x20 when resized to 18x12. */
    @Test
    void fitCoversARectangle() {
        RgbImage wide = random(20, 30, 1);
        assertArrayEquals(cut(wide.resized(10, 15, 0, 0, 10, 15), 0, 2, 10, 12), wide.fit(10, 12, 10, 12).rgb());
        RgbImage tall = random(30, 20, 2);
        assertArrayEquals(cut(tall.resized(18, 12, 0, 0, 18, 12), 4, 0, 10, 12), tall.fit(10, 12, 10, 12).rgb());
    }

    @Test
    void aPartIsThatOfTheWholeResizedImage() {
        SplittableRandom random = new SplittableRandom(3);
        for (int trial = 0; trial < 200; trial++) {
            RgbImage image = random(1 + random.nextInt(40), 1 + random.nextInt(40), trial);
            int height = 1 + random.nextInt(60);
            int width = 1 + random.nextInt(60);
            int top = random.nextInt(height);
            int left = random.nextInt(width);
            int rows = 1 + random.nextInt(height - top);
            int columns = 1 + random.nextInt(width - left);
            byte[] whole = cut(image.resized(height, width, 0, 0, height, width), top, left, rows, columns);
            assertArrayEquals(whole, image.resized(height, width, top, left, rows, columns).rgb(), "trial " + trial);
        }
    }

    /** Resized whole, these would have more bytes than an array can; the middle looks at two or three of their pixels. */
    @ParameterizedTest
    @ValueSource(ints = {200_000, 3_000_000})
    void anElongatedImageIsFittedFromItsMiddle(int length) {
        RgbImage whole = random(1, length, 4);
        RgbImage middle = new RgbImage(1, 1000, cut(whole, 0, length / 2 - 500, 1, 1000));
        assertArrayEquals(middle.fit(64, 64, 64, 64).rgb(), whole.fit(64, 64, 64, 64).rgb());
        RgbImage upright = new RgbImage(length, 1, whole.rgb());
        assertArrayEquals(new RgbImage(1000, 1, middle.rgb()).fit(64, 64, 56, 56).rgb(), upright.fit(64, 64, 56, 56).rgb());
    }

    @Test
    void greyIsPillowsLuma() throws IOException {
        int[] expected = NpyFile.read(GOLDEN.resolve("images/grey.npy")).ints();
        byte[] grey = golden().grey();
        for (int k = 0; k < grey.length; k++) {
            assertEquals(expected[3 * k], grey[k] & 0xFF);
        }
    }

    /** All 256 levels, written into the raster: BufferedImage's own colour conversion has no part in it. */
    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
    void greyLevelsAreTakenAsStored(int type) {
        BufferedImage image = new BufferedImage(256, 1, type);
        for (int x = 0; x < 256; x++) {
            image.getRaster().setSample(x, 0, 0, type == BufferedImage.TYPE_BYTE_GRAY ? x : x << 8 | 77);
        }
        int[] rgb = unsigned(RgbImage.of(image).rgb());
        for (int k = 0; k < rgb.length; k++) {
            assertEquals(k / 3, rgb[k]);
        }
    }

    /** Half covered where there is alpha: it is left out, also where colours are stored multiplied by it. */
    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_BGR, BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_4BYTE_ABGR, BufferedImage.TYPE_INT_ARGB_PRE, BufferedImage.TYPE_4BYTE_ABGR_PRE})
    void coloursAreTheSameHoweverStored(int type) {
        BufferedImage image = new BufferedImage(3, 2, type);
        image.setRGB(1, 1, 0x80FF0000);
        image.setRGB(2, 0, 0xFF3366CC);
        int[] rgb = unsigned(RgbImage.of(image).rgb());
        assertArrayEquals(new int[] {255, 0, 0}, Arrays.copyOfRange(rgb, 12, 15));
        assertArrayEquals(new int[] {0x33, 0x66, 0xCC}, Arrays.copyOfRange(rgb, 6, 9));
    }

    @Test
    void fewBitsAreSpreadAndPalettesLookedUp() {
        BufferedImage five = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_565_RGB);
        five.getRaster().setPixel(0, 0, new int[] {31, 63, 0});
        assertArrayEquals(new int[] {255, 255, 0}, unsigned(RgbImage.of(five).rgb()));
        IndexColorModel palette = new IndexColorModel(8, 2, new byte[] {1, 10}, new byte[] {2, 20}, new byte[] {3, 30});
        BufferedImage indexed = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_INDEXED, palette);
        indexed.getRaster().setSample(1, 0, 0, 1);
        assertArrayEquals(new int[] {1, 2, 3, 10, 20, 30}, unsigned(RgbImage.of(indexed).rgb()));
    }

    /** A view into a larger raster, of a colour space whose samples are neither grey nor red, green and blue. */
    @Test
    void otherColourSpacesAreConverted() {
        ColorSpace xyz = ColorSpace.getInstance(ColorSpace.CS_CIEXYZ);
        ComponentColorModel model = new ComponentColorModel(xyz, false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
        WritableRaster raster = model.createCompatibleWritableRaster(4, 4);
        BufferedImage image = new BufferedImage(model, raster, false, null).getSubimage(1, 2, 3, 2);
        image.setRGB(2, 1, 0xFFFFFF);
        int found = image.getRGB(2, 1);
        int[] rgb = unsigned(RgbImage.of(image).rgb());
        assertArrayEquals(new int[] {found >> 16 & 0xFF, found >> 8 & 0xFF, found & 0xFF}, Arrays.copyOfRange(rgb, 15, 18));
    }

    @Test
    void refusesBytesThatAreNoImage() {
        refusesArgument(() -> new RgbImage(2, 3, new byte[17]), "17 bytes", "2x3");
        refusesArgument(() -> new RgbImage(0, 3, new byte[0]), "0x3");
    }
}

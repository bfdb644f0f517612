package org.equisphere.data;

import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AugmentationTest {
    private static final SplittableRandom FRESH = new SplittableRandom();

    private static byte[] image(int length) {
        byte[] pixels = new byte[length];
        FRESH.nextBytes(pixels);
        return pixels;
    }

    private static float[] table(int channels) {
        float[] table = new float[256 * channels];
        for (int k = 0; k < table.length; k++) {
            table[k] = k + 0.5f;
        }
        return table;
    }

    /** The definition: pad, cut at (dy, dx), mirror, look up. */
    private static float[] plain(byte[] pixels, int h, int w, int c, float[] table, int dy, int dx, boolean mirrored) {
        float[] out = new float[h * w * c];
        for (int y = 0; y < h; y++) {
            for (int x = 0; x < w; x++) {
                int sy = y + dy;
                int sx = (mirrored ? w - 1 - x : x) + dx;
                for (int k = 0; k < c; k++) {
                    boolean inside = sy >= 0 && sy < h && sx >= 0 && sx < w;
                    int v = inside ? pixels[(sy * w + sx) * c + k] & 0xFF : 0;
                    out[(y * w + x) * c + k] = table[256 * k + v];
                }
            }
        }
        return out;
    }

    /** Every outcome is one of the definition's, on odd sizes and pads beyond the image, and with enough draws all of them occur. */
    @Test
    void cropsAndMirrorsAsDefined() {
        int[][] sizes = {{5, 7, 3, 2}, {1, 1, 1, 1}, {4, 3, 2, 5}, {6, 6, 4, 0}};
        for (int[] size : sizes) {
            int h = size[0];
            int w = size[1];
            int c = size[2];
            int pad = size[3];
            byte[] pixels = image(h * w * c);
            Set<String> possible = new HashSet<>();
            for (int dy = -pad; dy <= pad; dy++) {
                for (int dx = -pad; dx <= pad; dx++) {
                    possible.add(Arrays.toString(plain(pixels, h, w, c, table(c), dy, dx, false)));
                    possible.add(Arrays.toString(plain(pixels, h, w, c, table(c), dy, dx, true)));
                }
            }
            Set<String> seen = new HashSet<>();
            RandomStream random = new RandomStream(FRESH.nextLong(), RandomStream.AUGMENT, 0);
            float[] out = new float[h * w * c + 3];
            for (int draw = 0; draw < 60 * possible.size(); draw++) {
                Arrays.fill(out, Float.NaN);
                int[] draws = new int[5];
                Augmentation.cropAndFlip(pad).draw(random, draws, 1);
                Augmentation.cropAndFlip(pixels, h, w, c, table(c), draws, 1, out, 2);
                seen.add(Arrays.toString(Arrays.copyOfRange(out, 2, 2 + h * w * c)));
                assertTrue(Float.isNaN(out[1]) && Float.isNaN(out[out.length - 1]), "wrote outside its image");
            }
            assertEquals(possible, seen);
        }
    }

    @Test
    void noneIsTheTableAlone() {
        byte[] pixels = image(4 * 5 * 3);
        float[] out = new float[60];
        assertTrue(Augmentation.none().isNone());
        assertFalse(Augmentation.cropAndFlip(0).isNone());
        int[] draws = {9, 9, 9};
        Augmentation.none().draw(new RandomStream(1, 1, 1), draws, 0);
        Augmentation.cropAndFlip(pixels, 4, 5, 3, table(3), draws, 0, out, 0);
        assertArrayEquals(plain(pixels, 4, 5, 3, table(3), 0, 0, false), out);
    }

    @Test
    void refusesANegativePad() {
        refusesArgument(() -> new Augmentation(-1, true), "-1");
    }

    private static float[] changed(Augmentation augmentation, byte[] pixels, int h, int w, int c, int number) {
        float[] out = new float[h * w * c];
        augmentation.apply(pixels.clone(), new byte[pixels.length], h, w, c, table(c),
                new RandomStream(1, RandomStream.AUGMENT, number), new int[3], 0, out, 0);
        return out;
    }

    /** A picture whose values are its coordinates: an enlarged box is a stretched picture of coordinates, and the box can be read off. */
    @Test
    void enlargesBoxesOfTheAreaAndShapeAsked() {
        int h = 40;
        int w = 50;
        byte[] pixels = new byte[h * w * 2];
        for (int p = 0; p < h * w; p++) {
            pixels[2 * p] = (byte) (5 * (p / w));
            pixels[2 * p + 1] = (byte) (4 * (p % w));
        }
        double least = 1;
        double most = 0;
        double longest = 1;
        boolean[] reached = new boolean[4];
        for (int k = 0; k < 300; k++) {
            float[] out = changed(Augmentation.none().withResizedCrop(0.2), pixels, h, w, 2, k);
            double rows = (out[2 * (h - 1) * w] - out[0]) / 5 + 1;
            double columns = (out[2 * w - 1] - out[1]) / 4 + 1;
            least = Math.min(least, rows * columns / (h * w));
            most = Math.max(most, rows * columns / (h * w));
            longest = Math.max(longest, rows / columns);
            note(reached, out[0] == 0.5f, out[2 * (h - 1) * w] == 5 * (h - 1) + 0.5f, out[1] == 256.5f, out[2 * w - 1] == 4 * (w - 1) + 256.5f);
            assertTrue(rows * columns <= 1.02 * h * w && rows / columns < 1.45 && columns / rows < 1.45, rows + " x " + columns);
            assertEquals(out[0] + out[2 * (h - 1) * w], out[2 * (h / 4) * w] + out[2 * (h - 1 - h / 4) * w], 1.01, "as far from either end, rounded");
            assertEquals(out[1] + out[2 * w - 1], out[2 * (w / 4) + 1] + out[2 * (w - 1 - w / 4) + 1], 1.01, "as far from either end, rounded");
        }
        assertTrue(least > 0.19 && least < 0.3, "the smallest share met was " + least);
        assertTrue(most > 0.9 && longest > 1.2, "the largest share met was " + most + ", the longest box " + longest);
        assertTrue(reached[0] && reached[1] && reached[2] && reached[3], "boxes at every edge: " + Arrays.toString(reached));
    }

    /** Which edges have been met by a box that does not lie at the opposite edge. */
    private static void note(boolean[] reached, boolean top, boolean bottom, boolean left, boolean right) {
        reached[0] |= top && !bottom;
        reached[1] |= bottom && !top;
        reached[2] |= left && !right;
        reached[3] |= right && !left;
    }

    /** Beside a crop a random change works on the enlarged box, and needs the original no more. */
    @Test
    void aCropAndAChangeFollowOneAnother() {
        int h = 12;
        int w = 10;
        byte[] pixels = image(h * w * 3);
        for (int k = 0; k < 100; k++) {
            RandomStream random = new RandomStream(1, RandomStream.AUGMENT, k);
            byte[] enlarged = pixels.clone();
            ImageBox box = ImageBox.draw(h, w, 0.3, 1, 4.0 / 3, random);
            if (box != null) {
                box.enlarge(pixels, h, w, 3, enlarged);
            }
            TrivialAugment.apply(enlarged, new byte[enlarged.length], h, w, random);
            assertArrayEquals(plain(enlarged, h, w, 3, table(3), 0, 0, false),
                    changed(Augmentation.none().withResizedCrop(0.3).withTrivial(), pixels, h, w, 3, k));
        }
    }

    @Test
    void mirrorsHalfOfTheImages() {
        RandomStream random = new RandomStream(3, RandomStream.AUGMENT, 0);
        int mirrored = 0;
        for (int k = 0; k < 4000; k++) {
            int[] draws = new int[3];
            Augmentation.cropAndFlip(0).draw(random, draws, 0);
            mirrored += draws[2];
        }
        assertEquals(2000, mirrored, 158, "five standard deviations");
    }

    @Test
    void erasesBoxesAsOftenAsAsked() {
        int h = 30;
        int w = 20;
        byte[] pixels = image(h * w * 3);
        int erased = 0;
        int least = w * h;
        int most = 0;
        double longest = 1;
        boolean[] reached = new boolean[4];
        for (int k = 0; k < 400; k++) {
            float[] out = changed(Augmentation.none().withErasing(0.25), pixels, h, w, 3, k);
            int zeros = 0;
            for (float v : out) {
                zeros += v == 0 ? 1 : 0;
            }
            if (zeros > 0) {
                erased++;
                assertTrue(zeros % 3 == 0 && zeros >= 0.015 * out.length && zeros <= 0.36 * out.length, zeros + " values erased");
                int first = 0;
                while (out[3 * first] != 0) {
                    first++;
                }
                int columns = 0;
                while (first % w + columns < w && out[3 * (first + columns)] == 0) {
                    columns++;
                }
                int rows = zeros / 3 / columns;
                least = Math.min(least, rows * columns);
                most = Math.max(most, rows * columns);
                longest = Math.max(longest, (double) rows / columns);
                note(reached, first / w == 0, first / w + rows == h, first % w == 0, first % w + columns == w);
            }
        }
        assertTrue(erased > 65 && erased < 140, erased + " of 400");
        assertTrue(least < 0.05 * h * w && most > 0.28 * h * w && longest > 2, least + " to " + most + " pixels, sides up to " + longest);
        assertTrue(reached[0] && reached[1] && reached[2] && reached[3], "boxes at every edge: " + Arrays.toString(reached));
    }

    /** Behind other images of a batch; and of an image of a single pixel, too small for most boxes. */
    @Test
    void erasesInItsOwnImageAlone() {
        int left = 0;
        for (int k = 0; k < 100; k++) {
            float[] out = new float[3 * 48];
            Arrays.fill(out, Float.NaN);
            new Augmentation(0, false).withErasing(1)
                    .apply(image(48), new byte[48], 4, 4, 3, table(3), new RandomStream(1, RandomStream.AUGMENT, k), new int[3], 0, out, 48);
            for (int i = 0; i < out.length; i++) {
                assertEquals(i < 48 || i >= 96, Float.isNaN(out[i]));
            }
            left += changed(Augmentation.none().withErasing(1), new byte[] {7}, 1, 1, 1, k)[0] == 7.5f ? 1 : 0;
        }
        assertTrue(left > 0 && left < 100, left + " of 100 single pixels had no box");
    }

    @Test
    void jitterKeepsAGreyImageGreyAndMovesColours() {
        byte[] grey = new byte[48];
        byte[] colours = new byte[48];
        for (int p = 0; p < 16; p++) {
            Arrays.fill(grey, 3 * p, 3 * p + 3, (byte) (100 + p));
            colours[3 * p] = (byte) (60 + p);
            colours[3 * p + 1] = (byte) 90;
            colours[3 * p + 2] = (byte) 120;
        }
        double spread = 0;
        for (int k = 0; k < 50; k++) {
            float[] out = changed(Augmentation.none().withJitter(0.4), grey, 4, 4, 3, k);
            float[] other = changed(Augmentation.none().withJitter(0.4), colours, 4, 4, 3, k);
            for (int p = 0; p < 16; p++) {
                assertEquals(out[3 * p], out[3 * p + 1] - 256);
                assertEquals(out[3 * p], out[3 * p + 2] - 512);
                assertTrue(out[3 * p] >= 0.55 * (100 + p) - 10 && out[3 * p] <= 1.45 * (100 + p) + 10);
            }
            spread = Math.max(spread, Math.abs(other[0] - 60.5));
        }
        assertTrue(spread > 15, "colours move by " + spread);
        assertArrayEquals(plain(grey, 4, 4, 1, table(1), 0, 0, false), changed(Augmentation.none().withJitter(0.4), grey, 4, 4, 1, 0), "no colours");
        assertFalse(Augmentation.none().withJitter(0.1).isNone());
    }

    /**
     * An even grey tells the brightness, two greys the contrast, an even colour what contrast and saturation do together; none but
     * brightness changes the mean luma.
     */
    @Test
    void jitterChangesBrightnessContrastAndSaturation() {
        double[] least = {9, 9, 9};
        double[] most = new double[3];
        for (int k = 0; k < 400; k++) {
            float[] even = jittered(k, 100, 100, 100, 100, 100, 100);
            float[] two = jittered(k, 80, 80, 80, 120, 120, 120);
            float[] colour = jittered(k, 120, 80, 100, 120, 80, 100);
            double[] found = {even[0] / 100, (two[3] - two[0]) / (two[3] + two[0]) / 0.2, (colour[0] - colour[1]) / 40 / even[0] * 100};
            for (int i = 0; i < 3; i++) {
                least[i] = Math.min(least[i], found[i]);
                most[i] = Math.max(most[i], found[i]);
            }
            double luma = 0.299 * 120 + 0.587 * 80 + 0.114 * 100;
            assertEquals(luma * even[0] / 100, 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2], 2);
        }
        assertArrayEquals(new double[] {0.6, 0.6, 0.36}, least, 0.1);
        assertArrayEquals(new double[] {1.4, 1.4, 1.96}, most, 0.15);
    }

    /** Two pixels under a strength of 0.4, in whole values. */
    private static float[] jittered(int number, int... values) {
        byte[] pixels = new byte[6];
        for (int k = 0; k < 6; k++) {
            pixels[k] = (byte) values[k];
        }
        float[] out = changed(Augmentation.none().withJitter(0.4), pixels, 1, 2, 3, number);
        for (int k = 0; k < 6; k++) {
            out[k] -= 256 * (k % 3) + 0.5f;
        }
        return out;
    }

    @Test
    void describesItselfAndRefusesWhatIsNoShare() {
        assertEquals("none", Augmentation.none().toString());
        assertEquals("pad 4, flip", Augmentation.cropAndFlip(4).toString());
        assertEquals("flip, resized crop 0.08, trivial, jitter 0.4, erasing 0.1", new Augmentation(0, true, 0.08, true, 0.4, 0.1).toString());
        refusesArgument(() -> Augmentation.none().withResizedCrop(0), "smallest crop", "0.0", "above 0");
        refusesArgument(() -> Augmentation.none().withJitter(1.5), "colour jitter", "1.5");
        refusesArgument(() -> Augmentation.none().withErasing(Double.NaN), "erasing", "NaN");
    }
}

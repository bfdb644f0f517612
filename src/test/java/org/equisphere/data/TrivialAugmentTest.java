package org.equisphere.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import org.equisphere.data.TrivialAugment.Change;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrivialAugmentTest {

    private static final int HEIGHT = 24;
    private static final int WIDTH = 25;
    private static final int[] LEVELS = {3, 17, 30};
    private static BufferedImage golden;

    /** Of {@code testdata/data/make_trivial.py}. */
    @BeforeAll
    static void read() throws IOException {
        golden = ImageIO.read(new File("testdata/data/trivial.png"));
    }

    /** The picture of a number; 0 is the one changed. */
    private static byte[] picture(int number) {
        byte[] rgb = new byte[3 * HEIGHT * WIDTH];
        for (int p = 0; p < HEIGHT * WIDTH; p++) {
            int pixel = golden.getRGB(p % WIDTH, number * HEIGHT + p / WIDTH);
            for (int k = 0; k < 3; k++) {
                rgb[3 * p + k] = (byte) (pixel >> (16 - 8 * k));
            }
        }
        return rgb;
    }

    /** Every value is itself. */
    private static float[] table(int channels) {
        float[] table = new float[256 * channels];
        for (int k = 0; k < table.length; k++) {
            table[k] = k & 0xFF;
        }
        return table;
    }

    private static byte[] changed(Change change, int level, boolean backward) {
        byte[] rgb = picture(0);
        byte[] scratch = new byte[rgb.length];
        Arrays.fill(scratch, (byte) 77);
        TrivialAugment.apply(change, level, backward, rgb, scratch, HEIGHT, WIDTH);
        return rgb;
    }

    /** Pillow's pictures, byte for byte. */
    @ParameterizedTest
    @EnumSource(Change.class)
    void everyChangeIsPillows(Change change) {
        int number = 1 + 2 * LEVELS.length * change.ordinal();
        for (int level : LEVELS) {
            assertArrayEquals(picture(number++), changed(change, level, false), change + " forward at level " + level);
            assertArrayEquals(picture(number++), changed(change, level, true), change + " backward at level " + level);
        }
        assertEquals(change == Change.IDENTITY, Arrays.equals(picture(0), changed(change, 17, false)), change.toString());
    }

    /** Level 0 leaves the picture as it is, but for the changes without levels. */
    @ParameterizedTest
    @EnumSource(value = Change.class, mode = EnumSource.Mode.EXCLUDE, names = {"AUTO_CONTRAST", "EQUALIZE", "SOLARIZE"})
    void theLowestLevelIsNoChange(Change change) {
        assertArrayEquals(picture(0), changed(change, 0, true));
    }

    /** An even picture has nothing to stretch or to equalise. */
    @Test
    void anEvenPictureStays() {
        for (Change change : new Change[] {Change.AUTO_CONTRAST, Change.EQUALIZE, Change.CONTRAST, Change.SHARPNESS}) {
            byte[] even = new byte[3 * 4 * 5];
            Arrays.fill(even, (byte) 200);
            byte[] before = even.clone();
            TrivialAugment.apply(change, 30, true, even, new byte[even.length], 4, 5);
            assertArrayEquals(before, even, change.toString());
        }
    }

    private record Outcome(Change change, int level, int direction) {
    }

    /** Through the augmentation every change comes about as often as every other, at any level, in both directions. */
    @Test
    void allChangesAreDrawnEquallyOften() {
        Map<String, Outcome> outcomes = new HashMap<>();
        for (Change change : Change.values()) {
            for (int level = 0; level < TrivialAugment.LEVELS; level++) {
                outcomes.putIfAbsent(Arrays.toString(changed(change, level, false)), new Outcome(change, level, 0));
                outcomes.putIfAbsent(Arrays.toString(changed(change, level, true)), new Outcome(change, level, 1));
            }
        }
        float[] table = table(3);
        int[] met = new int[Change.values().length];
        int[] levels = new int[TrivialAugment.LEVELS];
        int[] directions = new int[2];
        int draws = 2800;
        byte[] found = new byte[3 * HEIGHT * WIDTH];
        float[] out = new float[found.length];
        for (int number = 0; number < draws; number++) {
            Augmentation.none().withTrivial().apply(picture(0), new byte[found.length], HEIGHT, WIDTH, 3, table,
                    new RandomStream(9, RandomStream.AUGMENT, number), new int[3], 0, out, 0);
            for (int k = 0; k < out.length; k++) {
                found[k] = (byte) (int) out[k];
            }
            Outcome outcome = outcomes.get(Arrays.toString(found));
            assertTrue(outcome != null, "an outcome that no change has");
            met[outcome.change.ordinal()]++;
            if (outcome.change == Change.ROTATE || outcome.change == Change.SHEAR_X || outcome.change == Change.COLOUR) {
                levels[outcome.level]++;
                directions[outcome.direction]++;
            }
        }
        // 200 of each expected, a deviation of 14; the lowest levels of many count as the identity
        for (Change change : Change.values()) {
            int count = met[change.ordinal()];
            assertTrue(change == Change.IDENTITY ? count >= 200 && count < 350 : count > 130 && count < 270, change + ": " + count);
        }
        // 19 of each level of three changes expected but of 0, which changes nothing, and 290 of each direction
        assertTrue(Arrays.stream(levels, 1, levels.length).allMatch(count -> count > 3 && count < 41), Arrays.toString(levels));
        assertTrue(Math.min(directions[0], directions[1]) > 220, Arrays.toString(directions));
        assertFalse(Augmentation.none().withTrivial().isNone());
        assertFalse(Augmentation.cropAndFlip(4).withTrivial().cropsAndFlipsAlone());
    }

    /** Changes are of colours: a grey image is left as it is. */
    @Test
    void greyImagesStay() {
        byte[] grey = {1, 2, 3, 4, 5, 6};
        float[] out = new float[6];
        for (int number = 0; number < 50; number++) {
            Augmentation.none().withTrivial().apply(grey.clone(), new byte[6], 2, 3, 1,
                    table(1), new RandomStream(9, RandomStream.AUGMENT, number), new int[3], 0, out, 0);
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, out);
        }
    }
}

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
                Augmentation.apply(pixels, h, w, c, table(c), draws, 1, out, 2);
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
        Augmentation.apply(pixels, 4, 5, 3, table(3), draws, 0, out, 0);
        assertArrayEquals(plain(pixels, 4, 5, 3, table(3), 0, 0, false), out);
    }

    @Test
    void refusesANegativePad() {
        refusesArgument(() -> new Augmentation(-1, true), "-1");
    }
}

package org.equisphere.data;

import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NormalizationTest {

    private static ImageDataset images(int n, int channels) {
        byte[] pixels = new byte[n * 6 * channels];
        new SplittableRandom().nextBytes(pixels);
        for (int k = 0; k < pixels.length; k += channels) {
            pixels[k] = (byte) 77;
        }
        return new ImageDataset("random", pixels, 2, 3, channels, new int[n], Labels.numbered(1));
    }

    /** Two passes in double over the floats agree with the one pass over the bytes; a constant channel keeps deviation 1. */
    @Test
    void measuresMeanAndDeviationPerChannel() {
        ImageDataset images = images(57, 3);
        Normalization measured = Normalization.of(images);
        double[] mean = new double[3];
        double[] square = new double[3];
        float[] x = new float[18];
        for (int pass = 0; pass < 2; pass++) {
            for (int i = 0; i < images.size(); i++) {
                images.example(i, x, 0);
                for (int k = 0; k < 18; k++) {
                    if (pass == 0) {
                        mean[k % 3] += x[k] / (57 * 6.0);
                    } else {
                        square[k % 3] += (x[k] - mean[k % 3]) * (x[k] - mean[k % 3]) / (57 * 6.0);
                    }
                }
            }
        }
        for (int c = 0; c < 3; c++) {
            assertEquals(mean[c], measured.mean()[c], 1e-6);
            assertEquals(c == 0 ? 1 : Math.sqrt(square[c]), measured.std()[c], 1e-6);
        }
    }

    @Test
    void tableAndApplyAgreeBitForBit() {
        ImageDataset images = images(4, 3);
        for (Normalization n : new Normalization[] {new Normalization(new float[] {0.3f, 0.6f, 0.1f}, new float[] {0.2f, 1.7f, 3}),
            new Normalization(new float[] {0.4f}, new float[] {0.9f})}) {
            float[] table = n.table(3);
            float[] x = new float[18];
            byte[] bytes = new byte[18];
            images.example(3, x, 0);
            images.pixels(3, bytes, 0);
            n.apply(x, 0, 18);
            for (int k = 0; k < 18; k++) {
                assertEquals(table[256 * (k % 3) + (bytes[k] & 0xFF)], x[k]);
            }
        }
    }

    @Test
    void vectorsAreLeftAlone() {
        FeatureDataset vectors = new FeatureDataset("v", new float[] {5, -3, 1e6f}, 3, new int[1], Labels.numbered(2));
        assertTrue(Normalization.of(vectors).isIdentity());
        float[] x = {5, -3, 1e6f};
        Normalization.of(vectors).apply(x, 0, 3);
        assertArrayEquals(new float[] {5, -3, 1e6f}, x);
        float[] table = Normalization.identity().table(3);
        assertEquals(768, table.length);
        assertEquals(200 / 255f, table[2 * 256 + 200]);
        assertTrue(Normalization.of(images(4, 3).subset(new int[0])).isIdentity(), "nothing measured");
    }

    @Test
    void refusesBadNumbers() {
        refusesArgument(() -> new Normalization(new float[] {0}, new float[] {0}), "deviation 0.0");
        refusesArgument(() -> new Normalization(new float[] {Float.NaN}, new float[] {1}), "mean NaN");
        refusesArgument(() -> new Normalization(new float[2], new float[] {1}), "2 means");
        refusesArgument(() -> new Normalization(new float[2], new float[] {1, 1}).apply(new float[9], 0, 3), "length is 3");
        refusesArgument(() -> new Normalization(new float[2], new float[] {1, 1}).table(3), "2 channels", "3");
    }
}

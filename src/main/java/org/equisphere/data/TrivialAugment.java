package org.equisphere.data;

import java.util.Arrays;

/**
 * One random change of random strength to an RGB image (Müller and Hutter 2021): torchvision's {@code TrivialAugmentWide}, its 14 changes and 31
 * levels, with Pillow's arithmetic. What a shear, shift or turn leaves open becomes black.
 */
final class TrivialAugment {

    static final int LEVELS = 31;
    private static final double STRONGEST = 0.99;
    private static final int FARTHEST = 32; // pixels
    private static final double WIDEST = 135; // degrees
    private static final int FEWEST_BITS = 2;
    private static final int FIXED = 1 << 16;
    private static final Change[] CHANGES = Change.values();

    /** What can happen. */
    enum Change {
        IDENTITY, SHEAR_X, SHEAR_Y, TRANSLATE_X, TRANSLATE_Y, ROTATE, BRIGHTNESS, COLOUR,
        CONTRAST, SHARPNESS, POSTERIZE, SOLARIZE, AUTO_CONTRAST, EQUALIZE
    }

    private final byte[] rgb;
    private final byte[] scratch;
    private final int height;
    private final int width;

    private TrivialAugment(byte[] rgb, byte[] scratch, int height, int width) {
        this.rgb = rgb;
        this.scratch = scratch;
        this.height = height;
        this.width = width;
    }

    /**
     * Changes an image.
     *
     * @param rgb     [height, width, 3] unsigned bytes, modified
     * @param scratch of the same size, overwritten
     * @param random  draws the change, its level and its direction
     */
    static void apply(byte[] rgb, byte[] scratch, int height, int width, RandomStream random) {
        Change change = CHANGES[random.nextInt(CHANGES.length)];
        int level = random.nextInt(LEVELS);
        apply(change, level, random.nextBoolean(), rgb, scratch, height, width);
    }

    /**
     * Makes one change.
     *
     * @param level    0 .. {@link #LEVELS} - 1, no change to the strongest; a change without strengths does not use it
     * @param backward to the other side, or less in place of more; a change without sides does not use it
     */
    static void apply(Change change, int level, boolean backward, byte[] rgb, byte[] scratch, int height, int width) {
        TrivialAugment image = new TrivialAugment(rgb, scratch, height, width);
        double share = level / (LEVELS - 1.0);
        double signed = backward ? -share : share;
        float factor = (float) (1 + STRONGEST * signed);
        switch (change) {
            case SHEAR_X -> image.map(1, STRONGEST * signed, 0, 0, 1, 0);
            case SHEAR_Y -> image.map(1, 0, 0, STRONGEST * signed, 1, 0);
            case TRANSLATE_X -> image.map(1, 0, (int) (FARTHEST * signed), 0, 1, 0);
            case TRANSLATE_Y -> image.map(1, 0, 0, 0, 1, (int) (FARTHEST * signed));
            case ROTATE -> image.rotate(Math.toRadians(-WIDEST * signed));
            case BRIGHTNESS -> image.blend(factor, image.black());
            case COLOUR -> image.blend(factor, image.grey());
            case CONTRAST -> image.blend(factor, image.meanGrey());
            case SHARPNESS -> image.blend(factor, image.smooth());
            case POSTERIZE -> image.posterize(8 - (int) Math.rint((8 - FEWEST_BITS) * share));
            case SOLARIZE -> image.solarize(255 - 255 * share);
            case AUTO_CONTRAST -> image.autoContrast();
            case EQUALIZE -> image.equalize();
            case IDENTITY -> { }
        }
    }

    private void rotate(double angle) {
        double cos = StrictMath.cos(angle);
        double sin = StrictMath.sin(angle);
        double x = width / 2.0;
        double y = height / 2.0;
        map(cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y);
    }

    /**
     * Pixel (x, y) becomes the one that (a x + b y + c, d x + e y + f) lies in, coordinates those of pixel centres; black where that is outside. In
     * 16.16 fixed point, as Pillow steps.
     */
    private void map(double a, double b, double c, double d, double e, double f) {
        System.arraycopy(rgb, 0, scratch, 0, rgb.length);
        int rowX = fixed(c + a / 2 + b / 2);
        int rowY = fixed(f + d / 2 + e / 2);
        for (int y = 0; y < height; y++, rowX += fixed(b), rowY += fixed(e)) {
            int atX = rowX;
            int atY = rowY;
            for (int x = 0; x < width; x++, atX += fixed(a), atY += fixed(d)) {
                int fromX = atX >> 16;
                int fromY = atY >> 16;
                boolean inside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
                for (int k = 0; k < 3; k++) {
                    rgb[3 * (y * width + x) + k] = inside ? scratch[3 * (fromY * width + fromX) + k] : 0;
                }
            }
        }
    }

    private static int fixed(double value) {
        return (int) Math.floor(value * FIXED + 0.5);
    }

    /** Away from another image for a factor above 1, towards it below. */
    private void blend(float factor, byte[] other) {
        for (int k = 0; k < rgb.length; k++) {
            int from = other[k] & 0xFF;
            rgb[k] = (byte) (int) Math.max(0, Math.min(255, from + factor * ((rgb[k] & 0xFF) - from)));
        }
    }

    /** Luma of ITU-R BT.601 in 16 bits. */
    private int grey(int p) {
        return ((rgb[p] & 0xFF) * 19595 + (rgb[p + 1] & 0xFF) * 38470 + (rgb[p + 2] & 0xFF) * 7471 + 0x8000) >> 16;
    }

    private byte[] black() {
        Arrays.fill(scratch, (byte) 0);
        return scratch;
    }

    private byte[] grey() {
        for (int p = 0; p < rgb.length; p += 3) {
            Arrays.fill(scratch, p, p + 3, (byte) grey(p));
        }
        return scratch;
    }

    private byte[] meanGrey() {
        long sum = 0;
        for (int p = 0; p < rgb.length; p += 3) {
            sum += grey(p);
        }
        Arrays.fill(scratch, (byte) (int) (sum / (double) (height * width) + 0.5));
        return scratch;
    }

    /** Means of 3 x 3 pixels, the middle one counted five times; the image's edge as it is. */
    private byte[] smooth() {
        System.arraycopy(rgb, 0, scratch, 0, rgb.length);
        int row = 3 * width;
        for (int y = 1; y < height - 1; y++) {
            for (int p = y * row + 3; p < (y + 1) * row - 3; p++) {
                int sum = 4 * (rgb[p] & 0xFF);
                for (int q = p - row; q <= p + row; q += row) {
                    sum += (rgb[q - 3] & 0xFF) + (rgb[q] & 0xFF) + (rgb[q + 3] & 0xFF);
                }
                scratch[p] = (byte) ((2 * sum + 13) / 26);
            }
        }
        return scratch;
    }

    private void posterize(int bits) {
        for (int k = 0; k < rgb.length; k++) {
            rgb[k] &= (byte) (0xFF << (8 - bits));
        }
    }

    private void solarize(double threshold) {
        for (int k = 0; k < rgb.length; k++) {
            rgb[k] = (rgb[k] & 0xFF) < threshold ? rgb[k] : (byte) ~rgb[k];
        }
    }

    private int[] histogram(int channel) {
        int[] histogram = new int[256];
        for (int p = channel; p < rgb.length; p += 3) {
            histogram[rgb[p] & 0xFF]++;
        }
        return histogram;
    }

    private void replace(int channel, int[] by) {
        for (int p = channel; p < rgb.length; p += 3) {
            rgb[p] = (byte) by[rgb[p] & 0xFF];
        }
    }

    /** Stretches each channel's values to 0 .. 255. */
    private void autoContrast() {
        int[] by = new int[256];
        for (int channel = 0; channel < 3; channel++) {
            int[] histogram = histogram(channel);
            int low = 0;
            int high = 255;
            while (histogram[low] == 0) {
                low++;
            }
            while (histogram[high] == 0) {
                high--;
            }
            if (high > low) {
                double scale = 255.0 / (high - low);
                for (int v = 0; v < 256; v++) {
                    by[v] = (int) Math.max(0, Math.min(255, v * scale - low * scale));
                }
                replace(channel, by);
            }
        }
    }

    /** Makes each channel's values about equally frequent. */
    private void equalize() {
        int[] by = new int[256];
        for (int channel = 0; channel < 3; channel++) {
            int[] histogram = histogram(channel);
            int last = 255;
            while (histogram[last] == 0) {
                last--;
            }
            int step = (height * width - histogram[last]) / 255;
            if (step > 0) {
                int below = step / 2;
                for (int v = 0; v < 256; v++) {
                    by[v] = Math.min(255, below / step);
                    below += histogram[v];
                }
                replace(channel, by);
            }
        }
    }
}

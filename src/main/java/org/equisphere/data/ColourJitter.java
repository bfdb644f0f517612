package org.equisphere.data;

/**
 * Brightness, contrast and saturation of an RGB image, each multiplied by a factor uniform in 1 - strength .. 1 + strength, one after the other, as
 * torchvision's {@code ColorJitter} defines them: toward black, toward the image's mean grey, toward each pixel's grey.
 */
final class ColourJitter {

    private ColourJitter() {
    }

    /**
     * Changes an image.
     *
     * @param rgb      [pixels, 3] unsigned bytes, modified
     * @param count    pixels
     * @param strength in 0..1
     * @param random   draws the three factors
     */
    static void apply(byte[] rgb, int count, double strength, RandomStream random) {
        float brightness = (float) random.nextDouble(1 - strength, 1 + strength);
        float contrast = (float) random.nextDouble(1 - strength, 1 + strength);
        float saturation = (float) random.nextDouble(1 - strength, 1 + strength);
        double sum = 0;
        for (int p = 0; p < 3 * count; p += 3) {
            for (int c = p; c < p + 3; c++) {
                rgb[c] = clamped((rgb[c] & 0xFF) * brightness);
            }
            sum += grey(rgb, p);
        }
        float mean = Math.round(sum / count);
        for (int p = 0; p < 3 * count; p += 3) {
            for (int c = p; c < p + 3; c++) {
                rgb[c] = clamped(mean + ((rgb[c] & 0xFF) - mean) * contrast);
            }
            float grey = grey(rgb, p);
            for (int c = p; c < p + 3; c++) {
                rgb[c] = clamped(grey + ((rgb[c] & 0xFF) - grey) * saturation);
            }
        }
    }

    /** Luma of ITU-R BT.601. */
    private static float grey(byte[] rgb, int p) {
        return 0.299f * (rgb[p] & 0xFF) + 0.587f * (rgb[p + 1] & 0xFF) + 0.114f * (rgb[p + 2] & 0xFF);
    }

    private static byte clamped(float value) {
        return (byte) Math.round(Math.max(0, Math.min(255, value)));
    }
}

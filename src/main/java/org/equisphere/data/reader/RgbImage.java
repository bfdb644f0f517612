package org.equisphere.data.reader;

/**
 * An image of three channels.
 *
 * @param rgb [height, width, 3], unsigned bytes
 */
record RgbImage(int height, int width, byte[] rgb) {
    /** Weights are fixed-point with this many fraction bits. */
    private static final int FRACTION_BITS = 22;

    /** Resizes the shorter side and cuts out the middle, with torchvision's rounding. */
    RgbImage fit(ImageSize size) {
        boolean tall = height >= width;
        int newWidth = tall ? size.resize() : (int) ((long) size.resize() * width / height);
        int newHeight = tall ? (int) ((long) size.resize() * height / width) : size.resize();
        RgbImage resized = resize(newHeight, newWidth);
        int crop = size.crop();
        int top = (int) Math.rint((newHeight - crop) / 2.0);
        int left = (int) Math.rint((newWidth - crop) / 2.0);
        byte[] out = new byte[size.bytes()];
        for (int y = 0; y < crop; y++) {
            System.arraycopy(resized.rgb, ((top + y) * newWidth + left) * 3, out, y * crop * 3, crop * 3);
        }
        return new RgbImage(crop, crop, out);
    }

    /** The luma of ITU-R 601, (299 R + 587 G + 114 B) / 1000, with Pillow's rounding. [height, width], unsigned bytes. */
    byte[] grey() {
        byte[] grey = new byte[height * width];
        for (int k = 0; k < grey.length; k++) {
            int weighted = 19595 * (rgb[3 * k] & 0xFF) + 38470 * (rgb[3 * k + 1] & 0xFF) + 7471 * (rgb[3 * k + 2] & 0xFF);
            grey[k] = (byte) (weighted + 0x8000 >> 16);
        }
        return grey;
    }

    /** Bilinear with the filter widened when shrinking (no aliasing), in the fixed-point arithmetic of Pillow's resize: the same bytes. */
    RgbImage resize(int newHeight, int newWidth) {
        RgbImage wide = newWidth == width ? this
                : new RgbImage(height, newWidth, filter(rgb, height, width, newWidth, width * 3, 3, newWidth * 3, 3));
        return newHeight == height ? wide
                : new RgbImage(newHeight, newWidth, filter(wide.rgb, newWidth, height, newHeight, 3, newWidth * 3, 3, newWidth * 3));
    }

    /**
     * Filters along one axis.
     *
     * @param lines       number of lines along the axis
     * @param length      pixels of a line before
     * @param newLength   and after
     * @param lineStep    bytes between lines before; {@code step} between pixels of a line before; {@code newLineStep, newStep} after
     */
    private static byte[] filter(byte[] in, int lines, int length, int newLength, int lineStep, int step, int newLineStep, int newStep) {
        byte[] out = new byte[lines * newLength * 3];
        double scale = (double) length / newLength;
        double support = Math.max(scale, 1);
        int[] weights = new int[(int) Math.ceil(support) * 2 + 1];
        for (int o = 0; o < newLength; o++) {
            double centre = (o + 0.5) * scale;
            int first = Math.max(0, (int) (centre - support + 0.5));
            int count = Math.min(length, (int) (centre + support + 0.5)) - first;
            triangle(weights, first, count, centre, support);
            for (int line = 0; line < lines; line++) {
                for (int c = 0; c < 3; c++) {
                    int sum = 1 << (FRACTION_BITS - 1);
                    int from = line * lineStep + first * step + c;
                    for (int k = 0; k < count; k++, from += step) {
                        sum += (in[from] & 0xFF) * weights[k];
                    }
                    out[line * newLineStep + o * newStep + c] = (byte) Math.max(0, Math.min(255, sum >> FRACTION_BITS));
                }
            }
        }
        return out;
    }

    /** Weights of a triangle of half-width {@code support} around {@code centre}, summing to 1 before they are rounded. */
    private static void triangle(int[] weights, int first, int count, double centre, double support) {
        double total = 0;
        for (int k = 0; k < count; k++) {
            total += height(first + k, centre, support);
        }
        for (int k = 0; k < count; k++) {
            weights[k] = (int) (0.5 + height(first + k, centre, support) / total * (1 << FRACTION_BITS));
        }
    }

    private static double height(int pixel, double centre, double support) {
        return Math.max(0, 1 - Math.abs((pixel - centre + 0.5) / support));
    }
}

package org.equisphere.data;

import java.util.Arrays;

/**
 * A rectangle of an image.
 *
 * @param top    first row
 * @param left   first column
 * @param height rows, at least 1
 * @param width  columns, at least 1
 */
record ImageBox(int top, int left, int height, int width) {

    private static final int TRIES = 10;

    /**
     * A box of random area and shape anywhere in the image: ten tries, as torchvision's {@code RandomResizedCrop} and
     * {@code RandomErasing} make them.
     *
     * @param least share of the image's area, the smallest
     * @param most  the largest
     * @param ratio the longest side over the shortest, at most; its logarithm is uniform
     * @return null where no try fitted
     */
    static ImageBox draw(int height, int width, double least, double most, double ratio, RandomStream random) {
        for (int k = 0; k < TRIES; k++) {
            double area = height * width * random.nextDouble(least, most);
            double log = StrictMath.log(ratio);
            double shape = StrictMath.exp(random.nextDouble(-log, log));
            int w = (int) Math.round(Math.sqrt(area * shape));
            int h = (int) Math.round(Math.sqrt(area / shape));
            if (w > 0 && w <= width && h > 0 && h <= height) {
                return new ImageBox(random.nextInt(height - h + 1), random.nextInt(width - w + 1), h, w);
            }
        }
        return null;
    }

    /**
     * Of CutMix (Yun et al. 2019, section 3.2): a share of both sides about a point anywhere in the image, cut off at the
     * edge; null where nothing is left.
     */
    static ImageBox around(int height, int width, double share, RandomStream random) {
        int row = random.nextInt(height);
        int column = random.nextInt(width);
        int halfHeight = (int) (height * share / 2);
        int halfWidth = (int) (width * share / 2);
        int top = Math.max(0, row - halfHeight);
        int left = Math.max(0, column - halfWidth);
        int h = Math.min(height, row + halfHeight) - top;
        int w = Math.min(width, column + halfWidth) - left;
        return h < 1 || w < 1 ? null : new ImageBox(top, left, h, w);
    }

    /**
     * Enlarges the box to the image's own size, bilinearly between pixel centres.
     *
     * @param pixels [height, width, channels]; not modified
     * @param out    of the same size, overwritten
     */
    void enlarge(byte[] pixels, int imageHeight, int imageWidth, int channels, byte[] out) {
        for (int y = 0; y < imageHeight; y++) {
            float fromY = Math.max(0, (y + 0.5f) * height / imageHeight - 0.5f);
            int y0 = Math.min((int) fromY, height - 1);
            int y1 = Math.min(y0 + 1, height - 1);
            float dy = fromY - y0;
            for (int x = 0; x < imageWidth; x++) {
                float fromX = Math.max(0, (x + 0.5f) * width / imageWidth - 0.5f);
                int x0 = Math.min((int) fromX, width - 1);
                int x1 = Math.min(x0 + 1, width - 1);
                float dx = fromX - x0;
                for (int c = 0; c < channels; c++) {
                    float above = (1 - dx) * at(pixels, imageWidth, channels, y0, x0, c) + dx * at(pixels, imageWidth, channels, y0, x1, c);
                    float below = (1 - dx) * at(pixels, imageWidth, channels, y1, x0, c) + dx * at(pixels, imageWidth, channels, y1, x1, c);
                    out[(y * imageWidth + x) * channels + c] = (byte) Math.round((1 - dy) * above + dy * below);
                }
            }
        }
    }

    private int at(byte[] pixels, int imageWidth, int channels, int y, int x, int c) {
        return pixels[((top + y) * imageWidth + left + x) * channels + c] & 0xFF;
    }

    /**
     * Sets the box's values.
     *
     * @param image modified: [height, width, channels] from {@code at} on
     */
    void fill(float[] image, int at, int imageWidth, int channels, float value) {
        for (int y = top; y < top + height; y++) {
            int from = at + (y * imageWidth + left) * channels;
            Arrays.fill(image, from, from + width * channels, value);
        }
    }

    /** Copies the box's values from one image to another of the same width, each from its place on. */
    void copy(float[] from, int fromAt, float[] to, int toAt, int imageWidth, int channels) {
        for (int y = top; y < top + height; y++) {
            int row = (y * imageWidth + left) * channels;
            System.arraycopy(from, fromAt + row, to, toAt + row, width * channels);
        }
    }
}

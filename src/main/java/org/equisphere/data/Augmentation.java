package org.equisphere.data;

/**
 * Random changes to a training image: a crop of the image's own size out of the image padded with black, and a left-right mirror.
 * Padding comes before normalisation, as in the published CIFAR recipes.
 *
 * @param pad  black pixels added on every side before the crop; 0 for no crop
 * @param flip mirror half of the images
 */
public record Augmentation(int pad, boolean flip) {

    /** Checks the padding. */
    public Augmentation {
        if (pad < 0) {
            throw new IllegalArgumentException("padding is " + pad + ", expected 0 or more");
        }
    }

    /** Images as they are. */
    public static Augmentation none() {
        return new Augmentation(0, false);
    }

    /** The CIFAR recipe: crop out of the image padded by {@code pad} (4 there), mirror with probability 1/2. */
    public static Augmentation cropAndFlip(int pad) {
        return new Augmentation(pad, true);
    }

    /** Whether images stay as they are. */
    public boolean isNone() {
        return pad == 0 && !flip;
    }

    /**
     * Draws the change of one image: dy and dx uniform in -pad..pad, and 1 for mirrored.
     *
     * @param draws modified: three from {@code at} on
     */
    void draw(RandomStream random, int[] draws, int at) {
        draws[at] = pad == 0 ? 0 : random.nextInt(2 * pad + 1) - pad;
        draws[at + 1] = pad == 0 ? 0 : random.nextInt(2 * pad + 1) - pad;
        draws[at + 2] = flip && random.nextBoolean() ? 1 : 0;
    }

    /**
     * Writes one changed and normalised image: out[y, x, c] = table[c, pixels[y + dy, x' + dx, c]] with x' = x or width-1-x, and 0 for a pixel
     * outside.
     *
     * @param pixels [height, width, channels], unsigned bytes; not modified
     * @param table  [channels, 256], the normalised value of every pixel value
     * @param draws  dy, dx and mirrored from {@code draw} on; not modified
     * @param out    modified: height * width * channels floats from {@code at} on
     */
    static void apply(byte[] pixels, int height, int width, int channels, float[] table, int[] draws, int draw, float[] out, int at) {
        int dy = draws[draw];
        int dx = draws[draw + 1];
        boolean mirrored = draws[draw + 2] != 0;
        int step = mirrored ? -channels : channels;
        for (int y = 0; y < height; y++) {
            int sourceY = y + dy;
            int to = at + y * width * channels;
            if (sourceY < 0 || sourceY >= height) {
                black(table, channels, width, out, to);
                continue;
            }
            // Source columns first..last of this row are inside; mirrored, output x reads column width-1-x+dx.
            int first = Math.max(0, mirrored ? dx : -dx);
            int last = Math.min(width, width + (mirrored ? dx : -dx));
            int sourceX = mirrored ? width - 1 - first + dx : first + dx;
            black(table, channels, Math.min(first, width), out, to);
            int from = (sourceY * width + sourceX) * channels;
            if (channels == 3) {
                colours(pixels, from, step, table, out, to + first * 3, last - first);
            } else {
                pixels(pixels, from, step, channels, table, out, to + first * channels, last - first);
            }
            int blackFrom = Math.max(0, last);
            black(table, channels, width - blackFrom, out, to + blackFrom * channels);
        }
    }

    private static void pixels(byte[] pixels, int from, int step, int channels, float[] table, float[] out, int at, int count) {
        for (int x = 0, o = at; x < count; x++, from += step) {
            for (int c = 0; c < channels; c++) {
                out[o++] = table[(c << 8) + (pixels[from + c] & 0xFF)];
            }
        }
    }

    /** As {@link #pixels}, for three channels: unrolled, since the loop over channels costs more than the look-ups. */
    private static void colours(byte[] pixels, int from, int step, float[] table, float[] out, int at, int count) {
        for (int x = 0, o = at; x < count; x++, from += step, o += 3) {
            out[o] = table[pixels[from] & 0xFF];
            out[o + 1] = table[256 + (pixels[from + 1] & 0xFF)];
            out[o + 2] = table[512 + (pixels[from + 2] & 0xFF)];
        }
    }

    private static void black(float[] table, int channels, int count, float[] out, int at) {
        for (int x = 0, o = at; x < count; x++) {
            for (int c = 0; c < channels; c++) {
                out[o++] = table[c << 8];
            }
        }
    }
}

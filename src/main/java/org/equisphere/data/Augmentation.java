package org.equisphere.data;

/**
 * Random changes to a training image, in this order: a box of it enlarged to the whole; one change of many kinds; brightness, contrast
 * and saturation; a crop of the image's own size out of the image padded with black; a left-right mirror; a box erased. Padding comes before
 * normalisation, as in the published CIFAR recipes; what is erased becomes 0, the mean, after it.
 *
 * @param pad          black pixels added on every side before the crop; 0 for no crop
 * @param flip         mirror half of the images
 * @param smallestCrop smallest share of the area that is enlarged, sides at most as 4 to 3 (0.08 in ImageNet's recipes); 1 for none
 * @param trivial      make one random change of random strength to an RGB image (Müller and Hutter 2021, in its wide form)
 * @param jitter       how far brightness, contrast and saturation of an RGB image are changed, 0..1; 0 for not at all
 * @param erasing      probability of erasing a box of 2 to 33 % of the area, sides at most as 10 to 3 (Zhong et al. 2020)
 */
public record Augmentation(int pad, boolean flip, double smallestCrop, boolean trivial, double jitter, double erasing) {

    private static final double CROP_RATIO = 4.0 / 3;
    private static final double ERASED_LEAST = 0.02;
    private static final double ERASED_MOST = 0.33;
    private static final double ERASED_RATIO = 10.0 / 3;

    /** Checks the ranges. */
    public Augmentation {
        if (pad < 0) {
            throw new IllegalArgumentException("padding is " + pad + ", expected 0 or more");
        }
        requireShare(smallestCrop > 0 && smallestCrop <= 1, "smallest crop", smallestCrop, "above 0, up to 1");
        requireShare(jitter >= 0 && jitter <= 1, "colour jitter", jitter, "0 up to 1");
        requireShare(erasing >= 0 && erasing <= 1, "probability of erasing", erasing, "0 up to 1");
    }

    /** Crop out of the padded image and mirror alone. */
    public Augmentation(int pad, boolean flip) {
        this(pad, flip, 1, false, 0, 0);
    }

    private static void requireShare(boolean inRange, String name, double value, String expected) {
        if (!inRange) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + expected);
        }
    }

    /** These changes, with a random box enlarged to the whole image. */
    public Augmentation withResizedCrop(double smallestShare) {
        return new Augmentation(pad, flip, smallestShare, trivial, jitter, erasing);
    }

    /** These changes, with one random change of random strength. */
    public Augmentation withTrivial() {
        return new Augmentation(pad, flip, smallestCrop, true, jitter, erasing);
    }

    /** These changes, with brightness, contrast and saturation changed. */
    public Augmentation withJitter(double strength) {
        return new Augmentation(pad, flip, smallestCrop, trivial, strength, erasing);
    }

    /** These changes, with a random box erased. */
    public Augmentation withErasing(double probability) {
        return new Augmentation(pad, flip, smallestCrop, trivial, jitter, probability);
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
        return pad == 0 && !flip && cropsAndFlipsAlone();
    }

    /** Whether a crop out of the padded image and a mirror are all, so that {@link #draw} tells everything. */
    boolean cropsAndFlipsAlone() {
        return smallestCrop == 1 && !trivial && jitter == 0 && erasing == 0;
    }

    /** For logs: "none", "pad 4, flip, erasing 0.25", ... */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(isNone() ? ", none" : "");
        text.append(pad == 0 ? "" : ", pad " + pad);
        text.append(flip ? ", flip" : "");
        text.append(smallestCrop == 1 ? "" : ", resized crop " + smallestCrop);
        text.append(trivial ? ", trivial" : "");
        text.append(jitter == 0 ? "" : ", jitter " + jitter);
        text.append(erasing == 0 ? "" : ", erasing " + erasing);
        return text.substring(2);
    }

    /**
     * Draws the crop and the mirror of one image: dy and dx uniform in -pad..pad, and 1 for mirrored.
     *
     * @param draws modified: three from {@code at} on
     */
    void draw(RandomStream random, int[] draws, int at) {
        draws[at] = pad == 0 ? 0 : random.nextInt(2 * pad + 1) - pad;
        draws[at + 1] = pad == 0 ? 0 : random.nextInt(2 * pad + 1) - pad;
        draws[at + 2] = flip && random.nextBoolean() ? 1 : 0;
    }

    /**
     * Writes one changed and normalised image.
     *
     * @param pixels  [height, width, channels], unsigned bytes; modified
     * @param scratch of the same size, overwritten
     * @param table   [channels, 256], the normalised value of every pixel value
     * @param random  draws all changes
     * @param draws   modified: dy, dx and mirrored from {@code draw} on
     * @param out     modified: height * width * channels floats from {@code at} on
     */
    void apply(byte[] pixels, byte[] scratch, int height, int width, int channels, float[] table, RandomStream random, int[] draws, int draw,
            float[] out, int at) {
        byte[] seen = pixels;
        ImageBox part = smallestCrop == 1 ? null : ImageBox.draw(height, width, smallestCrop, 1, CROP_RATIO, random);
        byte[] other = scratch;
        if (part != null) {
            part.enlarge(pixels, height, width, channels, scratch);
            seen = scratch;
            other = pixels;
        }
        if (trivial && channels == 3) {
            TrivialAugment.apply(seen, other, height, width, random);
        }
        if (jitter > 0 && channels == 3) {
            ColourJitter.apply(seen, height * width, jitter, random);
        }
        draw(random, draws, draw);
        cropAndFlip(seen, height, width, channels, table, draws, draw, out, at);
        if (erasing > 0 && random.nextDouble() < erasing) {
            ImageBox erased = ImageBox.draw(height, width, ERASED_LEAST, ERASED_MOST, ERASED_RATIO, random);
            if (erased != null) {
                erased.fill(out, at, width, channels, 0);
            }
        }
    }

    /**
     * Crop and mirror: out[y, x, c] = table[c, pixels[y + dy, x' + dx, c]] with x' = x or width-1-x, and 0 for a pixel
     * outside.
     *
     * @param pixels [height, width, channels], unsigned bytes; not modified
     * @param table  [channels, 256], the normalised value of every pixel value
     * @param draws  dy, dx and mirrored from {@code draw} on; not modified
     * @param out    modified: height * width * channels floats from {@code at} on
     */
    static void cropAndFlip(byte[] pixels, int height, int width, int channels, float[] table, int[] draws, int draw, float[] out, int at) {
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

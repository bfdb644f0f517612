package org.equisphere.data.reader;

/**
 * How an image file of any size becomes a square: its shorter side is resized to {@code resize} pixels, then the middle crop x crop pixels are kept.
 *
 * @param crop   side of the result, at least 1
 * @param resize shorter side before the crop, at least {@code crop}
 */
public record ImageSize(int crop, int resize) {
    private static final int LARGEST = 1 << 13;

    /** Checks the ranges. */
    public ImageSize {
        if (crop < 1 || resize < crop || resize > LARGEST) {
            throw new IllegalArgumentException("image size is " + crop + "/" + resize + ", expected 1 <= crop <= resize <= " + LARGEST);
        }
    }

    /** The whole shorter side is kept. */
    public static ImageSize of(int side) {
        return new ImageSize(side, side);
    }

    /** Reads "64", or "224/256" for crop and resize. */
    static ImageSize parse(String text) {
        String[] parts = text.split("/", -1);
        try {
            int crop = Integer.parseInt(parts[0]);
            return new ImageSize(crop, parts.length == 1 ? crop : Integer.parseInt(parts[1]));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("image size is '" + text + "', expected a number of pixels, or CROP/RESIZE", e);
        }
    }

    /** Bytes of one image of three channels. */
    int bytes() {
        return crop * crop * 3;
    }
}

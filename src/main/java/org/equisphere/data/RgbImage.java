package org.equisphere.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * An image of three channels and its way to a network's input, the same for data sets and for predictions.
 *
 * @param height at least 1
 * @param width  at least 1
 * @param rgb    [height, width, 3], unsigned bytes; kept, not copied
 */
public record RgbImage(int height, int width, byte[] rgb) {
    /** Weights are fixed-point with this many fraction bits. */
    private static final int FRACTION_BITS = 22;

    /** Checks the sizes. */
    public RgbImage {
        if (height < 1 || width < 1 || rgb.length != 3L * height * width) {
            throw new IllegalArgumentException(rgb.length + " bytes for an image of " + height + "x" + width + ", expected three a pixel");
        }
    }

    /**
     * Takes the samples as stored: grey is repeated in each channel, a palette is looked up, alpha and colour profiles are left out, 16 bits are cut
     * to their upper 8. {@link BufferedImage#getRGB(int, int)} would take grey for linear light and make 188 of 128.
     */
    public static RgbImage of(BufferedImage image) {
        int height = image.getHeight();
        int width = image.getWidth();
        boolean stored = holdsRgbOrGrey(image.getColorModel());
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        byte[] rgb = new byte[Math.multiplyExact(height * width, 3)];
        int[] row = new int[width * bands];
        for (int y = 0, o = 0; y < height; y++) {
            if (stored) {
                raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            } else {
                image.getRGB(0, y, width, 1, row, 0, width);
            }
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 3; c++) {
                    rgb[o++] = (byte) (stored ? sample(image, row, x * bands, bands, c) : row[x] >> 16 - 8 * c);
                }
            }
        }
        return new RgbImage(height, width, rgb);
    }

    private static boolean holdsRgbOrGrey(ColorModel model) {
        int space = model.getColorSpace().getType();
        return (space == ColorSpace.TYPE_RGB || space == ColorSpace.TYPE_GRAY) && !(model instanceof IndexColorModel)
                && !model.isAlphaPremultiplied();
    }

    /** Channel c, 0..255, of the pixel whose samples begin at {@code at}. */
    private static int sample(BufferedImage image, int[] row, int at, int bands, int c) {
        int band = bands < 3 ? 0 : c;
        int bits = image.getSampleModel().getSampleSize(band);
        return bits >= 8 ? row[at + band] >> (bits - 8) : row[at + band] * 255 / ((1 << bits) - 1);
    }

    /**
     * Resizes in proportion to the least size that covers {@code coverHeight} x {@code coverWidth}, and cuts the middle out of it,
     * with torchvision's rounding.
     *
     * @param cropHeight rows of the result, 1..coverHeight
     * @param cropWidth  columns of the result, 1..coverWidth
     */
    public RgbImage fit(int coverHeight, int coverWidth, int cropHeight, int cropWidth) {
        boolean tall = (long) height * coverWidth >= (long) width * coverHeight;
        long newHeight = tall ? (long) coverWidth * height / width : coverHeight;
        long newWidth = tall ? coverWidth : (long) coverHeight * width / height;
        long top = (long) Math.rint((newHeight - cropHeight) / 2.0);
        long left = (long) Math.rint((newWidth - cropWidth) / 2.0);
        return resized(newHeight, newWidth, top, left, cropHeight, cropWidth);
    }

    /** The luma of ITU-R 601, (299 R + 587 G + 114 B) / 1000, with Pillow's rounding. [height, width], unsigned bytes. */
    public byte[] grey() {
        byte[] grey = new byte[height * width];
        for (int k = 0; k < grey.length; k++) {
            int weighted = 19595 * (rgb[3 * k] & 0xFF) + 38470 * (rgb[3 * k + 1] & 0xFF) + 7471 * (rgb[3 * k + 2] & 0xFF);
            grey[k] = (byte) (weighted + 0x8000 >> 16);
        }
        return grey;
    }

    /**
     * Part of the resized image. Bilinear with the filter widened when shrinking (no aliasing), in the fixed-point arithmetic of Pillow's resize:
     * the same bytes. Only what the part needs is computed: the whole of an elongated image may be larger than memory.
     */
    RgbImage resized(long newHeight, long newWidth, long top, long left, int partHeight, int partWidth) {
        int first = first(height, newHeight, top);
        int rows = end(height, newHeight, top + partHeight - 1) - first;
        byte[] wide = filter(rgb, first * width * 3, width * 3, 3, rows, width, newWidth, left, partWidth, partWidth * 3, 3);
        return new RgbImage(partHeight, partWidth,
                filter(wide, -first * partWidth * 3, 3, partWidth * 3, partWidth, height, newHeight, top, partHeight, 3, partWidth * 3));
    }

    /**
     * Filters along one axis.
     *
     * @param start     where pixel 0 of the first line would be
     * @param lineStep  bytes between lines before; {@code step} between pixels of a line before; {@code newLineStep, newStep} after
     * @param lines     number of lines along the axis
     * @param length    pixels of a line before; {@code newLength} after, of which {@code count} from {@code from} on are computed
     */
    private static byte[] filter(byte[] in, int start, int lineStep, int step, int lines, int length, long newLength, long from, int count,
                                 int newLineStep, int newStep) {
        byte[] out = new byte[lines * count * 3];
        int[] weights = new int[(int) Math.ceil(support(length, newLength)) * 2 + 1];
        for (int o = 0; o < count; o++) {
            int first = first(length, newLength, from + o);
            int taps = end(length, newLength, from + o) - first;
            triangle(weights, first, taps, centre(length, newLength, from + o), support(length, newLength));
            for (int line = 0; line < lines; line++) {
                for (int c = 0; c < 3; c++) {
                    int sum = 1 << (FRACTION_BITS - 1);
                    int at = start + line * lineStep + first * step + c;
                    for (int k = 0; k < taps; k++, at += step) {
                        sum += (in[at] & 0xFF) * weights[k];
                    }
                    out[line * newLineStep + o * newStep + c] = (byte) Math.max(0, Math.min(255, sum >> FRACTION_BITS));
                }
            }
        }
        return out;
    }

    private static double centre(int length, long newLength, long o) {
        return (o + 0.5) * ((double) length / newLength);
    }

    private static double support(int length, long newLength) {
        return Math.max((double) length / newLength, 1);
    }

    /** The first pixel that the new pixel o looks at. */
    private static int first(int length, long newLength, long o) {
        return Math.max(0, (int) (centre(length, newLength, o) - support(length, newLength) + 0.5));
    }

    /** One past the last. */
    private static int end(int length, long newLength, long o) {
        return Math.min(length, (int) (centre(length, newLength, o) + support(length, newLength) + 0.5));
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

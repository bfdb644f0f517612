package org.equisphere.cuda;

import org.equisphere.tensor.Convolution;

/**
 * The words of {@code struct Canvas} in {@code canvas.cuh}: all images of a batch in one plane, for a convolution of {@code reach} x {@code reach}
 * taps. Set for each convolution anew, so that a training step makes no garbage.
 */
final class Canvas {

    private final int reach;
    private final int[] words = new int[16];

    Canvas(int reach) {
        this.reach = reach;
    }

    /** The words, which the next {@link #set} changes. */
    int[] words() {
        return words;
    }

    /** The results of all images. */
    long positions() {
        return (long) words[0] * words[4] * words[5];
    }

    int outChannels() {
        return words[6];
    }

    /** The images of a convolution and its results. */
    void set(Convolution g) {
        set(g.batch(), g.height(), g.width(), g.inChannels(), g.outHeight(), g.outWidth(), g.outChannels(), g.stride(), g.padding());
    }

    /** A batch of images of these sizes, {@code padding} zeros before each row and rows before each image, and the results' sizes. */
    void set(int batch, int height, int width, int channels, int outHeight, int outWidth, int outChannels, int stride, int padding) {
        words[0] = batch;
        words[1] = height;
        words[2] = width;
        words[3] = channels;
        words[4] = outHeight;
        words[5] = outWidth;
        words[6] = outChannels;
        words[7] = stride;
        words[8] = padding;
        words[10] = height;
        words[11] = width;
        words[12] = Launch.reciprocal(width + padding);
        words[13] = Launch.reciprocal(height + padding);
        words[14] = Launch.reciprocal(outWidth);
        words[15] = Launch.reciprocal(outHeight * outWidth);
    }

    /** The images as they are stored, in canvases with more room for each. */
    void store(int height, int width) {
        words[10] = height;
        words[11] = width;
    }

    /** Whether places and positions of a convolution stay ints, with room for what a tile reaches past the last of them. */
    static boolean holds(Convolution g) {
        return (g.batch() + 1L) * (g.height() + g.kernel()) * (g.width() + g.kernel()) < 1 << 30;
    }

    /** Whether the stretch of so many positions has no more than so many places; notes how many. */
    boolean fits(int positions, int places) {
        long stretch = stretch(positions);
        words[9] = (int) Math.min(stretch, Integer.MAX_VALUE);
        return stretch <= places;
    }

    /** The most places from the first tap of the first to the last tap of the last of {@code size} positions, which begin at a multiple of it. */
    private long stretch(int size) {
        long height = words[1] + words[8];
        long pitch = words[2] + words[8];
        int outHeight = words[4];
        int outWidth = words[5];
        int stride = words[7];
        // A place is stride * position, plus what is left over at the end of each row and of each image.
        long overRow = stride * (pitch - outWidth);
        long overImage = Math.max(0, (height - (long) stride * outHeight) * pitch);
        return (size - 1L) * stride + crossings(size, outWidth) * overRow + crossings(size, outHeight * outWidth) * overImage
                + (reach - 1) * (pitch + 1) + 1;
    }

    /** The most multiples of {@code period} between the first and the last of {@code size} numbers that begin at a multiple of {@code size}. */
    private static long crossings(int size, int period) {
        int divisor = size;
        for (int rest = period; rest != 0; ) {
            int next = divisor % rest;
            divisor = rest;
            rest = next;
        }
        return ((long) period - divisor + size - 1) / period;
    }
}

package org.equisphere.tensor;

import java.util.Arrays;

/**
 * Lays out the transformed 4x4 tiles of an image batch, two positions apart, for {@link WinogradTransforms}: planes of [tile][channel]. A line is
 * one row of tiles of one image; several lines, also of neighbouring images, are laid out side by side, so that small images make long products.
 */
final class WinogradTiles {

    /** Floats between two planes beyond their length: planes a power of two apart would meet in the same sets of the first cache. */
    private static final int SKEW = 16;

    private float[] in;
    private int inAt;
    private int height;
    private int width;
    private int channels;
    private int padding;
    /** Tiles of one image. */
    int rows;
    int columns;
    /** Lines laid out at a time. */
    int lines;
    /** Room for their tiles, in whole register tiles. */
    private int room;
    private float[] zeros = new float[0];

    /** Whether Winograd's way is taken: for kernels of 3x3, stride 1, whole vectors of channels. */
    static boolean fit(Convolution g) {
        return g.kernel() == 3 && g.stride() == 1 && g.inChannels() % Lanes.COUNT == 0 && g.outChannels() % Lanes.COUNT == 0;
    }

    /**
     * Describes the images and the positions that are to be covered.
     *
     * @param atOnce tiles laid out at a time, about: the planes and their products should stay in the second cache
     * @param unit   there is room for a multiple of it
     */
    void describe(float[] images, int at, int imageHeight, int imageWidth, int imageChannels, int zerosAround, int outHeight, int outWidth, int atOnce,
                  int unit) {
        in = images;
        inAt = at;
        height = imageHeight;
        width = imageWidth;
        channels = imageChannels;
        padding = zerosAround;
        rows = (outHeight + 1) / 2;
        columns = (outWidth + 1) / 2;
        lines = Math.max(1, atOnce / columns);
        room = Lanes.roundUp(lines * columns, unit);
        if (zeros.length < width * channels) {
            zeros = new float[width * channels];
        }
    }

    /** How many tiles there is room for. */
    int room() {
        return room;
    }

    /** Floats from plane to plane, for tiles of so many channels. */
    int step(int tileChannels) {
        return room * tileChannels + SKEW;
    }

    /** Floats that {@link #lay} writes; the planes come first. */
    int bufferSize() {
        return WinogradTransforms.PLANES * step(channels) + 4 * rowLength();
    }

    /** A row of the image with zeros on both sides, as far as tiles reach. */
    private int rowLength() {
        return (2 * columns + 2) * channels;
    }

    /** Clears what {@link #lay} does not write: the columns outside the image. */
    void clearMargins(float[] buffer) {
        int row = rowLength();
        int left = padding * channels;
        int right = Math.min(row, left + width * channels);
        for (int i = 0; i < 4; i++) {
            int at = WinogradTransforms.PLANES * step(channels) + i * row;
            Arrays.fill(buffer, at, at + left, 0);
            Arrays.fill(buffer, at + right, at + row, 0);
        }
    }

    /** Lays out {@code count} lines from line {@code first} of the batch on. */
    void lay(int first, int count, float[] buffer) {
        int step = step(channels);
        int row = rowLength();
        int between = WinogradTransforms.PLANES * step;
        int inside = Math.min(row - padding * channels, width * channels);
        for (int line = first; line < first + count; line++) {
            int image = line / rows;
            int top = 2 * (line % rows) - padding;
            WinogradTransforms.columns(row(top), at(image, top), row(top + 1), at(image, top + 1), row(top + 2), at(image, top + 2), row(top + 3),
                    at(image, top + 3), inside, buffer, between + padding * channels, row);
            for (int i = 0; i < 4; i++) {
                WinogradTransforms.rows(buffer, between + i * row, channels, columns, buffer, 4 * i * step + (line - first) * columns * channels, step);
            }
        }
    }

    private float[] row(int y) {
        return y < 0 || y >= height ? zeros : in;
    }

    private int at(int image, int y) {
        return y < 0 || y >= height ? 0 : inAt + (image * height + y) * width * channels;
    }
}

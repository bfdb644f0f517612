package org.equisphere.tensor;

import java.util.Arrays;

/**
 * Lays out the transformed tiles of an image batch for {@link WinogradTransforms}: planes of [tile][channel]. Tiles are those of the inputs, which
 * overlap, or those of the output's gradient, which do not. A line is one row of tiles of one image; several lines, also of neighbouring images, are
 * laid out side by side, so that small images make long products.
 */
final class WinogradTiles {

    /** Floats between two planes beyond their length: planes a power of two apart would meet in the same sets of the first cache. */
    static final int SKEW = 16;
    /** Fewer outputs in a direction than this leave more than half of a tile unused. */
    private static final int LEAST_SIDE = 3;

    private static final int STRIDE = WinogradTransforms.STRIDE;
    private static final int SIDE = WinogradTransforms.SIDE;
    private static final int PLANES = WinogradTransforms.PLANES;

    private final boolean upper;
    private final int reach;
    private float[] in;
    private int inAt;
    private int height;
    private int width;
    private int channels;
    /** The channels of a laid out tile. */
    private int padded;
    private int padding;
    /** Tiles of one image. */
    int rows;
    int columns;
    /** Lines laid out at a time. */
    int lines;
    /** Room for their tiles, in whole register tiles. */
    private int room;
    private float[] zeros = new float[0];

    private WinogradTiles(boolean upper) {
        this.upper = upper;
        reach = upper ? STRIDE : SIDE;
    }

    /** B^T d B of tiles d of inputs. */
    static WinogradTiles ofInputs() {
        return new WinogradTiles(false);
    }

    /** A dy A^T of tiles dy of the output's gradient. */
    static WinogradTiles ofGradients() {
        return new WinogradTiles(true);
    }

    /** Whether Winograd's way is taken: for kernels of 3x3, stride 1, whole vectors of channels. */
    static boolean fit(Convolution g) {
        return g.kernel() == 3 && g.stride() == 1 && g.inChannels() % Lanes.COUNT == 0 && g.outChannels() % Lanes.COUNT == 0
                && Math.min(g.outHeight(), g.outWidth()) >= LEAST_SIDE;
    }

    /** How many tiles cover so many outputs in a row. */
    static int along(int outputs) {
        return (outputs + STRIDE - 1) / STRIDE;
    }

    /**
     * Describes the images and the positions that are to be covered.
     *
     * @param tileChannels  the channels of a laid out tile, at least the image's; those beyond are left as they are
     * @param atOnce        tiles laid out at a time, about: the planes and their products should stay in the second cache
     * @param unit          there is room for a multiple of it
     */
    void describe(float[] images, int at, int imageHeight, int imageWidth, int imageChannels, int tileChannels, int zerosAround, int outHeight,
                  int outWidth, int atOnce, int unit) {
        in = images;
        inAt = at;
        height = imageHeight;
        width = imageWidth;
        channels = imageChannels;
        padded = tileChannels;
        padding = zerosAround;
        rows = along(outHeight);
        columns = along(outWidth);
        lines = Math.max(1, atOnce / columns);
        room = Lanes.roundUp(lines * columns, unit);
        if (zeros.length < width * channels) {
            zeros = new float[width * channels];
        }
    }

    /** Floats from plane to plane, for tiles of so many channels. */
    int step(int tileChannels) {
        return room * tileChannels + SKEW;
    }

    /** Floats that {@link #lay} writes; the planes come first. */
    int bufferSize() {
        return PLANES * step(padded) + betweenSize();
    }

    /** Floats of what lies between a line and its planes. */
    int betweenSize() {
        return SIDE * rowLength();
    }

    /** A row of the image with zeros on both sides, as far as tiles reach. */
    private int rowLength() {
        return (STRIDE * (columns - 1) + reach) * channels;
    }

    /** Clears what {@link #lay} does not write: the columns outside the image. */
    void clearMargins(float[] buffer) {
        clearMargins(buffer, PLANES * step(padded));
    }

    /** The same of what lies between alone. */
    void clearMargins(float[] between, int from) {
        int row = rowLength();
        int left = padding * channels;
        int right = Math.min(row, left + width * channels);
        for (int i = 0; i < SIDE; i++) {
            int at = from + i * row;
            Arrays.fill(between, at, at + left, 0);
            Arrays.fill(between, at + right, at + row, 0);
        }
    }

    /** Lays out {@code count} lines from line {@code first} of the batch on. */
    void lay(int first, int count, float[] buffer) {
        lay(first, count, buffer, PLANES * step(padded), buffer, 0);
    }

    /**
     * Lays out {@code count} lines from line {@code first} of the batch on, from line {@code place} of the planes on.
     *
     * @param between {@link #betweenSize} floats from {@code at} on whose margins are clear, no other thread's
     * @param planes  as long as {@link #bufferSize} less {@link #betweenSize}
     */
    void lay(int first, int count, float[] between, int at, float[] planes, int place) {
        int step = step(padded);
        int row = rowLength();
        int inside = Math.min(row - padding * channels, width * channels);
        for (int line = first; line < first + count; line++) {
            columns(line / rows, STRIDE * (line % rows) - padding, inside, between, at + padding * channels, row);
            int to = (place + line - first) * columns * padded;
            for (int i = 0; i < SIDE; i++) {
                if (upper) {
                    WinogradTransforms.upperRow(between, at + i * row, channels, columns, planes, SIDE * i * step + to, padded, step);
                } else {
                    WinogradTransforms.inputRow(between, at + i * row, channels, columns, planes, SIDE * i * step + to, step);
                }
            }
        }
    }

    private void columns(int image, int y, int inside, float[] buffer, int to, int row) {
        if (upper) {
            WinogradTransforms.upperColumns(row(y), at(image, y), row(y + 1), at(image, y + 1), row(y + 2), at(image, y + 2), row(y + 3),
                    at(image, y + 3), inside, buffer, to, row);
        } else {
            WinogradTransforms.inputColumns(row(y), at(image, y), row(y + 1), at(image, y + 1), row(y + 2), at(image, y + 2), row(y + 3),
                    at(image, y + 3), row(y + 4), at(image, y + 4), row(y + 5), at(image, y + 5), inside, buffer, to, row);
        }
    }

    private float[] row(int y) {
        return y < 0 || y >= height ? zeros : in;
    }

    private int at(int image, int y) {
        return y < 0 || y >= height ? 0 : inAt + (image * height + y) * width * channels;
    }
}

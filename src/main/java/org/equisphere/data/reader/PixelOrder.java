package org.equisphere.data.reader;

/** Brings images stored plane by plane into the order (height, width, channels). */
final class PixelOrder {
    private PixelOrder() {}

    /**
     * From (channel, row, column), CIFAR's order.
     *
     * @param planes channels * height * width bytes from 0 on; not modified
     * @param out    modified: as many bytes from {@code at} on
     */
    static void fromRowPlanes(byte[] planes, int height, int width, int channels, byte[] out, int at) {
        gather(planes, height, width, channels, width, 1, out, at);
    }

    /** From (channel, column, row), the order of STL-10 and of MATLAB arrays [height, width, channels], read from the first byte on. */
    static void fromColumnPlanes(byte[] planes, int height, int width, int channels, byte[] out, int at) {
        gather(planes, height, width, channels, 1, height, out, at);
    }

    private static void gather(byte[] planes, int height, int width, int channels, int rowStep, int columnStep, byte[] out, int at) {
        int plane = height * width;
        for (int y = 0, o = at; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int from = y * rowStep + x * columnStep;
                for (int c = 0; c < channels; c++) {
                    out[o++] = planes[c * plane + from];
                }
            }
        }
    }
}

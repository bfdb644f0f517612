package org.equisphere.tensor;

/**
 * A shape of register tile: so many rows times so many vectors of columns. What is best depends on the number of registers (32 with
 * 512-bit lanes, else 16) and on how many columns there are.
 */
enum Tile {

    /** One vector of columns: for 16 channels in 512-bit lanes. */
    TALL(16, 1),
    /** Divides the widths of images. */
    EVEN(8, 2),
    /** For 16 registers. */
    SMALL(4, 2);

    /** Rows of x in a tile. */
    final int rows;
    /** Columns in a tile. */
    final int columns;

    Tile(int rows, int vectors) {
        this.rows = rows;
        this.columns = vectors * Lanes.COUNT;
    }

    /** The tile for a convolution's {@code columns} output channels. */
    static Tile ofChannels(int columns) {
        if (Lanes.COUNT < 16) {
            return SMALL;
        }
        return columns <= Lanes.COUNT ? TALL : EVEN;
    }

    /** How many tiles cover {@code n} columns. */
    int panels(int n) {
        return (n + columns - 1) / columns;
    }

    /** The method of {@link RowKernel} for this shape. */
    void rows(RowKernel kernel, float[] x, int x0, int step, int count, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0,
              int oStep) {
        if (this == TALL) {
            kernel.rows16x1(x, x0, step, count, w, w0, start, s0, sStep, out, o0, oStep);
        } else if (this == EVEN) {
            kernel.rows8x2(x, x0, step, count, w, w0, start, s0, sStep, out, o0, oStep);
        } else {
            kernel.rows4x2(x, x0, step, count, w, w0, start, s0, sStep, out, o0, oStep);
        }
    }

    /** The outer products of {@link RowKernel} of this shape. */
    void outer(RowKernel kernel, float[] x, int x0, int xStep, int count, float[] y, int y0, int yStep, float[] sums, int o0, int oStep) {
        if (this == TALL) {
            kernel.outer16x1(x, x0, xStep, count, y, y0, yStep, sums, o0, oStep);
        } else if (this == EVEN) {
            kernel.outer8x2(x, x0, xStep, count, y, y0, yStep, sums, o0, oStep);
        } else {
            kernel.outer4x2(x, x0, xStep, count, y, y0, yStep, sums, o0, oStep);
        }
    }
}

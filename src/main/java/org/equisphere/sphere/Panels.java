package org.equisphere.sphere;

/**
 * The layout of a matrix from which a {@link PairKernel} reads and writes whole lines of the cache in their order: cut into panels of a few columns,
 * one after the other, each row-major. Entry (i, j) of a matrix of h rows lies at (j / width * h + i) * width + j % width, and the last
 * panel is filled up with zeros.
 */
final class Panels {

    private Panels() {
    }

    /** The numbers taken by a matrix of that many rows and columns. */
    static long length(int height, int columns, int width) {
        return (long) (columns + width - 1) / width * width * height;
    }

    /**
     * Lays out rows: rows x columns numbers of a row-major matrix, as a matrix of {@code height} rows whose last ones, if any, are left as they are.
     */
    static void pack(double[] matrix, int from, int stride, int rows, int columns, int width, int height, double[] to, int at) {
        for (int first = 0; first < columns; first += width) {
            int filled = Math.min(width, columns - first);
            int target = at + first * height;
            for (int i = 0; i < rows; i++) {
                int source = from + i * stride + first;
                for (int j = 0; j < filled; j++) {
                    to[target + j] = matrix[source + j];
                }
                for (int j = filled; j < width; j++) {
                    to[target + j] = 0;
                }
                target += width;
            }
        }
    }

    /** Lays out the transpose of rows x columns numbers of a row-major matrix: a matrix of {@code columns} rows. */
    static void packTransposed(double[] matrix, int from, int stride, int rows, int columns, int width, double[] to, int at) {
        for (int first = 0; first < rows; first += width) {
            int target = at + first * columns;
            for (int j = 0; j < width; j++) {
                int source = from + (first + j) * stride;
                for (int k = 0; k < columns; k++) {
                    to[target + k * width + j] = first + j < rows ? matrix[source + k] : 0;
                }
            }
        }
    }
}

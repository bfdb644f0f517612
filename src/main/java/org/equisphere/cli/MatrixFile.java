package org.equisphere.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.equisphere.data.NpyFile;

/**
 * A two-dimensional {@code .npy} file in double precision.
 *
 * @param values row-major
 */
record MatrixFile(double[] values, int rows, int columns) {

    /** Reads any matrix. */
    static MatrixFile read(Path file) throws IOException {
        NpyFile npy = NpyFile.read(file);
        int[] shape = npy.shape();
        if (shape.length != 2) {
            throw new IOException(file + ": shape " + Arrays.toString(shape) + ", expected a matrix [rows, columns]");
        }
        return new MatrixFile(npy.doubles(), shape[0], shape[1]);
    }

    /** Reads a matrix of a known shape; returns its values. */
    static double[] read(Path file, int rows, int columns) throws IOException {
        MatrixFile matrix = read(file);
        if (matrix.rows != rows || matrix.columns != columns) {
            throw new IOException(file + ": a " + matrix.rows + " x " + matrix.columns + " matrix, expected " + rows + " x " + columns);
        }
        return matrix.values;
    }
}

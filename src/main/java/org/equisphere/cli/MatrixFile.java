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
}

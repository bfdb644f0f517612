package org.equisphere.interchange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.equisphere.data.DataFormatException;
import org.equisphere.sphere.Prototypes;

/**
 * Prototypes from files of others: a matrix in {@code .npy}, {@code .npz}, {@code .safetensors} or {@code .pth}. One prototype a row; but the tensor
 * {@code w} of a state dict holds one a column, as the sets published with the method's paper do ({@code 100centers_10dim.pth} and the like).
 * A file of several tensors is searched for {@code prototypes}, then {@code w}.
 */
public final class PrototypeFile {

    private PrototypeFile() {
    }

    /**
     * Reads prototypes; every one is divided by its length.
     *
     * @throws DataFormatException when the file is damaged, holds no such matrix or a prototype of length zero
     */
    public static Prototypes read(Path file) throws IOException {
        TensorArchive archive = TensorArchive.read(file);
        Map<String, NamedTensor> tensors = archive.byName();
        List<NamedTensor> one = archive.tensors();
        NamedTensor found = tensors.getOrDefault("prototypes", tensors.getOrDefault("w", one.size() == 1 ? one.get(0) : null));
        if (found == null || found.shape().length != 2 || found.values().length == 0) {
            throw DataFormatException.of(file, "content", one, "one matrix [n, d], or one named prototypes [n, d] or w [d, n]");
        }
        boolean columns = found.name().equals("w");
        int n = found.shape()[columns ? 1 : 0];
        int d = found.shape()[columns ? 0 : 1];
        double[] rows = new double[n * d];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = found.values()[columns ? k % d * n + k / d : k];
        }
        try {
            return Prototypes.of(rows, n, d);
        } catch (IllegalArgumentException e) {
            throw new DataFormatException(file + ": " + e.getMessage(), e);
        }
    }
}

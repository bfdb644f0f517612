package org.equisphere.interchange;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.NpyFile;
import org.equisphere.model.Classifier;

/**
 * Named floating-point tensors and what a file says about them. Integer tensors (PyTorch's {@code num_batches_tracked}) are checked and left out.
 *
 * @param tensors  in the file's order
 * @param metadata texts under names; empty where a format has none
 */
public record TensorArchive(List<NamedTensor> tensors, Map<String, String> metadata) {

    /** A pickle of protocol 2 that begins with the ten bytes of a number. */
    private static final String OLD_TORCH = "\u0080\u0002\u008a\n";

    /** Checks that no two tensors share a name. */
    public TensorArchive {
        tensors = List.copyOf(tensors);
        metadata = Map.copyOf(metadata);
        if (tensors.stream().map(NamedTensor::name).distinct().count() < tensors.size()) {
            throw new IllegalArgumentException("two tensors share a name: " + tensors);
        }
    }

    /**
     * Reads a file of tensors; what kind it is its first bytes tell: safetensors, {@code .npz}, {@code .npy}, a {@code torch.save} zip, or
     * a model file of ours.
     *
     * @throws DataFormatException when the file is damaged, hostile or of none of these kinds; no code in it is ever run
     * @throws IOException         when it cannot be read
     */
    public static TensorArchive read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw DataFormatException.of(file, "content", "a folder", "a file of tensors");
        }
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(8);
        }
        String magic = new String(start, StandardCharsets.ISO_8859_1);
        if (magic.startsWith("PK")) {
            return ZipArchive.read(file);
        }
        if (magic.startsWith("\u0093NUMPY")) {
            NpyFile npy = NpyFile.read(file);
            return new TensorArchive(List.of(new NamedTensor("", npy.shape(), npy.floats())), Map.of());
        }
        if (magic.startsWith(OLD_TORCH)) {
            throw DataFormatException.of(file, "content", "what torch.save wrote before PyTorch 1.6", "its zip: load it in PyTorch and save it anew");
        }
        if (magic.equals("EQUISPHR")) {
            return StateDict.of(Classifier.load(file).contents());
        }
        return Safetensors.read(file);
    }

    /**
     * Writes a file of float32 tensors, whole or not at all.
     *
     * @param file ends in {@code .safetensors} or in {@code .npz}, which has no place for the metadata
     * @throws IllegalArgumentException for another ending
     */
    public void write(Path file) throws IOException {
        String name = file.toString();
        if (name.endsWith(".safetensors")) {
            Safetensors.write(this, file);
        } else if (name.endsWith(".npz")) {
            ZipArchive.write(this, file);
        } else {
            throw new IllegalArgumentException(file + ": expected a name that ends in .safetensors or .npz");
        }
    }

    /** The tensors under their names, in the order of the names. */
    public Map<String, NamedTensor> byName() {
        Map<String, NamedTensor> map = new TreeMap<>();
        tensors.forEach(tensor -> map.put(tensor.name(), tensor));
        return map;
    }
}

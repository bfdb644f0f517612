package org.equisphere.interchange;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.NpyFile;
import org.equisphere.data.ReplacedFile;

/** Zips of tensors: NumPy's {@code .npz}, one {@code .npy} a tensor, and what {@code torch.save} writes, a pickle beside raw storages. */
final class ZipArchive {

    /** More than deflate can ever pack one byte into. */
    private static final long LARGEST_EXPANSION = 1032;
    private static final String PICKLE = "/data.pkl";
    private static final int LARGEST_PICKLE = 1 << 20;
    private static final int LARGEST_STORAGE = Integer.MAX_VALUE - 8;

    private ZipArchive() {
    }

    static TensorArchive read(Path file) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            List<? extends ZipEntry> entries = Collections.list(zip.entries());
            requireNoOverlap(file, entries);
            for (ZipEntry entry : entries) {
                if (entry.getName().endsWith(PICKLE)) {
                    return readTorch(file, zip, entry);
                }
            }
            List<NamedTensor> tensors = new ArrayList<>();
            for (ZipEntry entry : entries) {
                NpyFile npy = npy(file, zip, entry);
                if (npy.dtype().startsWith("float")) {
                    tensors.add(new NamedTensor(entry.getName().replaceFirst("\\.npy$", ""), npy.shape(), npy.floats()));
                }
            }
            return new TensorArchive(tensors, Map.of());
        } catch (ZipException | EOFException e) {
            throw new DataFormatException(file + ": not a zip archive, or a damaged one: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new DataFormatException(file + ": " + e.getMessage(), e);
        }
    }

    private static NpyFile npy(Path file, ZipFile zip, ZipEntry entry) throws IOException {
        if (!entry.getName().endsWith(".npy")) {
            throw DataFormatException.of(file, "entry", entry.getName(), "NAME.npy in a .npz, or data.pkl in what torch.save wrote");
        }
        requireRoom(file, entry, LARGEST_EXPANSION * entry.getCompressedSize());
        try (InputStream in = zip.getInputStream(entry)) {
            return NpyFile.read(file + ", " + entry.getName(), Channels.newChannel(in), entry.getSize());
        }
    }

    private static TensorArchive readTorch(Path file, ZipFile zip, ZipEntry pickle) throws IOException {
        String folder = pickle.getName().substring(0, pickle.getName().length() - PICKLE.length());
        ZipEntry order = zip.getEntry(folder + "/byteorder");
        if (order != null && !new String(bytes(file, zip, order, 16)).equals("little")) {
            throw DataFormatException.of(file, "byteorder", "not little", "little-endian storages");
        }
        return new TensorArchive(new TorchPickle(file, bytes(file, zip, pickle, LARGEST_PICKLE), key -> {
            ZipEntry storage = zip.getEntry(folder + "/data/" + key);
            if (storage == null) {
                throw DataFormatException.of(file, "storage " + key, "missing", "an entry " + folder + "/data/" + key);
            }
            return bytes(file, zip, storage, Math.min(LARGEST_STORAGE, storage.getCompressedSize())); // PyTorch never packs them
        }).tensors(Files.size(file)), Map.of());
    }

    /** Entries that lie on top of one another can claim more than the file holds. */
    private static void requireNoOverlap(Path file, List<? extends ZipEntry> entries) throws IOException {
        long packed = 0;
        for (ZipEntry entry : entries) {
            packed += Math.max(0, entry.getCompressedSize());
            if (packed > Files.size(file)) {
                throw DataFormatException.of(file, "size of the entries", "at least " + packed, "at most the file's " + Files.size(file) + " bytes");
            }
        }
    }

    private static byte[] bytes(Path file, ZipFile zip, ZipEntry entry, long limit) throws IOException {
        requireRoom(file, entry, limit);
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] bytes = in.readNBytes((int) entry.getSize());
            if (bytes.length < entry.getSize()) {
                throw DataFormatException.of(file, entry.getName(), bytes.length + " bytes long", entry.getSize() + ", as the archive says");
            }
            return bytes;
        }
    }

    private static void requireRoom(Path file, ZipEntry entry, long limit) throws DataFormatException {
        if (entry.getSize() < 0 || entry.getSize() > limit) {
            throw DataFormatException.of(file, "size of " + entry.getName(), entry.getSize(), "0.." + limit);
        }
    }

    /** Writes a .npz as {@code numpy.savez} does: stored, not packed. Equal tensors give equal files. */
    static void write(TensorArchive archive, Path file) throws IOException {
        ReplacedFile.write(file, out -> {
            ZipOutputStream zip = new ZipOutputStream(out);
            zip.setMethod(ZipOutputStream.STORED);
            for (NamedTensor tensor : archive.tensors()) {
                ByteArrayOutputStream npy = new ByteArrayOutputStream();
                NpyFile.write(npy, tensor.values(), tensor.shape());
                CRC32 crc = new CRC32();
                crc.update(npy.toByteArray());
                ZipEntry entry = new ZipEntry(tensor.name() + ".npy");
                entry.setTime(0);
                entry.setSize(npy.size());
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                npy.writeTo(zip);
            }
            zip.finish();
        });
    }
}

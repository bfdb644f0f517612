package org.equisphere.train;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UTFDataFormatException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.equisphere.data.Dataset;
import org.equisphere.data.ReplacedFile;
import org.equisphere.nn.Optimizer;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Tensor;

/**
 * The state of a run between two steps: weights, statistics, optimiser, progress, head, best epoch. The schedule and
 * the order, augmentation and mixing of the batches need none: they follow from settings, epoch and step.
 *
 * <p>A checkpoint belongs to its settings, its training data and its prototypes; another run's is refused. The file ends with a CRC-32C of all
 * before, which is compared before anything is read.
 */
final class Checkpoint {

    private static final int MAGIC = 0x45515043;
    private static final int VERSION = 3;
    /** Examples that stand for a training set in its fingerprint. */
    private static final int SAMPLED = 64;
    /** Values that are turned into bytes at once: a whole network's would take its size again. */
    private static final int PIECE = 1 << 14;

    private final String identity;
    private final Weights weights;
    private final Optimizer optimizer;
    private final List<RunState> parts;

    /**
     * A checkpoint of live parts: {@link #save} reads them, {@link #load} sets them.
     *
     * @param identity what tells this run from others, as {@link #identity(TrainingSettings, Dataset, Prototypes)} makes it
     */
    Checkpoint(String identity, Weights weights, Optimizer optimizer, List<RunState> parts) {
        this.identity = identity;
        this.weights = weights;
        this.optimizer = optimizer;
        this.parts = parts;
    }

    /**
     * Settings, and fingerprints of the training data, by all labels and some examples, and of prototypes.
     *
     * @param given prototypes that do not follow from the settings, or null
     */
    static String identity(TrainingSettings settings, Dataset data, Prototypes given) {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, String> entry : settings.toMap().entrySet()) {
            text.append(entry.getKey()).append('=').append(entry.getValue()).append("; ");
        }
        CRC32C fingerprint = new CRC32C();
        for (int i = 0; i < data.size(); i++) {
            fingerprint.update(data.label(i));
            fingerprint.update(data.label(i) >> 8);
        }
        float[] example = new float[data.length()];
        for (int i = 0; i < data.size(); i += Math.max(1, data.size() / SAMPLED)) {
            data.example(i, example, 0);
            fingerprint.update(bytes(example));
        }
        text.append("examples=").append(data.size()).append("; classes=").append(data.classes())
                .append("; data=").append(Long.toHexString(fingerprint.getValue()));
        if (given != null) {
            ByteBuffer rows = ByteBuffer.allocate(Double.BYTES * given.count() * given.dimension());
            rows.asDoubleBuffer().put(given.toArray());
            fingerprint.reset();
            fingerprint.update(rows);
            text.append("; prototypes=").append(Long.toHexString(fingerprint.getValue()));
        }
        return text.toString();
    }

    /** Writes beside the file and renames. */
    void save(Path file) throws IOException {
        ReplacedFile.write(file, bytes -> {
            CheckedOutputStream checked = new CheckedOutputStream(new BufferedOutputStream(bytes), new CRC32C());
            DataOutputStream out = new DataOutputStream(checked);
            write(out);
            out.writeLong(checked.getChecksum().getValue());
            out.flush();
        });
    }

    private void write(DataOutput out) throws IOException {
        out.writeInt(MAGIC);
        out.writeInt(VERSION);
        out.writeUTF(identity);
        write(out, weights.learned().toArray());
        write(out, weights.statistics().toArray());
        out.writeLong(optimizer.steps());
        for (Tensor tensor : optimizer.state()) {
            write(out, tensor.toArray());
        }
        for (RunState part : parts) {
            part.save(out);
        }
    }

    /**
     * Sets the live parts.
     *
     * @throws CheckpointFormatException when the file is damaged, or of another version, of other settings or data
     * @throws IOException               when it is missing or cannot be read
     */
    void load(Path file) throws IOException {
        try {
            requireWhole(file);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(file.toString(), null, "no checkpoint to resume from");
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            read(file, in);
        } catch (EOFException | UTFDataFormatException | IllegalArgumentException e) {
            throw new CheckpointFormatException("checkpoint " + file + " is damaged: "
                    + (e.getMessage() == null ? "it ends too early" : e.getMessage()));
        }
    }

    /** Reads all of it once, before any part is set. */
    private static void requireWhole(Path file) throws IOException {
        long body = Files.size(file) - Long.BYTES;
        CheckedInputStream checked = new CheckedInputStream(new BufferedInputStream(Files.newInputStream(file)), new CRC32C());
        try (DataInputStream in = new DataInputStream(checked)) {
            in.skipNBytes(body);
            long found = checked.getChecksum().getValue();
            if (body < 8 || in.readLong() != found) {
                throw new CheckpointFormatException("checkpoint " + file + " is damaged: its checksum does not match");
            }
        }
    }

    private void read(Path file, DataInputStream in) throws IOException {
        if (in.readInt() != MAGIC || in.readInt() != VERSION) {
            throw new CheckpointFormatException(file + " is not a checkpoint of version " + VERSION + ", the one this library writes and reads");
        }
        String saved = in.readUTF();
        if (!saved.equals(identity)) {
            throw new CheckpointFormatException("checkpoint " + file + " belongs to other settings or data: it was made with "
                    + without(saved, identity) + ", this run has " + without(identity, saved));
        }
        weights.learned().set(read(in, weights.learned().size()));
        weights.statistics().set(read(in, weights.statistics().size()));
        optimizer.resume(in.readLong());
        for (Tensor tensor : optimizer.state()) {
            tensor.set(read(in, tensor.size()));
        }
        for (RunState part : parts) {
            part.load(in);
        }
        if (in.available() != Long.BYTES) {
            throw new IllegalArgumentException(in.available() + " bytes follow its parts, expected the " + Long.BYTES + " of its checksum");
        }
    }

    /** The entries of an identity that another has not. */
    private static String without(String identity, String other) {
        List<String> own = new ArrayList<>(List.of(identity.split("; ")));
        own.removeAll(List.of(other.split("; ")));
        return own.isEmpty() ? "nothing beside" : String.join("; ", own);
    }

    /** Checks a number read. */
    static int within(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(field + " is " + value + ", expected " + least + ".." + most);
        }
        return value;
    }

    /** Writes the number of values, then the values. */
    static void write(DataOutput out, float[] values) throws IOException {
        out.writeInt(values.length);
        ByteBuffer piece = ByteBuffer.allocate(PIECE * Float.BYTES);
        for (int at = 0; at < values.length; at += PIECE) {
            int n = Math.min(PIECE, values.length - at);
            piece.asFloatBuffer().put(values, at, n);
            out.write(piece.array(), 0, n * Float.BYTES);
        }
    }

    /** Reads what {@link #write} wrote; the size is known beforehand. */
    static float[] read(DataInput in, int size) throws IOException {
        within("size of a tensor", in.readInt(), size, size);
        ByteBuffer piece = ByteBuffer.allocate(PIECE * Float.BYTES);
        float[] values = new float[size];
        for (int at = 0; at < size; at += PIECE) {
            int n = Math.min(PIECE, size - at);
            in.readFully(piece.array(), 0, n * Float.BYTES);
            piece.asFloatBuffer().get(values, at, n);
        }
        return values;
    }

    /** Writes the number of bytes, then the bytes. */
    static void writeBytes(DataOutput out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /** Reads what {@link #writeBytes} wrote, piece by piece: a length that is wrong ends at the end of the file, not in memory asked for. */
    static byte[] readBytes(DataInput in) throws IOException {
        int left = within("number of bytes", in.readInt(), 0, Integer.MAX_VALUE);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] piece = new byte[8192];
        for (; left > 0; left -= piece.length) {
            in.readFully(piece, 0, Math.min(left, piece.length));
            bytes.write(piece, 0, Math.min(left, piece.length));
        }
        return bytes.toByteArray();
    }

    private static byte[] bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES));
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}

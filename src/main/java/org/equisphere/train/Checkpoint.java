package org.equisphere.train;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.equisphere.data.Dataset;
import org.equisphere.data.ReplacedFile;
import org.equisphere.nn.Optimizer;
import org.equisphere.nn.Weights;
import org.equisphere.tensor.Tensor;

/**
 * The state of a run between two epochs: weights, statistics, optimiser, head, best epoch, history. Batches and augmentation need none: their
 * chance is drawn from seed, epoch and place.
 *
 * <p>A checkpoint belongs to its settings and its training data; another run's is refused. The file ends with a CRC-32C of all before.
 */
final class Checkpoint {

    private static final int MAGIC = 0x45515043;
    private static final int VERSION = 1;

    private final TrainingSettings settings;
    private final Dataset data;
    private final Weights weights;
    private final Optimizer optimizer;
    private final List<RunState> parts;
    private final List<EpochSummary> history;

    /** A checkpoint of live parts: {@link #save} reads them, {@link #load} sets them. */
    Checkpoint(TrainingSettings settings, Dataset data, Weights weights, Optimizer optimizer, List<RunState> parts, List<EpochSummary> history) {
        this.settings = settings;
        this.data = data;
        this.weights = weights;
        this.optimizer = optimizer;
        this.parts = parts;
        this.history = history;
    }

    /** Writes beside the file and renames. */
    void save(Path file) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(MAGIC);
        out.writeInt(VERSION);
        out.writeUTF(identity());
        out.writeInt(history.size());
        for (EpochSummary e : history) {
            writeSummary(out, e);
        }
        writeTensor(out, weights.learned());
        writeTensor(out, weights.statistics());
        out.writeLong(optimizer.steps());
        for (Tensor state : optimizer.state()) {
            writeTensor(out, state);
        }
        for (RunState part : parts) {
            part.save(out);
        }
        out.writeLong(checksum(bytes.toByteArray(), bytes.size()));
        try {
            ByteBuffer content = ByteBuffer.wrap(bytes.toByteArray());
            ReplacedFile.write(file, channel -> {
                while (content.hasRemaining()) {
                    channel.write(content);
                }
            });
        } catch (IOException e) {
            throw new IOException("cannot write checkpoint " + file + ": " + e, e);
        }
    }

    /**
     * Sets the live parts.
     *
     * @throws IOException when the file is missing, damaged, or of other settings or data
     */
    void load(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new NoSuchFileException(file.toString(), null, "no checkpoint to resume from");
        }
        int body = bytes.length - Long.BYTES;
        if (body < 8 || new DataInputStream(new ByteArrayInputStream(bytes, body, Long.BYTES)).readLong() != checksum(bytes, body)) {
            throw new IOException("checkpoint " + file + " is damaged: its checksum does not match");
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, body));
        if (in.readInt() != MAGIC || in.readInt() != VERSION) {
            throw new IOException(file + " is not a checkpoint of version " + VERSION);
        }
        String saved = in.readUTF();
        if (!saved.equals(identity())) {
            throw new IOException("checkpoint " + file + " belongs to other settings or data.\nIt was made with: " + saved + "\nThis run has:      " + identity());
        }
        history.clear();
        for (int left = in.readInt(); left > 0; left--) {
            history.add(readSummary(in));
        }
        readTensor(in, weights.learned());
        readTensor(in, weights.statistics());
        optimizer.resume(in.readLong());
        for (Tensor state : optimizer.state()) {
            readTensor(in, state);
        }
        for (RunState part : parts) {
            part.load(in);
        }
    }

    private String identity() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, String> entry : settings.toMap().entrySet()) {
            text.append(entry.getKey()).append('=').append(entry.getValue()).append("; ");
        }
        return text.append("examples=").append(data.size()).append("; classes=").append(data.classes()).toString();
    }

    private static void writeSummary(DataOutputStream out, EpochSummary e) throws IOException {
        out.writeInt(e.epoch());
        out.writeDouble(e.loss());
        out.writeDouble(e.top1());
        out.writeDouble(e.top5());
        out.writeInt(e.labelsMoved());
        out.writeDouble(e.objectiveBefore());
        out.writeDouble(e.objectiveAfter());
        out.writeDouble(e.rate());
        out.writeDouble(e.examplesPerSecond());
        out.writeDouble(e.seconds());
    }

    private static EpochSummary readSummary(DataInputStream in) throws IOException {
        return new EpochSummary(in.readInt(), in.readDouble(), in.readDouble(), in.readDouble(), in.readInt(), in.readDouble(), in.readDouble(),
                in.readDouble(), in.readDouble(), in.readDouble());
    }

    private static void writeTensor(DataOutputStream out, Tensor tensor) throws IOException {
        out.writeInt(tensor.size());
        for (float value : tensor.toArray()) {
            out.writeFloat(value);
        }
    }

    private static void readTensor(DataInputStream in, Tensor tensor) throws IOException {
        int size = in.readInt();
        if (size != tensor.size()) {
            throw new IOException("a checkpoint's tensor has " + size + " elements, expected " + tensor.size());
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = in.readFloat();
        }
        tensor.set(values);
    }

    private static long checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return crc.getValue();
    }
}

package org.equisphere.interchange;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.RunDescription;
import org.equisphere.train.TrainingListener;
import org.equisphere.train.TrainingSettings.Selection;

/**
 * Writes a run's figures as TensorBoard reads them: a file {@code events.out.tfevents.SECONDS.equisphere} of records (length, its checksum, an
 * {@code Event} message, its checksum; CRC-32C masked as TensorFlow's {@code lib/core/coding} has it). Epochs' figures stand at the epoch's number,
 * the loss of every tenth step at the step's. Accuracies are {@code test/...}, or {@code heldout/...} where examples held out judge the epochs.
 * A resumed run writes a file beside the first; TensorBoard shows both as one.
 */
public final class TensorBoardLog implements TrainingListener, AutoCloseable {

    private static final int STEPS_BETWEEN = 10;

    private final FileChannel file;
    private String judges = "test/";

    /**
     * @param folder of the run; exists
     * @throws IOException when the file cannot be made
     */
    public TensorBoardLog(Path folder) throws IOException {
        long now = System.currentTimeMillis();
        Path path = folder.resolve("events.out.tfevents." + now / 1000 + "." + now % 1000 + ".equisphere");
        file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        write(event(0).text(3, "brain.Event:2"));
    }

    @Override
    public void started(RunDescription run) {
        judges = run.settings().selection() == Selection.HELD_OUT ? "heldout/" : "test/";
        scalar("run/parameters", 0, run.parameters());
    }

    @Override
    public void stepped(int epoch, int step, int steps, double loss) {
        long number = (epoch - 1L) * steps + step;
        if (number % STEPS_BETWEEN == 0) {
            scalar("step/loss", number, loss);
        }
    }

    @Override
    public void epochEnded(EpochSummary e) {
        scalar("train/loss", e.epoch(), e.loss());
        scalar("train/learning_rate", e.epoch(), e.rate());
        scalar("train/images_per_s", e.epoch(), e.examplesPerSecond());
        scalar(judges + "top1", e.epoch(), e.top1());
        scalar(judges + "top5", e.epoch(), e.top5());
        if (Double.isFinite(e.objectiveAfter())) {
            scalar("assignment/labels_moved", e.epoch(), e.labelsMoved());
            scalar("assignment/objective", e.epoch(), e.objectiveAfter());
        }
    }

    /**
     * Writes one figure.
     *
     * @param tag  its name; TensorBoard groups by what stands before a slash
     * @param step its place on the horizontal axis
     */
    public void scalar(String tag, long step, double value) {
        Protobuf summary = new Protobuf().message(1, new Protobuf().text(1, tag).number(2, (float) value));
        write(event(step).message(5, summary));
    }

    private static Protobuf event(long step) {
        return new Protobuf().number(1, System.currentTimeMillis() / 1000.0).integer(2, step);
    }

    private void write(Protobuf event) {
        byte[] message = event.toBytes();
        ByteBuffer record = ByteBuffer.allocate(16 + message.length).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(message.length).putInt(maskedChecksum(record.array(), 0, 8)).put(message)
                .putInt(maskedChecksum(record.array(), 12, message.length));
        record.flip();
        try {
            while (record.hasRemaining()) {
                file.write(record);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the TensorBoard log", e);
        }
    }

    private static int maskedChecksum(byte[] bytes, int at, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, at, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}

package org.equisphere.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.equisphere.assignment.LabelAssignment;
import org.equisphere.nn.AdamW;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Optimizer;
import org.equisphere.nn.Weights;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

    @TempDir
    private Path folder;

    /** A number that goes with the rest. */
    private static final class Count implements RunState {
        private int value = 5;

        @Override
        public void save(DataOutput out) throws IOException {
            out.writeInt(value);
        }

        @Override
        public void load(DataInput in) throws IOException {
            value = in.readInt();
        }
    }

    private static Weights weights(Backend backend, int features, long seed) {
        return Architecture.parse("mlp:4").build(new int[] {features}, 3).initialise(backend, seed);
    }

    private static Optimizer optimizer(Weights weights) {
        return new AdamW(weights, weights.backend().tensor(weights.learned().size()), 0.9, 0.999, 1e-8, 0.01);
    }

    @Test
    void whatIsSavedIsLoaded() throws IOException {
        Path file = folder.resolve("checkpoint.bin");
        try (Backend backend = Backends.host(1)) {
            Weights weights = weights(backend, 20_000, 1);
            Count count = new Count();
            Checkpoint checkpoint = new Checkpoint("this run", weights, optimizer(weights), List.of(count));
            checkpoint.save(file);
            float[] saved = weights.learned().toArray();
            weights.learned().set(new float[saved.length]);
            count.value = 0;
            checkpoint.load(file);
            assertArrayEquals(saved, weights.learned().toArray());
            assertEquals(5, count.value);
        }
        byte[] bytes = Files.readAllBytes(file);
        assertEquals(ByteBuffer.wrap(bytes, bytes.length - 8, 8).getLong(), checksum(bytes, bytes.length - 8));
    }

    private static long checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return crc.getValue();
    }

    /** A copy of one tensor at a time, and no bytes of the whole: those of a large run would not fit beside it, nor in one array. */
    @Test
    void savingTakesOneCopyAndLoadingOne() throws IOException {
        Path file = folder.resolve("checkpoint.bin");
        try (Backend backend = Backends.host(1)) {
            Weights weights = weights(backend, 400_000, 1);
            Checkpoint checkpoint = new Checkpoint("this run", weights, optimizer(weights), List.of());
            checkpoint.save(file);
            checkpoint.load(file);
            long most = Files.size(file) + 1_000_000;
            assertTrue(most > 18_000_000, "a file of " + Files.size(file));
            long saving = allocated(() -> checkpoint.save(file));
            assertTrue(saving < most, saving + " bytes taken to save a file of " + Files.size(file));
            long loading = allocated(() -> checkpoint.load(file));
            assertTrue(loading < most, loading + " bytes taken to load a file of " + Files.size(file));
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static long allocated(Work work) throws IOException {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        work.run();
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    }

    /** All of a run's progress is saved, the time it took included, and the end of an epoch begins the next from nothing. */
    @Test
    void progressIsSavedWhole() throws IOException {
        EpochSummary first = new EpochSummary(1, 2, 0.3, 0.4, 5, 6, 7, 8, 9, 10, 11);
        RunProgress progress = new RunProgress(9);
        progress.end(first);
        progress.step = 12;
        progress.lossSum = 13;
        progress.seconds = 14;
        progress.assignmentSeconds = 15;
        progress.change = new LabelAssignment.Update(16, 17, 18);
        RunProgress again = new RunProgress(9);
        again.load(new DataInputStream(new ByteArrayInputStream(saved(progress))));
        assertEquals(List.of(first), again.history);
        assertEquals(List.of(12, 13.0, 14.0, 15.0, progress.change),
                List.of(again.step, again.lossSum, again.seconds, again.assignmentSeconds, again.change));
        again.end(first);
        RunProgress begun = new RunProgress(9);
        begun.end(first);
        begun.end(first);
        assertArrayEquals(saved(begun), saved(again));
    }

    private static byte[] saved(RunState state) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        state.save(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    /** Also where the checksum fits what is there. */
    @Test
    void aFileThatIsNotWholeIsRefused() throws IOException {
        Path file = folder.resolve("checkpoint.bin");
        try (Backend backend = Backends.host(1)) {
            Weights weights = weights(backend, 6, 1);
            Checkpoint checkpoint = new Checkpoint("this run", weights, optimizer(weights), List.of(new Count()));
            assertTrue(assertThrows(NoSuchFileException.class, () -> checkpoint.load(file)).getMessage().contains("no checkpoint"));
            checkpoint.save(file);
            byte[] whole = Files.readAllBytes(file);
            float[] saved = weights.learned().toArray();
            for (int length : new int[] {0, 7, 8, 15, 16, 40, whole.length - 9, whole.length - 8, whole.length - 1, whole.length + 1}) {
                byte[] cut = Arrays.copyOf(whole, length);
                Files.write(file, cut);
                assertThrows(CheckpointFormatException.class, () -> checkpoint.load(file), "length " + length);
                assertArrayEquals(saved, weights.learned().toArray(), "nothing is set from a damaged file");
                Files.write(file, ByteBuffer.allocate(length + 8).put(cut).putLong(checksum(cut, length)).array());
                if (length != whole.length - 8) {
                    assertThrows(CheckpointFormatException.class, () -> checkpoint.load(file), "sealed, length " + length);
                    weights.learned().set(saved);
                }
            }
        }
    }
}

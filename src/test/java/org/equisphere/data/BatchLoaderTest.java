package org.equisphere.data;

import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BatchLoaderTest {
    private static final int N = 103;

    private static ImageDataset images() {
        byte[] pixels = new byte[N * 4 * 5 * 3];
        new SplittableRandom(9).nextBytes(pixels);
        int[] labels = new int[N];
        for (int i = 0; i < N; i++) {
            labels[i] = i % 10;
        }
        return new ImageDataset("random images", pixels, 4, 5, 3, labels, Labels.numbered(10));
    }

    private static BatchLoader.Builder training(long seed) {
        ImageDataset images = images();
        return BatchLoader.of(images).batch(8).shuffle(seed).dropLast(true).augmentation(Augmentation.cropAndFlip(2))
                .normalization(Normalization.of(images));
    }

    /** Everything a loader deals in its next epoch, as text: numbers, indices, labels, and the bits of the examples. */
    private static List<String> epoch(BatchLoader loader) throws InterruptedException {
        List<String> dealt = new ArrayList<>();
        for (Batch batch; (batch = loader.next()) != null; ) {
            int floats = batch.count() * loader.data().length();
            dealt.add(batch.epoch() + "/" + batch.number() + ":" + batch.count() + Arrays.toString(Arrays.copyOf(batch.indices(), batch.count()))
                    + Arrays.toString(Arrays.copyOf(batch.labels(), batch.count())) + Arrays.toString(Arrays.copyOf(batch.examples(), floats)));
        }
        return dealt;
    }

    @Test
    void theSameBitsForAnyNumberOfThreads() throws InterruptedException {
        List<List<String>> first = null;
        for (int threads : new int[] {1, 2, 5}) {
            try (BatchLoader loader = training(77).threads(threads).open()) {
                List<List<String>> dealt = List.of(epoch(loader), epoch(loader), epoch(loader));
                assertEquals(12, dealt.get(0).size());
                first = first == null ? dealt : first;
                assertEquals(first, dealt);
            }
        }
        assertFalse(first.get(0).get(0).substring(3).equals(first.get(1).get(0).substring(3)), "every epoch has its own order");
        try (BatchLoader loader = training(78).open()) {
            assertFalse(first.get(0).equals(epoch(loader)), "another seed, another order");
        }
    }

    @Test
    void seekResumesWhereItWould() throws InterruptedException {
        try (BatchLoader whole = training(5).open(); BatchLoader resumed = training(5).threads(3).open()) {
            epoch(whole);
            epoch(whole);
            List<String> third = epoch(whole);
            assertEquals(3, whole.epoch());
            resumed.next();
            resumed.seek(2, 0);
            assertEquals(2, resumed.epoch());
            assertEquals(third, epoch(resumed));
            whole.next();
            whole.next();
            whole.seek(2, 0);
            assertEquals(third, epoch(whole));
            for (int done = 0; done <= third.size(); done++) {
                resumed.seek(2, done);
                assertEquals(third.subList(done, third.size()), epoch(resumed));
                assertEquals(3, resumed.epoch());
            }
            assertThrows(IllegalArgumentException.class, () -> whole.seek(-1, 0));
            assertThrows(IllegalArgumentException.class, () -> whole.seek(0, whole.batchesPerEpoch() + 1));
        }
    }

    @Test
    void evaluationDealsEveryExampleOnceInOrder() throws InterruptedException {
        ImageDataset images = images();
        Normalization normalization = Normalization.of(images);
        float[] expected = new float[60];
        try (BatchLoader loader = BatchLoader.of(images).batch(10).normalization(normalization).threads(2).open()) {
            assertEquals(11, loader.batchesPerEpoch());
            int next = 0;
            for (Batch batch; (batch = loader.next()) != null; ) {
                assertEquals(Math.min(10, N - next), batch.count());
                for (int k = 0; k < batch.count(); k++, next++) {
                    assertEquals(next, batch.indices()[k]);
                    assertEquals(next % 10, batch.labels()[k]);
                    images.example(next, expected, 0);
                    normalization.apply(expected, 0, 60);
                    assertArrayEquals(expected, Arrays.copyOfRange(batch.examples(), 60 * k, 60 * k + 60));
                }
            }
            assertEquals(N, next);
        }
    }

    @Test
    void everyPlaceAndEpochDrawsItsOwnChanges() throws InterruptedException {
        Set<String> drawn = new HashSet<>();
        try (BatchLoader loader = BatchLoader.of(images()).batch(50).shuffle(1).dropLast(true).augmentation(Augmentation.cropAndFlip(4)).open()) {
            for (int k = 0; k < 6; k++) {
                Batch next = loader.next();
                Batch batch = next == null ? loader.next() : next; // null between epochs
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < 50; i++) {
                    assertEquals(batch.indices()[i], batch.draws()[4 * i]);
                    text.append(Arrays.toString(Arrays.copyOfRange(batch.draws(), 4 * i + 1, 4 * i + 4)));
                }
                drawn.add(text.toString());
            }
        }
        assertEquals(6, drawn.size(), "two batches in each of three epochs");
    }

    @Test
    void trainingDealsEachExampleAtMostOnce() throws InterruptedException {
        try (BatchLoader loader = training(3).open()) {
            boolean[] seen = new boolean[N];
            int count = 0;
            for (Batch batch; (batch = loader.next()) != null; ) {
                for (int k = 0; k < batch.count(); k++, count++) {
                    assertFalse(seen[batch.indices()[k]]);
                    seen[batch.indices()[k]] = true;
                    assertEquals(batch.indices()[k] % 10, batch.labels()[k]);
                }
            }
            assertEquals(96, count);
        }
    }

    @Test
    void vectorsPassThrough() throws InterruptedException {
        FeatureDataset vectors = new FeatureDataset("v", new float[] {1, 2, 3, 4, 5, 6}, 2, new int[] {0, 1, 0}, Labels.numbered(2));
        try (BatchLoader loader = BatchLoader.of(vectors).batch(3).open()) {
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, loader.next().examples());
            assertNull(loader.next());
            assertEquals(1, loader.next().epoch());
        }
        try (BatchLoader loader = BatchLoader.of(vectors).batch(3).normalization(new Normalization(new float[] {1}, new float[] {2})).open()) {
            assertArrayEquals(new float[] {0, 0.5f, 1, 1.5f, 2, 2.5f}, loader.next().examples());
        }
        refusesArgument(() -> BatchLoader.of(vectors).augmentation(Augmentation.cropAndFlip(4)).open(), "flip given for v, expected none");
    }

    @Test
    void allocatesNothingOnceItRuns() throws InterruptedException {
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (BatchLoader loader = training(1).threads(2).open()) {
            for (int warm = 0; warm < 500; warm++) {
                loader.next();
            }
            long[] ids = Thread.getAllStackTraces().keySet().stream()
                    .filter(t -> t.getName().startsWith("equisphere-loader") || t == Thread.currentThread()).mapToLong(Thread::getId).toArray();
            assertTrue(ids.length >= 3);
            long before = Arrays.stream(bean.getThreadAllocatedBytes(ids)).sum();
            int batches = 6000;
            for (int k = 0; k < batches; k++) {
                loader.next();
            }
            long perBatch = (Arrays.stream(bean.getThreadAllocatedBytes(ids)).sum() - before) / batches;
            // A batch holds 1900 bytes of examples; an epoch of 12 batches makes one 40-byte stream.
            assertTrue(perBatch <= 16, () -> perBatch + " bytes allocated per batch");
        }
    }

    /** A data set that cannot be read at one place. */
    private static Dataset broken() {
        FeatureDataset vectors = new FeatureDataset("broken", new float[50], 1, new int[50], Labels.numbered(1));
        return (Dataset) Proxy.newProxyInstance(Dataset.class.getClassLoader(), new Class<?>[] {Dataset.class}, (p, m, a) -> {
            if (m.getName().equals("example") && (int) a[0] == 33) {
                throw new IllegalStateException("bad sector");
            }
            return m.invoke(vectors, a);
        });
    }

    @Test
    void anErrorOfALoaderThreadReachesTheCaller() throws InterruptedException {
        try (BatchLoader loader = BatchLoader.of(broken()).batch(10).threads(2).open()) {
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> {
                for (int k = 0; k < 5; k++) {
                    loader.next();
                }
            });
            assertTrue(e.getMessage().contains("broken") && e.getMessage().contains("bad sector"), e.getMessage());
            assertEquals("bad sector", e.getCause().getMessage());
            assertSame(e.getCause(), assertThrows(IllegalStateException.class, () -> loader.seek(0, 0)).getCause());
        }
    }

    @Test
    void closeEndsTheThreadsAndIsFinal() throws InterruptedException {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        BatchLoader loader = training(2).threads(3).open();
        loader.next();
        Set<Thread> started = new HashSet<>(Thread.getAllStackTraces().keySet());
        started.removeAll(before);
        started.removeIf(thread -> !thread.getName().startsWith("equisphere-loader"));
        assertEquals(3, started.size());
        loader.close();
        loader.close();
        assertThrows(IllegalStateException.class, loader::next);
        assertTrue(started.stream().noneMatch(Thread::isAlive));
    }

    @Test
    void anInterruptedCallerLeavesCleanly() throws InterruptedException {
        try (BatchLoader loader = training(2).open()) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> {
                while (true) {
                    loader.next();
                }
            });
            assertFalse(Thread.currentThread().isInterrupted());
            loader.seek(0, 0);
            assertEquals(12, epoch(loader).size());
        }
    }

    @Test
    void refusesBadSettings() {
        refusesArgument(() -> training(1).batch(0), "batch size is 0");
        refusesArgument(() -> training(1).threads(0), "threads is 0");
        refusesArgument(() -> training(1).batch(N + 1).open(), "batch size is 104", "103");
        refusesArgument(() -> BatchLoader.of(images().subset(new int[0])), "0 examples");
    }
}

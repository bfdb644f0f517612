package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
final class WorkersTest {

    @Test
    void everyPartRunsOnceInEveryRound() {
        for (int threads = 1; threads <= 4; threads++) {
            try (Workers workers = new Workers(threads)) {
                assertEquals(threads, workers.threads());
                AtomicIntegerArray runs = new AtomicIntegerArray(37);
                for (int round = 1; round <= 3_000; round++) {
                    int parts = round % 38;
                    if (round % 2 == 0) {
                        workers.run(parts, runs::incrementAndGet);
                    } else {
                        workers.runBackward(parts, runs::incrementAndGet);
                    }
                    for (int part = 0; part < 37; part++) {
                        assertEquals(part < parts ? 1 : 0, runs.getAndSet(part, 0), "round " + round + ", part " + part);
                    }
                }
            }
        }
    }

    @Test
    void plainWritesOfAllPartsAreSeenByTheCaller() {
        try (Workers workers = new Workers(3)) {
            int[] written = new int[64];
            for (int round = 1; round <= 20_000; round++) {
                int value = round;
                workers.run(written.length, part -> written[part] = value + part);
                for (int part = 0; part < written.length; part++) {
                    assertEquals(round + part, written[part]);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 8, 0.0, 1", "2, 1, 8, 0.1, 2", "8, 1, 4, 0.1, 4", "8, 1, 32, 0.1, 8", "8, 8, 8, 0.1, 1", "8, 9, 8, 0.0, 6", "12, 16, 8, 0.05, 3",
        "16, 8, 8, 0.1, 2", "16, 8, 8, 0.9, 1", "16, 86, 2, 0.2, 1", "4, 1, 0, 0.1, 1",
    })
    void partsAreCutAsFarAsTheCrewGainsByIt(int threads, int parts, int most, double repeated, int pieces) {
        try (Workers workers = new Workers(threads)) {
            assertEquals(pieces, workers.pieces(parts, most, repeated));
        }
    }

    @Test
    void parkedMembersWakeUp() throws InterruptedException {
        try (Workers workers = new Workers(2)) {
            AtomicInteger runs = new AtomicInteger();
            for (int round = 0; round < 20; round++) {
                Thread.sleep(5);
                workers.run(8, part -> runs.incrementAndGet());
            }
            assertEquals(160, runs.get());
        }
    }

    @Test
    void severalThreadsTakePart() {
        try (Workers workers = new Workers(2)) {
            AtomicInteger waiting = new AtomicInteger();
            workers.run(2, part -> {
                waiting.incrementAndGet();
                while (waiting.get() < 2) {
                    Thread.onSpinWait();
                }
            });
            assertEquals(2, waiting.get());
        }
    }

    @Test
    void eachThreadBeginsWithASpanOfItsOwnAndThenTakesFromTheFarEndOfTheOthers() {
        assertEquals(List.of(4, 5, 6, 7, 3, 2, 1), takenByTheCrew(false));
        assertEquals(List.of(7, 6, 5, 4, 0, 1, 2), takenByTheCrew(true));
    }

    /** The parts that the one member of a crew takes, in order, while the caller is busy with the first it has taken. */
    private static List<Integer> takenByTheCrew(boolean backward) {
        try (Workers workers = new Workers(2)) {
            Thread caller = Thread.currentThread();
            AtomicInteger begun = new AtomicInteger();
            List<Integer> taken = new CopyOnWriteArrayList<>();
            Workers.Task task = part -> {
                begun.incrementAndGet();
                while (Thread.currentThread() == caller ? taken.size() < 7 : begun.get() < 2) {
                    Thread.onSpinWait();
                }
                if (Thread.currentThread() != caller) {
                    taken.add(part);
                }
            };
            if (backward) {
                workers.runBackward(8, task);
            } else {
                workers.run(8, task);
            }
            return taken;
        }
    }

    @Test
    void spansDifferByOnePartAtMost() {
        for (int threads = 1; threads <= 4; threads++) {
            try (Workers workers = new Workers(threads)) {
                AtomicIntegerArray firstOf = new AtomicIntegerArray(threads);
                AtomicInteger waiting = new AtomicInteger();
                int crew = threads;
                workers.run(threads + 1, part -> {
                    int order = waiting.getAndIncrement();
                    if (order < crew) {
                        firstOf.set(order, part);
                    }
                    while (waiting.get() < crew) {
                        Thread.onSpinWait();
                    }
                });
                int[] firsts = IntStream.range(0, threads).map(firstOf::get).sorted().toArray();
                assertArrayEquals(IntStream.range(0, threads).map(t -> t == 0 ? 0 : t + 1).toArray(), firsts);
            }
        }
    }

    @Test
    void aThreadAloneTakesPartsInOrder() {
        try (Workers workers = new Workers(1)) {
            List<Integer> taken = new ArrayList<>();
            workers.run(4, taken::add);
            workers.runBackward(3, taken::add);
            assertEquals(List.of(0, 1, 2, 3, 2, 1, 0), taken);
        }
    }

    @Test
    void anExceptionOfAPartReachesTheCallerAfterAllPartsEnded() {
        for (int threads = 1; threads <= 3; threads++) {
            try (Workers workers = new Workers(threads)) {
                for (int round = 0; round < 200; round++) {
                    RuntimeException thrown = new IllegalStateException("part 5");
                    AtomicInteger ended = new AtomicInteger();
                    assertSame(thrown, assertThrows(IllegalStateException.class, () -> workers.run(16, part -> {
                        if (part == 5) {
                            throw thrown;
                        }
                        ended.incrementAndGet();
                    })));
                    assertEquals(15, ended.get(), threads + " threads");
                }
                AtomicInteger runs = new AtomicInteger();
                workers.run(16, part -> runs.incrementAndGet());
                assertEquals(16, runs.get(), "works on after a failure");
            }
        }
    }

    @Test
    void anErrorOfAPartReachesTheCaller() {
        for (int threads = 1; threads <= 2; threads++) {
            try (Workers workers = new Workers(threads)) {
                assertThrows(StackOverflowError.class, () -> workers.run(4, part -> {
                    throw new StackOverflowError();
                }));
            }
        }
    }

    @Test
    void oneOfSeveralFailuresReachesTheCaller() {
        try (Workers workers = new Workers(3)) {
            for (int round = 0; round < 200; round++) {
                assertThrows(IllegalStateException.class, () -> workers.run(32, part -> {
                    throw new IllegalStateException("part " + part);
                }));
            }
        }
    }

    @Test
    void aTaskMayNotRunAnother() {
        for (int threads = 1; threads <= 3; threads++) {
            try (Workers workers = new Workers(threads)) {
                IllegalStateException refused = assertThrows(IllegalStateException.class,
                        () -> workers.run(4, part -> workers.run(4, inner -> { })));
                assertTrue(refused.getMessage().contains("already"), refused::getMessage);
                AtomicInteger runs = new AtomicInteger();
                workers.run(4, part -> runs.incrementAndGet());
                assertEquals(4, runs.get(), "works on after misuse");
            }
        }
    }

    @Test
    void closingEndsTheCrew() throws InterruptedException {
        Workers workers = new Workers(3);
        workers.run(8, part -> { });
        workers.close();
        workers.close();
        assertThrows(IllegalStateException.class, () -> workers.run(8, part -> { }));
        assertThrows(IllegalStateException.class, () -> workers.run(1, part -> { }));
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (workers.alive() && System.nanoTime() < deadline) {
            Thread.sleep(1);
        }
        assertFalse(workers.alive());
    }

    @Test
    void refusesImpossibleNumbers() {
        assertThrows(IllegalArgumentException.class, () -> new Workers(0));
        for (int threads = 1; threads <= 2; threads++) {
            try (Workers workers = new Workers(threads)) {
                assertThrows(IllegalArgumentException.class, () -> workers.run(Workers.MAX_PARTS + 1, part -> { }));
                assertThrows(IllegalArgumentException.class, () -> workers.run(-1, part -> { }));
            }
        }
    }
}

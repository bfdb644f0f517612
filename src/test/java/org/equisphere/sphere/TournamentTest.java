package org.equisphere.sphere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class TournamentTest {

    @Test
    void allPairsMeetOnceAndInOneOrderForAnyNumberOfWorkers() {
        for (int blocks = 1; blocks <= 11; blocks++) {
            List<List<Integer>> expected = opponents(blocks, 1);
            Set<String> pairs = new HashSet<>();
            for (int b = 0; b < blocks; b++) {
                assertEquals(blocks, expected.get(b).size());
                for (int other : expected.get(b)) {
                    pairs.add(Math.min(b, other) + "-" + Math.max(b, other));
                }
            }
            assertEquals(blocks * (blocks + 1) / 2, pairs.size());
            for (int workers = 2; workers <= 4; workers++) {
                assertEquals(expected, opponents(blocks, workers), blocks + " blocks, " + workers + " workers");
            }
        }
    }

    /** Whom each block met, in order; fails where a block has two games at a time. */
    private static List<List<Integer>> opponents(int blocks, int workers) {
        List<List<Integer>> met = new ArrayList<>();
        for (int b = 0; b < blocks; b++) {
            met.add(new ArrayList<>());
        }
        AtomicIntegerArray busy = new AtomicIntegerArray(blocks);
        AtomicBoolean clash = new AtomicBoolean();
        try (WorkerTeam team = new WorkerTeam(workers)) {
            Tournament tournament = new Tournament(blocks, team);
            for (int repeat = 0; repeat < 2; repeat++) {
                met.forEach(List::clear);
                tournament.play((worker, one, two) -> {
                    clash.compareAndSet(false, busy.incrementAndGet(one) > 1 || one != two && busy.incrementAndGet(two) > 1);
                    met.get(one).add(two);
                    if (one != two) {
                        met.get(two).add(one);
                    }
                    Thread.yield();
                    busy.decrementAndGet(one);
                    if (one != two) {
                        busy.decrementAndGet(two);
                    }
                });
            }
        }
        assertFalse(clash.get(), "a block had two games at once");
        return met;
    }

    @Test
    void aFailureEndsInAnExceptionNotInWaiting() {
        for (int workers = 1; workers <= 3; workers++) {
            try (WorkerTeam team = new WorkerTeam(workers)) {
                Tournament tournament = new Tournament(7, team);
                IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> tournament.play((worker, one, two) -> {
                    if (one == 2 && two == 5) {
                        throw new IllegalStateException("lost");
                    }
                }));
                assertTrue(thrown.getMessage().contains("lost"));
            }
        }
    }
}

package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * What the operations of every backend give: each agrees with plain double arithmetic on odd shapes, views, poisoned outputs and fresh
 * inputs, and gives the same bits on any number of threads. The seed of a failing run is in its message; the system property {@value #SEED}
 * sets it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OperationContract {

    static final String SEED = "equisphere.test.seed";

    final long seed = Long.getLong(SEED, System.nanoTime());
    private final Map<String, List<Trial>> trials = new LinkedHashMap<>();
    Backend backend;

    /** A new backend on {@code threads} threads. */
    protected abstract Backend open(int threads);

    /** The numbers of threads whose results are held against those of two. */
    protected List<Integer> otherThreads() {
        return List.of(1, 3);
    }

    @BeforeAll
    void prepare() {
        backend = open(2);
        Samples samples = new Samples(seed);
        List<Trial> all = new ArrayList<>();
        all.addAll(ElementaryTrials.trials(samples));
        all.addAll(ConvolutionTrials.trials(samples));
        all.addAll(NormalizationTrials.trials(samples));
        all.addAll(TransformerTrials.trials(samples));
        all.addAll(LossTrials.trials(samples));
        for (Trial trial : all) {
            trials.computeIfAbsent(trial.operation, name -> new ArrayList<>()).add(trial);
        }
    }

    @AfterAll
    void close() {
        if (backend != null) {
            backend.close();
        }
    }

    @Test
    void everyOperationHasATrial() {
        Set<String> operations = new TreeSet<>();
        for (Method method : Backend.class.getDeclaredMethods()) {
            if (method.getName().startsWith("compute")) {
                String name = method.getName().substring("compute".length());
                operations.add(name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1));
            }
        }
        assertEquals(operations, new TreeSet<>(trials.keySet()));
    }

    @TestFactory
    Stream<DynamicTest> agreesWithTheReference() {
        return eachOperation(trial -> {
            complain(trial.verdict(backend, false));
            complain(trial.verdict(backend, true));
        });
    }

    @TestFactory
    Stream<DynamicTest> repeatsBitForBitOnAnyNumberOfThreads() {
        List<Backend> others = otherThreads().stream().map(this::open).toList();
        return eachOperation(trial -> {
            float[][] expected = trial.play(backend, true);
            double returned = trial.returned[0];
            for (Backend other : Stream.concat(others.stream(), Stream.of(backend)).toList()) {
                float[][] got = trial.play(other, true);
                for (int i = 0; i < got.length; i++) {
                    int at = Arrays.mismatch(expected[i], got[i]);
                    if (at >= 0) {
                        complain(trial + ": on " + other.threads() + " threads " + trial.operands.get(i).name() + " differs at " + at + ": "
                                + got[i][at] + ", not " + expected[i][at]);
                    }
                }
                assertEquals(Double.doubleToLongBits(returned), Double.doubleToLongBits(trial.returned[0]), trial::toString);
            }
        }).onClose(() -> others.forEach(Backend::close));
    }

    @Test
    void recordedStepsReplay() {
        Tensor x = backend.tensor(new float[] {1, 2, 3}, 3);
        Tensor y = backend.tensor(3);
        Runnable step = backend.recorded(() -> {
            backend.addScaled(2, x, y);
            backend.relu(y, y);
        });
        for (int replay = 1; replay <= 3; replay++) {
            step.run();
            backend.synchronize();
            assertEquals(2f * 3 * replay, y.toArray()[2]);
        }
    }

    final Stream<DynamicTest> eachOperation(Consumer<Trial> check) {
        return trials.entrySet().stream().map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> entry.getValue().forEach(check)));
    }

    private void complain(String verdict) {
        if (verdict != null) {
            fail(verdict + " [seed " + seed + "]");
        }
    }
}

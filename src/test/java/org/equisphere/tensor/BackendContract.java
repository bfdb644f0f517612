package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
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
 * What every backend keeps: each operation agrees with plain double arithmetic on odd shapes, views, poisoned outputs and fresh
 * inputs; gives the same bits on any number of threads; allocates nothing once warm; refuses what does not fit. The seed of a
 * failing run is in its message; the system property {@value #SEED} sets it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BackendContract {

    static final String SEED = "equisphere.test.seed";

    /** What the measurement itself may cost. */
    private static final long ALLOWED_BYTES = 64;

    private final long seed = Long.getLong(SEED, System.nanoTime());
    private final Map<String, List<Trial>> trials = new LinkedHashMap<>();
    private Backend backend;

    /** A new backend on {@code threads} threads. */
    protected abstract Backend open(int threads);

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
        Backend one = open(1);
        Backend three = open(3);
        return eachOperation(trial -> {
            float[][] expected = trial.play(backend, true);
            double returned = trial.returned[0];
            for (Backend other : List.of(one, three, backend)) {
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
        }).onClose(() -> {
            one.close();
            three.close();
        });
    }

    @TestFactory
    Stream<DynamicTest> allocatesNothingOnceWarm() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        return eachOperation(trial -> {
            Tensor[] t = trial.tensors(backend, true);
            Runnable call = trial.bind(backend, t);
            call.run();
            long least = Long.MAX_VALUE;
            for (int attempt = 0; attempt < 3 && least > ALLOWED_BYTES; attempt++) {
                long before = threads.getThreadAllocatedBytes(self);
                call.run();
                least = Math.min(least, threads.getThreadAllocatedBytes(self) - before);
            }
            assertTrue(least <= ALLOWED_BYTES, trial + " allocates " + least + " bytes");
        });
    }

    @TestFactory
    Stream<DynamicTest> refusesWrongShapesAndForeignTensors() {
        Backend foreign = open(1);
        return eachOperation(trial -> {
            for (int i = 0; i < trial.operands.size(); i++) {
                Tensor[] t = trial.tensors(backend, false);
                Trial.Operand operand = trial.operands.get(i);
                if (trial.unused(i)) {
                    continue;
                }
                t[i] = foreign.tensor(operand.shape());
                refuses(trial, operand, t);
                if (trial.operands.size() > 1) {
                    int[] larger = operand.shape().clone();
                    Arrays.setAll(larger, axis -> larger[axis] + 1);
                    t[i] = backend.tensor(larger);
                    refuses(trial, operand, t);
                }
            }
        }).onClose(foreign::close);
    }

    private void refuses(Trial trial, Trial.Operand operand, Tensor[] t) {
        Runnable call = trial.bind(backend, t);
        assertThrows(IllegalArgumentException.class, call::run, () -> trial + " takes any " + operand.name());
    }

    @Test
    void refusesForeignAndTooFewLabels() {
        Tensor f = backend.tensor(3, 2);
        Tensor targets = backend.tensor(4, 2);
        Tensor losses = backend.tensor(3);
        Tensor df = backend.tensor(3, 2);
        try (Backend foreign = open(1)) {
            for (Labels labels : List.of(foreign.labels(3), backend.labels(2))) {
                assertThrows(IllegalArgumentException.class, () -> backend.cosineLoss(f, targets, labels, 1, losses, df));
                assertThrows(IllegalArgumentException.class, () -> backend.dotRegressionLoss(f, targets, labels, 1, losses, df));
                assertThrows(IllegalArgumentException.class, () -> backend.softmaxCrossEntropy(f, null, labels, 0, 1, losses, df));
            }
        }
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

    private Stream<DynamicTest> eachOperation(Consumer<Trial> check) {
        return trials.entrySet().stream().map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> entry.getValue().forEach(check)));
    }

    private void complain(String verdict) {
        if (verdict != null) {
            fail(verdict + " [seed " + seed + "]");
        }
    }
}

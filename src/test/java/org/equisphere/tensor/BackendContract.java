package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What every backend keeps: its operations are right ({@link OperationContract}), allocate nothing once warm and refuse what does not fit. */
abstract class BackendContract extends OperationContract {

    /** What the measurement itself may cost. */
    private static final long ALLOWED_BYTES = 64;
    /** How long an operation may take to get warm: until the compiler comes to it, vectors are objects. */
    private static final long WARM_NANOSECONDS = 20_000_000_000L;

    @TestFactory
    Stream<DynamicTest> allocatesNothingOnceWarm() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        return eachOperation(trial -> {
            Tensor[] t = trial.tensors(backend, true);
            Runnable call = trial.bind(backend, t);
            call.run();
            long least = Long.MAX_VALUE;
            for (long start = System.nanoTime(); least > ALLOWED_BYTES && System.nanoTime() - start < WARM_NANOSECONDS; ) {
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

    /** Of a backend of this kind and of the plain one in the heap, with views. */
    @Test
    void sharesTensorsOfOtherBackends() {
        for (Backend other : List.of(open(1), Backends.open("ejml", 1))) {
            try (other) {
                Tensor whole = other.tensor(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2);
                Tensor shared = backend.shared(whole.rows(1, 2));
                assertArrayEquals(new int[] {2, 2}, shared.shape());
                Tensor y = backend.tensor(2, 2);
                backend.addScaled(2, shared, y);
                assertArrayEquals(new float[] {6, 8, 10, 12}, y.toArray());
                assertArrayEquals(new float[] {3, 4, 5, 6}, shared.toArray());
            }
        }
    }

    @Test
    void refusesForeignAndTooFewLabels() {
        Tensor f = backend.tensor(3, 2);
        Tensor targets = backend.tensor(4, 2);
        Tensor losses = backend.tensor(3);
        Tensor df = backend.tensor(3, 2);
        try (Backend foreign = open(1)) {
            for (LabelVector labels : List.of(foreign.labels(3), backend.labels(2))) {
                String message = assertThrows(IllegalArgumentException.class,
                        () -> backend.cosineLoss(f, targets, labels, 1, losses, df)).getMessage();
                assertTrue(message.endsWith(labels.owner() == backend ? "got 2" : "got 3 of another"), message);
                assertThrows(IllegalArgumentException.class, () -> backend.dotRegressionLoss(f, targets, labels, 1, losses, df));
                assertThrows(IllegalArgumentException.class, () -> backend.softmaxCrossEntropy(f, null, labels, 0, 1, losses, df));
            }
        }
    }
}

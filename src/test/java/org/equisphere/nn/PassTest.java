package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What planning promises: memory shared without harm, nothing allocated, the same bits on any number of threads. Early, as VectorBackendTest. */
@Order(2)
class PassTest {

    private static final Backend BACKEND = Backends.open("ejml", 1);
    private static final Backend FASTEST = Backends.host(1);
    private static final int BATCH = 5;
    private static final int D = 6;

    @AfterAll
    static void close() {
        BACKEND.close();
        FASTEST.close();
    }

    static Stream<Network> networks() {
        int[] images = {7, 6, 3};
        return Stream.concat(
                Stream.of("resnet8", "resnet14-1x1", "resnet8x2-free", "resnet8+norm", "swin-micro", "swin-micro+norm",
                        "mlp", "mlp:17,9", "mlp:17+norm")
                        .map(text -> Architecture.parse(text).build(images, D)),
                Stream.of(new Network(images, List.of(
                        new Conv("a", 4, 3, 1, 1), new Both(new BatchNorm("b", true), new Relu()), new Relu(),
                        new Both(new GlobalAveragePool(), new Dense("c", 4, true)), new CosineDense("d", D, 9)))));
    }

    /** A training run of a few steps on one backend, all state within reach. */
    private static final class Run {

        private final Weights weights;
        private final TrainingPass pass;
        private final LabelVector labels;
        private final Loss loss;
        private final Optimizer optimizer;

        Run(Backend backend, Network network) {
            weights = network.initialise(backend, 4);
            pass = new TrainingPass(weights, BATCH);
            labels = backend.labels(BATCH);
            labels.set(new int[] {0, 1, 2, 1, 0}, BATCH, 3);
            Tensor targets = backend.tensor(Draws.floats(3, 3 * D, 1, 0), 3, D);
            backend.normalizeRows(targets, targets, backend.tensor(3));
            loss = new SquaredCosineLoss(backend, targets, BATCH, Reduction.SUM);
            optimizer = new Sgd(weights, pass.gradients(), 0.9, 1e-4, true);
        }

        void gradients() {
            pass.forward();
            loss.compute(pass.output(), labels, pass.outputGradient());
            pass.backward();
        }

        void step() {
            gradients();
            optimizer.setRate(0.01);
            optimizer.step();
        }

        void input(int stream) {
            pass.input().set(Draws.floats(stream, pass.input().size(), 1, 0));
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void trainingLeavesNothingBehindInItsMemory(Network network) {
        Run used = new Run(BACKEND, network);
        BACKEND.fill(used.pass.input(), Float.NaN);
        used.gradients();
        assertTrue(Float.isNaN(used.pass.gradients().toArray()[0]), "poison has spread");
        used.input(8);
        used.gradients();
        Run fresh = new Run(BACKEND, network);
        fresh.input(8);
        fresh.gradients();
        assertArrayEquals(fresh.pass.output().toArray(), used.pass.output().toArray());
        assertArrayEquals(fresh.pass.gradients().toArray(), used.pass.gradients().toArray());
        for (float g : fresh.pass.gradients().toArray()) {
            assertTrue(Float.isFinite(g));
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void inferenceLeavesNothingBehindInItsMemory(Network network) {
        Weights weights = network.initialise(BACKEND, 4);
        InferencePass used = new InferencePass(weights, BATCH);
        BACKEND.fill(used.input(), Float.NaN);
        used.forward();
        float[] input = Draws.floats(8, used.input().size(), 1, 0);
        used.input().set(input);
        used.forward();
        InferencePass fresh = new InferencePass(weights, BATCH);
        fresh.input().set(input);
        fresh.forward();
        assertArrayEquals(fresh.output().toArray(), used.output().toArray());
        assertArrayEquals(input, used.input().toArray(), "the input is the caller's");
    }

    /** The same bits; a sum of 1300 terms is taken in several blocks. */
    @ParameterizedTest
    @MethodSource("networks")
    void inferenceDoesNotDependOnTheBatch(Network network) {
        Network wide = Architecture.parse("mlp:33").build(new int[] {1300}, 20);
        for (Network described : List.of(network, wide)) {
            for (Backend backend : List.of(BACKEND, FASTEST)) {
                Weights weights = described.initialise(backend, 4);
                InferencePass whole = new InferencePass(weights, BATCH);
                InferencePass single = new InferencePass(weights, 1);
                whole.input().set(Draws.floats(8, whole.input().size(), 1, 0));
                whole.forward();
                for (int i = 0; i < BATCH; i++) {
                    backend.copy(whole.input().rows(i, 1), single.input());
                    single.forward();
                    assertArrayEquals(whole.output().rows(i, 1).toArray(), single.output().toArray(), backend.name() + ", example " + i);
                }
            }
        }
    }

    /** Threads that begin at once, before any has transformed a kernel, with batches of their own. */
    @ParameterizedTest
    @MethodSource("networks")
    void passesOfSeveralThreadsShareTheirWeights(Network network) throws Exception {
        for (String name : List.of("ejml", "fastest")) {
            try (Backend first = name.equals("ejml") ? Backends.open(name, 1) : Backends.host(1)) {
                InferencePass pass = new InferencePass(network.initialise(first, 4), BATCH);
                float[] input = Draws.floats(8, pass.input().size(), 1, 0);
                ExecutorService threads = Executors.newFixedThreadPool(4);
                List<Future<float[]>> found = new ArrayList<>();
                for (int thread = 0; thread < 4; thread++) {
                    InferencePass other = pass.on(name.equals("ejml") ? Backends.open(name, 1) : Backends.host(1), BATCH + thread);
                    assertThrows(IllegalStateException.class, other::refresh);
                    other.input().set(input, 0, input.length);
                    found.add(threads.submit(() -> {
                        other.forward();
                        return Arrays.copyOf(other.output().toArray(), pass.output().size());
                    }));
                }
                pass.input().set(input);
                pass.forward();
                for (Future<float[]> output : found) {
                    assertArrayEquals(pass.output().toArray(), output.get(), name);
                }
                threads.shutdown();
            }
        }
    }

    /** Seen by writing what nobody should: the pass that shares has them without being told. */
    @ParameterizedTest
    @MethodSource("networks")
    void sharedWeightsLieInTheHeapOnce(Network network) {
        Weights weights = network.initialise(BACKEND, 4);
        InferencePass pass = new InferencePass(weights, BATCH);
        try (Backend second = Backends.open("ejml", 1)) {
            InferencePass other = pass.on(second, BATCH);
            float[] input = Draws.floats(8, pass.input().size(), 1, 0);
            other.input().set(input);
            other.forward();
            float[] before = other.output().toArray();
            weights.initialise(5);
            pass.refresh();
            other.forward();
            assertFalse(Arrays.equals(before, other.output().toArray()));
            assertArrayEquals(infer(network.initialise(second, 5), input), other.output().toArray());
        }
    }

    private static float[] infer(Weights weights, float[] input) {
        InferencePass pass = new InferencePass(weights, BATCH);
        pass.input().set(input);
        pass.forward();
        return pass.output().toArray();
    }

    /**
     * Parts depend on the number of threads, results must not: 71 images make four parts on one thread or two, the last two of which
     * share an image, three on three.
     */
    @ParameterizedTest
    @ValueSource(strings = {"ejml", "fastest"})
    void inferenceInPartsIsInferenceOfEachExample(String name) {
        Network network = Architecture.parse("resnet8").build(new int[] {32, 32, 3}, D);
        float[] input = Draws.floats(8, 71 * 32 * 32 * 3, 1, 0);
        float[] expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Backend backend = name.equals("ejml") ? Backends.open(name, threads) : Backends.host(threads)) {
                Weights weights = network.initialise(backend, 4);
                expected = expected == null ? each(weights, input) : expected;
                InferencePass pass = new InferencePass(weights, 71);
                pass.input().set(input);
                backend.fill(pass.output(), Float.NaN);
                pass.forward();
                assertArrayEquals(expected, pass.output().toArray(), threads + " threads");
                assertTrue(pass.plannedNumbers() < 3 * 71 * 32 * 32 * 16, pass.plannedNumbers() + " numbers");
            }
        }
    }

    /** In one part and in four. */
    @ParameterizedTest
    @ValueSource(ints = {3, 71})
    void theLastLayerReadsTheEmbedding(int batch) {
        Network network = Architecture.parse("resnet8").build(new int[] {32, 32, 3}, D);
        Network logits = network.append(new Dense("classifier", 5, false));
        Weights weights = logits.initialise(FASTEST, 4);
        InferencePass both = new InferencePass(weights, batch);
        both.input().set(Draws.floats(8, batch * 32 * 32 * 3, 1, 0));
        both.forward();
        float[] learned = Arrays.copyOf(weights.learned().toArray(), network.parameterCount());
        InferencePass embedding = new InferencePass(network.weights(FASTEST, learned, weights.statistics().toArray()), batch);
        embedding.input().set(both.input().toArray());
        embedding.forward();
        assertArrayEquals(embedding.output().toArray(), both.lastRead().toArray());
    }

    /** The outputs of examples one by one. */
    private static float[] each(Weights weights, float[] input) {
        InferencePass single = new InferencePass(weights, 1);
        int size = single.input().size();
        float[] outputs = new float[input.length / size * D];
        for (int i = 0; i < input.length / size; i++) {
            single.input().set(Arrays.copyOfRange(input, i * size, (i + 1) * size));
            single.forward();
            single.output().get(outputs, i * D, D);
        }
        return outputs;
    }

    /** Residual networks are held against PyTorch's evaluation, which folds nothing. */
    @Test
    void foldedInferenceIsUnfoldedInference() {
        Conv conv = new Conv("a", 5, 3, 2, 1);
        BatchNorm norm = new BatchNorm("b", true);
        int[] images = {7, 8, 3};
        Weights folded = new Network(images, List.of(new ConvNorm(conv, norm))).initialise(BACKEND, 2);
        Weights unfolded = new Network(images, List.of(conv, norm)).initialise(BACKEND, 3);
        folded.get("b.weight").set(Draws.floats(1, 5, 0.5, 1));
        folded.get("b.bias").set(Draws.floats(2, 5, 1, 0));
        folded.get("b.running_mean").set(Draws.floats(3, 5, 1, 0));
        folded.get("b.running_var").set(Draws.floats(4, 5, 0.9, 1));
        unfolded.learned().set(folded.learned().toArray());
        unfolded.statistics().set(folded.statistics().toArray());
        float[] found = infer(new InferencePass(folded, BATCH));
        Golden.assertClose("folded", doubles(infer(new InferencePass(unfolded, BATCH))), found, 1e-6);
    }

    @Test
    void inferenceSeesNewWeightsOnceRefreshed() {
        Run run = new Run(BACKEND, Architecture.parse("resnet8").build(new int[] {6, 6, 3}, D));
        InferencePass inference = new InferencePass(run.weights, BATCH);
        float[] before = infer(inference);
        run.input(8);
        run.step();
        inference.refresh();
        float[] after = infer(inference);
        assertFalse(Arrays.equals(before, after));
        assertArrayEquals(infer(new InferencePass(run.weights, BATCH)), after);
    }

    private static float[] infer(InferencePass pass) {
        pass.input().set(Draws.floats(8, pass.input().size(), 1, 0));
        pass.forward();
        return pass.output().toArray();
    }

    @Test
    void stepsAreTheSameBitsOnAnyNumberOfThreads() {
        Network network = Architecture.parse("resnet8").build(new int[] {13, 10, 3}, D);
        float[] expected = null;
        for (int threads = 1; threads <= 3; threads++) {
            try (Backend backend = Backends.open("ejml", threads)) {
                Run run = new Run(backend, network);
                for (int step = 0; step < 3; step++) {
                    run.input(8 + step);
                    run.step();
                }
                float[] found = run.weights.learned().toArray();
                expected = expected == null ? found : expected;
                assertArrayEquals(expected, found, threads + " threads");
            }
        }
    }

    /** Takes down what a step draws. */
    private record Drawing(Set<Long> drawn) implements Layer {

        static final int DRAWS = 100;

        @Override
        public int[] declare(Blueprint blueprint, int[] input) {
            return input;
        }

        @Override
        public Signal plan(Plan plan, Signal input) {
            Signal output = plan.signal(input.exampleShape());
            plan.add(new Node(output, input) {
                @Override
                public void forward() {
                    throw new UnsupportedOperationException();
                }

                @Override
                public void draw(RandomGenerator random) {
                    for (int i = 0; i < DRAWS; i++) {
                        drawn.add(random.nextLong());
                    }
                }
            });
            return output;
        }
    }

    @Test
    void noStepDrawsWhatAnotherDrew() {
        Set<Long> drawn = new HashSet<>();
        TrainingPass pass = new TrainingPass(new Network(new int[] {1}, List.of(new Drawing(drawn))).initialise(BACKEND, 1), 1);
        for (long step = 0; step < 50; step++) {
            pass.draw(7, step);
        }
        assertEquals(50 * Drawing.DRAWS, drawn.size());
        pass.draw(7, 20);
        assertEquals(50 * Drawing.DRAWS, drawn.size(), "a step drawn again draws the same");
    }

    /**
     * Of each example a branch stays and is divided by the probability that it does, or is left out; before the first draw, and in
     * inference, it stays as it is.
     */
    @Test
    void branchesAreLeftOutAsOftenAsAsked() {
        int batch = 4000;
        Weights weights = new Network(new int[] {1}, List.of(new Residual(List.of(new Relu()), 0.25))).initialise(BACKEND, 1);
        TrainingPass pass = new TrainingPass(weights, batch);
        InferencePass inference = new InferencePass(weights, batch);
        BACKEND.fill(pass.input(), 3);
        BACKEND.fill(inference.input(), 3);
        pass.forward();
        inference.forward();
        float[] twice = new float[batch];
        Arrays.fill(twice, 6);
        assertArrayEquals(twice, pass.output().toArray());
        assertArrayEquals(twice, inference.output().toArray());
        pass.draw(1, 1);
        pass.forward();
        int left = 0;
        for (float x : pass.output().toArray()) {
            assertTrue(x == 3 || Math.abs(x - 7) < 1e-5, "3 or 3 + 3 / 0.75, but was " + x);
            left += x == 3 ? 1 : 0;
        }
        assertEquals(1000, left, 137, "five standard deviations");
    }

    @ParameterizedTest
    @MethodSource("networks")
    void stepsAllocateNothing(Network network) {
        Run run = new Run(BACKEND, network);
        run.input(8);
        assertAllocatesNothing("a training step", run::step);
        InferencePass inference = new InferencePass(run.weights, BATCH);
        assertAllocatesNothing("inference", inference::forward);
        assertAllocatesNothing("refreshing", inference::refresh);
    }

    @Test
    void lossesAllocateNothing() {
        Run run = new Run(BACKEND, Architecture.parse("mlp").build(new int[] {4}, D));
        run.input(8);
        run.pass.forward();
        Tensor targets = BACKEND.tensor(Draws.floats(3, D * D, 1, 0), D, D);
        int[] labels = {0, 1, 2, 1, 0};
        for (Loss loss : List.of(new SoftmaxLoss(BACKEND, BATCH, 0.1), new PrototypeSoftmaxLoss(BACKEND, targets, BATCH, 0.1, 0.1, null),
                new DotRegressionLoss(BACKEND, targets, BATCH))) {
            assertAllocatesNothing(loss.getClass().getSimpleName(), () -> {
                loss.prepare(labels);
                loss.compute(run.pass.output(), run.labels, run.pass.outputGradient());
            });
        }
        PrototypeScores scores = new PrototypeScores(BACKEND, targets, BATCH, true);
        assertAllocatesNothing("scores", () -> scores.of(run.pass.output()));
    }

    /** Less than 1 kB in ten runs, once warm. */
    private static void assertAllocatesNothing(String what, Runnable action) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 10; i++) {
                action.run();
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(id) - before);
        }
        assertTrue(least < 1024, what + " allocates " + least / 10.0 + " bytes");
    }

    @Test
    void scoresAreCosines() {
        Tensor targets = BACKEND.tensor(new float[] {1, 0, 0, 1, 0.6f, 0.8f}, 3, 2);
        PrototypeScores scores = new PrototypeScores(BACKEND, targets, 2, true);
        float[] found = scores.of(BACKEND.tensor(new float[] {3, 4, 0, -2}, 2, 2)).toArray();
        assertArrayEquals(new float[] {0.6f, 0.8f, 1, 0, -1, -0.8f}, found, 1e-6f);
        assertArrayEquals(new float[] {0.6f, 0.8f, 0, -1}, scores.unitFeatures().toArray(), 1e-6f);
    }

    @Test
    void scoresOfFeaturesThatKeepTheirLengthAreInnerProducts() {
        Tensor targets = BACKEND.tensor(new float[] {1, 0, 0, 1, 0.6f, 0.8f}, 3, 2);
        PrototypeScores scores = new PrototypeScores(BACKEND, targets, 2, false);
        float[] found = scores.of(BACKEND.tensor(new float[] {3, 4, 0, -2}, 2, 2)).toArray();
        assertArrayEquals(new float[] {3, 4, 5, 0, -2, -1.6f}, found, 1e-6f);
        assertArrayEquals(new float[] {0.6f, 0.8f, 0, -1}, scores.unitFeatures().toArray(), 1e-6f);
    }

    @Test
    void rejectsImpossibleBatches() {
        Weights weights = Architecture.parse("mlp:3+norm").build(new int[] {4}, 2).initialise(BACKEND, 1);
        assertEquals("batch is 0, expected at least 1", message(() -> new TrainingPass(weights, 0)));
        assertEquals("batch is -1, expected at least 1", message(() -> new InferencePass(weights, -1)));
        assertEquals("layer norm normalises over the batch alone: batch is 1, expected at least 2", message(() -> new TrainingPass(weights, 1)));
        new InferencePass(weights, 1).forward();
    }

    private static String message(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}

package org.equisphere.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.equisphere.nn.Architecture;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a classifier keeps between calls, and how it cuts what it is given. */
class PredictorPoolTest {

    private static final int CALLERS = 10;

    @TempDir
    private Path folder;

    private static Classifier vectors(int features, int hidden) {
        Architecture architecture = Architecture.parse("mlp:" + hidden);
        try (Backend backend = Backends.host(1)) {
            return Classifier.builder(architecture, architecture.build(new int[] {features}, 2).initialise(backend, 1), List.of("a", "b"))
                    .nearest(Prototypes.of(new double[] {1, 0, -1, 0}, 2, 2), new int[] {0, 1}).build();
        }
    }

    @Test
    void aNaNAmongManyIsNamedByItsPlaceAmongAllOfThem() {
        Classifier classifier = vectors(4, 3);
        float[] examples = new float[40 * 4];
        examples[35 * 4 + 2] = Float.NaN;
        String message = assertThrows(IllegalArgumentException.class, () -> classifier.predict(examples, 40)).getMessage();
        assertEquals("example 35, element 2 is NaN, expected a finite number", message);
        assertEquals(message, assertThrows(IllegalArgumentException.class, () -> classifier.embed(examples, 40)).getMessage());
    }

    @Test
    void aFolderIsNoModelFile() {
        String message = assertThrows(ModelFormatException.class, () -> Classifier.load(folder)).getMessage();
        assertEquals(folder + " is a folder, expected a model file", message);
    }

    /** Four million weights, 16 MB: predictors of seven callers more with weights of their own would take 110. A heap is known to some 10 MB only. */
    @Test
    void predictorsOfAllCallersShareTheWeights() throws Exception {
        Classifier classifier = vectors(2000, 2000);
        float[] example = new float[2000];
        float[] expected = classifier.scores(example);
        long before = usedHeap();
        ExecutorService callers = Executors.newFixedThreadPool(8);
        for (Future<float[]> scores : callers.invokeAll(Collections.<Callable<float[]>>nCopies(200, () -> classifier.scores(example)))) {
            assertArrayEquals(expected, scores.get());
        }
        callers.shutdown();
        long taken = usedHeap() - before;
        assertTrue(taken < 30_000_000, taken + " bytes for predictors of eight callers");
        assertArrayEquals(expected, classifier.scores(example));
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** In a heap of 200 MB: ten callers at once leave predictors of 13 MB each behind, and then 100 MB are asked for. */
    @Test
    void idlePredictorsAreGivenUpWhenMemoryIsShort() throws Exception {
        Path said = folder.resolve("said.txt");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC", "-Xmx200m", "-Xmn8m", "-cp", System.getProperty("java.class.path"), PredictorPoolTest.class.getName())
                .redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it hangs");
        assertEquals(0, process.exitValue(), Files.readString(said));
    }

    /** What {@link #idlePredictorsAreGivenUpWhenMemoryIsShort} starts. */
    public static void main(String[] args) throws Exception {
        Classifier classifier = vectors(50_000, 1);
        float[] examples = new float[33 * 50_000];
        CyclicBarrier together = new CyclicBarrier(CALLERS);
        Callable<List<Prediction>> call = () -> {
            together.await();
            return classifier.predict(examples, 33);
        };
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        List<Future<List<Prediction>>> ended = callers.invokeAll(Collections.nCopies(CALLERS, call));
        callers.shutdown();
        for (Future<List<Prediction>> each : ended) {
            each.get();
        }
        long kept = usedHeap();
        System.out.println(kept + " bytes kept");
        if (kept < 120_000_000) {
            System.exit(2); // so few that nothing would be shown
        }
        List<byte[]> wanted = new ArrayList<>();
        for (int k = 0; k < 100; k++) {
            wanted.add(new byte[1_000_000]);
        }
        System.out.println(wanted.size() + " MB were there to be had, " + classifier.predict(examples, 33).get(0));
    }
}

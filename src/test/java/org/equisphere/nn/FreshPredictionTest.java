package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Prediction in a JVM that has done nothing else. What the compiler makes of a loop depends on what it has seen, and a loop that is
 * without fault where tests have run every kind of operation before may leave its vectors on the heap here, in some JVMs and not in others.
 */
class FreshPredictionTest {

    private static final int BATCH = 64;
    /** Vectors on the heap were 1.3 MB and 260 kB an image, what the compiler comes to late takes some kB. */
    private static final long MOST_BYTES_AN_IMAGE = 100_000;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(40);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"resnet20", "swin-micro"})
    void keepsVectorsOffTheHeap(String network) throws Exception {
        Backends.Status vector = Backends.report().stream().filter(s -> s.name().equals("vector")).findFirst().orElseThrow();
        assumeTrue(vector.available(), vector.reason());
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(a -> a.startsWith("--add-modules") || a.startsWith("-XX:UseAVX") || a.startsWith("-Dequisphere.")).forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), FreshPredictionTest.class.getName(), network));
        Path said = folder.resolve("said.txt");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "it hangs");
        assertEquals(0, process.exitValue(), Files.readString(said, StandardCharsets.UTF_8));
    }

    /** What {@link #keepsVectorsOffTheHeap} starts: predicts until little is allocated, and fails if that does not come. Takes the network's name. */
    public static void main(String[] args) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        try (Backend backend = Backends.open("vector", 1)) {
            InferencePass pass = new InferencePass(Architecture.parse(args[0]).build(new int[] {32, 32, 3}, 10).initialise(backend, 1), BATCH);
            long start = System.nanoTime();
            long taken;
            do {
                long before = threads.getThreadAllocatedBytes(self);
                pass.forward();
                taken = (threads.getThreadAllocatedBytes(self) - before) / BATCH;
            } while (taken > MOST_BYTES_AN_IMAGE && System.nanoTime() - start < PATIENCE);
            System.out.println(taken + " bytes an image after " + (System.nanoTime() - start) / 1_000_000 + " ms");
            System.exit(taken > MOST_BYTES_AN_IMAGE ? 1 : 0);
        }
    }
}

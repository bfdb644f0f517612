package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The path through JCuda's native library, without a card: a Java process with the emulated device's {@code libcuda.so.1}. Proves how
 * arguments, copies, contexts, graphs and what is given back are handled, not how a real driver behaves.
 */
final class DriverLauncherTest {

    /** What the emulated driver says at the last release of a context. */
    private static final String NOTHING_LEFT = "contexts 0, objects 0, allocations 0";

    private static final String AFTER_FILL = " after kernel fill (start with -Dequisphere.cuda.synchronous=true "
            + "to learn which kernel failed) failed: "
            + "CUDA_ERROR_ILLEGAL_ADDRESS";

    @TempDir
    Path folder;

    @Test
    void theWholePathThroughJCudaWorksAndLeavesNothing() throws Exception {
        List<String> lines = say(Map.of(), folder.resolve("kernels").toString());
        String errors = Files.readString(folder.resolve("errors.txt"));
        assertEquals(List.of(
                "obstacle none",
                "no device there is no device 3 among the 1 that the driver finds",
                "newer ptx the kernels need a driver for CUDA 12.4 or later, this one is for CUDA 12.0",
                "newer card emulated device has compute capability 7.5, the kernels need 9.0",
                "cuda: emulated device, driver for CUDA 12.0, own matrix products (equisphere.cuda.cublas is false), "
                        + "kernels from PTX (equisphere.cuda.nvrtc is false)",
                "training true",
                "copies true",
                "potential true",
                "other thread true",
                "shared memory true",
                "fp32 for bf16 true"), lines.subList(0, 11), errors);
        assertTrue(lines.get(11).startsWith("refusal cuMemsetD8Async after kernel") && lines.get(11).contains("CUDA_ERROR_INVALID_VALUE"),
                lines.get(11));
        assertEquals(List.of("forgotten steps true", "failing step true", "two at once true", NOTHING_LEFT, "left 0",
                NOTHING_LEFT, "lost cuMemsetD8Async" + AFTER_FILL + "; cuEventSynchronize" + AFTER_FILL
                        + "; kernel relu(tensor[3], tensor[3], 0x3) on 1 x 1 x 1 blocks of 256 x 1 threads" + AFTER_FILL,
                "cuda: emulated device, driver for CUDA 12.0, own matrix products (equisphere.cuda.cublas is false), "
                        + "kernels compiled for sm_75 by a compiler for another card",
                "potential true", NOTHING_LEFT, "kept 0"), lines.subList(12, lines.size()), errors);
        assertEquals(List.of("errors.txt", "kernels"), Files.list(folder).map(file -> file.getFileName().toString()).sorted().toList());
    }

    /** Context, stream, page-locked memory, two events and the anchor are refused in turn; the seventh start finds all. */
    @Test
    void aStartThatFailsHalfWayLeavesNothing() throws Exception {
        List<String> lines = say(Map.of("EMULATED_STARTS_FAIL", "yes"));
        String advice = "; a smaller batch needs less, and --backend vector computes on the host";
        List<String> wanted = new ArrayList<>(List.of("cuDevicePrimaryCtxRetain: out of memory" + advice));
        for (String refused : List.of("cuStreamCreate", "page-locking 8388608 bytes of the host's memory", "cuEventCreate", "cuEventCreate",
                "allocating 256 bytes")) {
            wanted.addAll(List.of(NOTHING_LEFT, refused + ": out of memory, 1024 of 1024 MiB are free" + advice));
        }
        wanted.addAll(List.of(NOTHING_LEFT, "started"));
        assertEquals(wanted, lines);
    }

    /** A driver refuses to wait while a step is recorded. */
    @Test
    void whereEveryKernelIsWaitedForStepsRunUnrecorded() throws Exception {
        assertEquals(List.of("training true", "graphs 0", "refusal cuMemsetD8Async failed: CUDA_ERROR_INVALID_VALUE", NOTHING_LEFT),
                say(Map.of("JDK_JAVA_OPTIONS", "-Dequisphere.cuda.synchronous=true"), folder.toString()));
    }

    /** The lines that {@link DriverCheck} prints. */
    private List<String> say(Map<String, String> environment, String... arguments) throws Exception {
        String obstacle = HostCompiler.obstacle();
        Assumptions.assumeTrue(obstacle == null, () -> "the driver cannot be emulated: " + obstacle);
        Assumptions.assumeTrue("Linux".equals(System.getProperty("os.name")) && "amd64".equals(System.getProperty("os.arch")),
                "JCuda has natives for Linux on x86-64, and for Windows, whose library has another form");
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        ProcessBuilder builder = new ProcessBuilder(java.toString(), "-Djava.io.tmpdir=" + folder, "-Dequisphere.cuda.cublas=false",
                "-Dequisphere.cuda.nvrtc=false", "-cp", System.getProperty("java.class.path"), DriverCheck.class.getName());
        builder.command().addAll(List.of(arguments));
        builder.environment().putAll(environment);
        builder.environment().put("LD_LIBRARY_PATH", HostCompiler.driver().toAbsolutePath().toString());
        Process process = builder.redirectError(folder.resolve("errors.txt").toFile()).start();
        List<String> lines;
        try (InputStream out = process.getInputStream()) {
            lines = new String(out.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
        assertEquals(0, process.waitFor(), Files.readString(folder.resolve("errors.txt")));
        return lines;
    }
}

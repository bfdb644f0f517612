package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The PTX in the jar is that of the sources, and every driver and card it is meant for takes it. */
final class ShippedKernelsTest {

    static final List<Integer> CARDS = List.of(75, 80, 86, 89, 90);
    private static final String REMEDY = "run bash bench/gpu/build-kernels.sh";

    @Test
    void theEnumNamesEveryKernelOfTheSources() throws IOException {
        Map<String, TreeSet<String>> sources = new TreeMap<>();
        for (Path source : KernelSources.files(".cu")) {
            sources.put(KernelSources.module(source), new TreeSet<>(KernelSources.kernels(source)));
        }
        Map<String, TreeSet<String>> known = Arrays.stream(Kernel.values()).collect(Collectors.groupingBy(Kernel::module, TreeMap::new,
                Collectors.mapping(Kernel::function, Collectors.toCollection(TreeSet::new))));
        assertEquals(sources, known);
    }

    @Test
    void thePtxIsNotStale() throws Exception {
        Map<String, String> kept = new TreeMap<>();
        for (String line : Files.readAllLines(KernelSources.FOLDER.resolve("kernels.sha256"))) {
            kept.put(line.substring(66), line.substring(0, 64));
        }
        Map<String, String> now = new TreeMap<>();
        for (String ending : List.of(".cu", ".cuh")) {
            for (Path source : KernelSources.files(ending)) {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(source));
                now.put(source.getFileName().toString(), HexFormat.of().formatHex(digest));
            }
        }
        assertEquals(now, kept, "a kernel has changed since it was compiled; " + REMEDY);
    }

    @TestFactory
    Stream<DynamicTest> everyModuleIsForTheDriversAndCardsItPromises() {
        return modules().map(module -> DynamicTest.dynamicTest(module, () -> {
            String ptx = KernelModules.text(module);
            assertEquals(12000, KernelModules.leastDriver(ptx), REMEDY);
            assertEquals(leastCard(module), KernelModules.leastCapability(ptx), REMEDY);
            for (Kernel kernel : Kernel.values()) {
                if (kernel.module().equals(module)) {
                    assertTrue(Pattern.compile("\\.entry " + kernel.function() + "\\(").matcher(ptx).find(), kernel + "; " + REMEDY);
                }
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> everyModuleAssembles() {
        try {
            PrivateNatives.load(() -> JNvPTXCompiler.setExceptionsEnabled(false));
        } catch (LinkageError e) {
            Assumptions.abort("JCuda's PTX compiler does not load: " + e.getMessage());
        }
        return modules().flatMap(module -> CARDS.stream().filter(card -> card >= leastCard(module)).map(card ->
                DynamicTest.dynamicTest(module + " for sm_" + card, () -> assertEquals("", complaint(KernelModules.image(module), card)))));
    }

    /** The tensor cores of the modules that need them came with 8.0; all else runs from Turing on. */
    static int leastCard(String module) {
        return module.endsWith("_tensor") || module.endsWith("_tf32") ? Precision.LEAST_CAPABILITY : 75;
    }

    private static Stream<String> modules() {
        return Arrays.stream(Kernel.values()).map(Kernel::module).distinct();
    }

    /** What the assembler says against a PTX for a card; nothing if it takes it. */
    private static String complaint(byte[] image, int card) {
        nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
        int result = JNvPTXCompiler.nvPTXCompilerCreate(compiler, image.length - 1, image);
        if (result == nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
            result = JNvPTXCompiler.nvPTXCompilerCompile(compiler, 1, new String[] {"--gpu-name=sm_" + card});
        }
        String complaint = "";
        if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
            long[] size = new long[1];
            JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size);
            byte[] log = new byte[(int) size[0] + 1];
            JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
            complaint = nvPTXCompileResult.stringFor(result) + ": " + new String(log).trim();
        }
        JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
        return complaint;
    }
}

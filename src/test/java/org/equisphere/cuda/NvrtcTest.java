package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The library compiles the jar's sources as they are, for every card; it needs none. Skipped where it does not load: start Maven with
 * LD_LIBRARY_PATH at a folder with {@code libnvrtc.so.12} (one of CUDA 13, linked under that name, serves the test as well).
 */
final class NvrtcTest {

    @TestFactory
    Stream<DynamicTest> everySourceCompilesForEveryCard() {
        Nvrtc nvrtc = null;
        try {
            nvrtc = new Nvrtc();
        } catch (LinkageError e) {
            assertEquals("kernels from PTX (JCuda's JNvrtc or its libnvrtc.so.12 does not load)", MachineCode.ofCard(80).description());
            Assumptions.abort("NVRTC does not load here");
        }
        Nvrtc compiler = nvrtc;
        List<Integer> cards = Boolean.getBoolean("equisphere.test.everyCard") ? ShippedKernelsTest.CARDS : List.of(90);
        return Arrays.stream(Kernel.values()).map(Kernel::module).distinct().flatMap(module -> cards.stream()
                .filter(card -> card >= ShippedKernelsTest.leastCard(module))
                .map(card -> DynamicTest.dynamicTest(module + " for sm_" + card, () -> {
                    Map<String, String> headers = KernelModules.headers();
                    String code = new String(compiler.compile(module, KernelModules.source(module + ".cu"), headers, card),
                            StandardCharsets.ISO_8859_1);
                    assertTrue(code.startsWith("\u007fELF"));
                    for (Kernel kernel : Kernel.values()) {
                        assertTrue(!kernel.module().equals(module) || code.contains(".text." + kernel.function() + "\0"), kernel::function);
                    }
                })));
    }
}

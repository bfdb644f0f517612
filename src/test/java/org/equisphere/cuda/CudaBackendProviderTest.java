package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.BackendUnavailableException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Where there is no GPU the provider says so in a sentence and steps back; it never throws when asked. */
final class CudaBackendProviderTest {

    private final CudaBackendProvider provider = new CudaBackendProvider();

    @Test
    void theServiceLoaderFindsItFirst() {
        Backends.Status first = Backends.report().get(0);
        assertEquals(CudaBackend.NAME, first.name());
        assertEquals(provider.unavailable().isEmpty(), first.available());
    }

    @Test
    void aMissingGpuIsASentenceAndAForcedOneAnError() {
        Optional<String> reason = provider.unavailable();
        Assumptions.assumeTrue(reason.isPresent(), "there is a GPU here");
        assertFalse(reason.get().isBlank() || reason.get().contains("\n"), reason.get());
        BackendUnavailableException refusal = assertThrows(BackendUnavailableException.class, () -> Backends.open(CudaBackend.NAME, 1));
        assertTrue(refusal.getMessage().contains(reason.get()), refusal.getMessage());
        assertThrows(BackendUnavailableException.class, () -> provider.open(1));
    }

    @Test
    void whatStandsInTheWayIsAReasonAndAnotherBackendServes() throws Exception {
        assertTrue(reason("-Djava.io.tmpdir=" + Path.of("no", "such", "folder")).contains("no folder for JCuda's natives"));
        assertEquals("system property equisphere.cuda.device is \"one\", expected the number of a device", reason("-Dequisphere.cuda.device=one"));
    }

    /** Why a Java with a setting does not take the GPU, whose driver it is made to look for. */
    private static String reason(String setting) throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), setting,
                "-Dequisphere.cuda.driverFiles=false", "-cp", System.getProperty("java.class.path"), Choice.class.getName()).start();
        List<String> lines;
        try (InputStream out = process.getInputStream()) {
            lines = new String(out.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
        try (InputStream errors = process.getErrorStream()) {
            assertEquals(0, process.waitFor(), new String(errors.readAllBytes(), StandardCharsets.UTF_8));
        }
        assertFalse(lines.get(0).equals(CudaBackend.NAME));
        return lines.get(1);
    }

    /** A main class that prints which backend is best and what is known of the first. */
    static final class Choice {

        private Choice() {
        }

        public static void main(String[] arguments) {
            try (Backend best = Backends.best(1)) {
                System.out.println(best.name());
            }
            System.out.println(Backends.report().get(0).reason());
        }
    }

    /** Texts as JCuda makes them, shortened. */
    @Test
    void whatKeepsTheNativesFromLoadingIsASentence() {
        assertEquals("native access is denied (start Java with --enable-native-access=ALL-UNNAMED)",
                obstacle("java.lang.IllegalCallerException: Illegal native access from an unnamed module (file:/jcuda-12.6.0.jar)"));
        assertTrue(obstacle("java.lang.UnsatisfiedLinkError: libcuda.so.1: cannot open shared object file")
                .startsWith("there is no NVIDIA driver library"));
        assertEquals("JCuda's native library does not load: java.lang.UnsatisfiedLinkError: version `GLIBC_2.27' not found",
                obstacle("java.lang.UnsatisfiedLinkError: version `GLIBC_2.27' not found"));
        assertEquals("JCuda's native library does not load: java.lang.ExceptionInInitializerError",
                DriverProbe.linkage(new ExceptionInInitializerError()));
    }

    private static String obstacle(String cause) {
        return DriverProbe.linkage(new UnsatisfiedLinkError("Error while loading native library \"JCudaDriver-12.6.0-linux-x86_64\"\n"
                + "Operating system name: Linux\n---(start of nested stack traces)---\nStack trace from the attempt to load the library as a file:\n"
                + "java.lang.UnsatisfiedLinkError: no JCudaDriver-12.6.0-linux-x86_64 in java.library.path\n"
                + "\tat java.base/java.lang.System.loadLibrary\n"
                + "Stack trace from the attempt to load the library as a resource:\n" + cause + "\n\tat jcuda.LibUtils.loadLibrary\n"
                + "---(end of nested stack traces)---\n"));
    }

    /** Where a JDK can be told to refuse it, native access that it was not told to allow. */
    @Test
    void deniedNativeAccessIsAReason() throws Exception {
        Assumptions.assumeTrue(Runtime.version().feature() >= 24, "this JDK denies no native access");
        assertTrue(reason("--illegal-native-access=deny").startsWith("native access is denied"));
    }

    @Test
    void nativesLeaveTheTemporaryFolderAsItWas() {
        String before = System.getProperty("java.io.tmpdir");
        File[] seen = new File[1];
        assertThrows(IllegalStateException.class, () -> PrivateNatives.load(() -> {
            seen[0] = new File(System.getProperty("java.io.tmpdir"));
            throw new IllegalStateException("a library that fails to load");
        }));
        assertEquals(before, System.getProperty("java.io.tmpdir"));
        assertFalse(seen[0].getPath().equals(before) || seen[0].exists());
    }

    @Test
    void ptxTellsTheDriverAndTheCardItNeeds() {
        String ptx = ".version 8.4\n.target sm_80\n.address_size 64\n";
        assertEquals(12040, KernelModules.leastDriver(ptx));
        assertEquals(80, KernelModules.leastCapability(ptx));
        assertThrows(CudaException.class, () -> KernelModules.leastDriver("nothing"));
    }
}

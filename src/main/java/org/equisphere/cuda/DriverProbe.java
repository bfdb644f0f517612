package org.equisphere.cuda;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Whether a GPU can be used here, found out once and in the order in which things can be missing. Names no class of JCuda. */
final class DriverProbe {

    /** System property: the number of the device to use, 0 the first. */
    static final String DEVICE = "equisphere.cuda.device";

    /** System property: {@code false} leaves the driver's files alone and loads its library at once, for systems that keep them elsewhere. */
    static final String FILES = "equisphere.cuda.driverFiles";

    /** What the Linux driver shows of itself: the card, Windows' card under WSL, and boards with a built-in GPU. */
    private static final List<String> DRIVER_FILES = List.of("/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/dxg", "/dev/nvmap");

    private DriverProbe() {
    }

    /** Probed when first asked for: natives load once in the life of a class loader, and a failure cannot be had twice. */
    private static final class Found {
        private static final Optional<String> OBSTACLE = probe();
    }

    /** Why no GPU can be used, in one sentence; empty when one can. Never throws. */
    static Optional<String> obstacle() {
        return Found.OBSTACLE;
    }

    /**
     * The number of the device to use.
     *
     * @throws CudaException where the property is no number
     */
    static int device() {
        String word = System.getProperty(DEVICE, "0");
        try {
            return Integer.parseInt(word);
        } catch (NumberFormatException e) {
            throw new CudaException("system property " + DEVICE + " is \"" + word + "\", expected the number of a device", e);
        }
    }

    private static Optional<String> probe() {
        try {
            Class.forName("jcuda.driver.JCudaDriver", false, DriverProbe.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            return Optional.of("JCuda is not on the class path (add org.jcuda:jcuda:12.6.0)");
        }
        if (!driverIsSeen()) {
            return Optional.of("there is no NVIDIA driver (none of " + String.join(", ", DRIVER_FILES) + " exists)");
        }
        try {
            return Driver.obstacle(device(), KernelModules.text(Kernel.FILL.module()));
        } catch (LinkageError e) {
            return Optional.of(linkage(e));
        } catch (CudaException e) {
            return Optional.of(e.getMessage());
        }
    }

    /** A cheap look, so that nothing is unpacked and loaded on a machine without a driver. Elsewhere than on Linux the library alone tells. */
    private static boolean driverIsSeen() {
        boolean linux = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
        boolean look = linux && Boolean.parseBoolean(System.getProperty(FILES, "true"));
        return !look || DRIVER_FILES.stream().anyMatch(file -> Files.exists(Path.of(file)));
    }

    /** JCuda tells of a library that does not load in a text of many lines, of which the last that names a throwable says why. */
    static String linkage(LinkageError e) {
        String text = e.toString();
        if (text.contains("libcuda.so.1") || text.contains("nvcuda")) {
            return "there is no NVIDIA driver library (libcuda.so.1 does not load; install the driver, or start the container with the GPU)";
        }
        if (text.contains("Illegal native access")) {
            return "native access is denied (start Java with --enable-native-access=ALL-UNNAMED)";
        }
        return "JCuda's native library does not load: "
                + text.lines().filter(line -> line.startsWith("java.")).reduce((first, second) -> second).orElse(text);
    }
}

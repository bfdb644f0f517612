package org.equisphere.tensor;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/**
 * Offers {@link VectorBackend} where it pays. It loads without the module {@code jdk.incubator.vector}: no vector class is touched before
 * the module is known to be there.
 */
public final class VectorBackendProvider implements BackendProvider {

    /** System property: {@code off}, {@code 128}, {@code 256}, {@code 512} bits a vector, or {@code auto}, the default. */
    public static final String PROPERTY = "equisphere.vector";

    private static final String MODULE = "jdk.incubator.vector";

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public int preference() {
        return 10;
    }

    @Override
    public boolean onHost() {
        return true;
    }

    /**
     * Without FMA instructions, C2 or vectors of hardware the Vector API is 10 to 150 times slower than scalar code, so that its presence is
     * not enough.
     */
    @Override
    public Optional<String> unavailable() {
        String asked = System.getProperty(PROPERTY, "auto");
        if (asked.equals("off")) {
            return Optional.of("it is switched off by -D" + PROPERTY + "=off");
        }
        if (!asked.matches("auto|128|256|512")) {
            return Optional.of("-D" + PROPERTY + "=" + asked + " is unknown, expected auto, 128, 256, 512 or off");
        }
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            return Optional.of("the Vector API is not loaded; start Java with --add-modules " + MODULE + " for many times the speed");
        }
        Optional<String> obstacle = virtualMachineObstacle(asked);
        return obstacle.isPresent() ? obstacle : selfCheck();
    }

    private static Optional<String> virtualMachineObstacle(String asked) {
        HotSpotDiagnosticMXBean machine;
        try {
            machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        } catch (IllegalArgumentException | LinkageError e) {
            machine = null;
        }
        if (machine == null || !System.getProperty("java.vm.name", "").matches(".*(HotSpot|OpenJDK).*")) {
            return Optional.of("the Vector API is fast on HotSpot only, not on " + System.getProperty("java.vm.name"));
        }
        if (!"4".equals(option(machine, "TieredStopAtLevel"))) {
            return Optional.of("the C2 compiler is off; run without -XX:TieredStopAtLevel");
        }
        if (!"true".equals(option(machine, "UseFMA"))) {
            return Optional.of("there are no fused multiply-add instructions (UseFMA is false)");
        }
        int bits = 8 * Integer.parseInt(option(machine, "MaxVectorSize"));
        int needed = asked.equals("auto") ? 128 : Integer.parseInt(asked);
        if (bits < needed) {
            return Optional.of("vectors have " + bits + " bits here, fewer than " + needed);
        }
        return Optional.empty();
    }

    private static String option(HotSpotDiagnosticMXBean machine, String name) {
        try {
            return machine.getVMOption(name).getValue();
        } catch (IllegalArgumentException e) {
            return "0";
        }
    }

    private static Optional<String> selfCheck() {
        try {
            return VectorSelfCheck.failure();
        } catch (RuntimeException | LinkageError e) {
            return Optional.of("the Vector API of this Java does not work as expected: " + e);
        }
    }

    /** Opens it, where {@link #unavailable} had nothing against it. */
    @Override
    public Backend open(int threads) {
        return new VectorBackend(threads);
    }
}

package org.equisphere.sphere;

import java.lang.management.ManagementFactory;

import com.sun.management.HotSpotDiagnosticMXBean;

/** Chooses the {@link PairKernel} of this JVM, once, and says why. */
final class PairKernels {

    /** {@code auto} (the default), {@code off} or {@code on}: whether the Vector API may, must not or must be used. */
    static final String PROPERTY = "equisphere.vector";

    private static final String REASON_AGAINST = reasonAgainstVector();
    private static final PairKernel BEST = choose();

    private PairKernels() {
    }

    static PairKernel best() {
        return BEST;
    }

    private static PairKernel choose() {
        System.Logger logger = System.getLogger(PairKernels.class.getName());
        if (REASON_AGAINST != null) {
            logger.log(System.Logger.Level.INFO, "pair kernel: plain loops, since {0}", REASON_AGAINST);
            return new PlainPairKernel();
        }
        PairKernel vector = new VectorPairKernel();
        logger.log(System.Logger.Level.DEBUG, "pair kernel: {0}", vector.name());
        return vector;
    }

    /** Null where the Vector API is fast: emulated fused multiply-adds are 150 times slower than plain loops, C1 alone 10 times. */
    private static String reasonAgainstVector() {
        String wish = System.getProperty(PROPERTY, "auto");
        if (wish.equals("off")) {
            return PROPERTY + " is off";
        }
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return "the JVM was started without --add-modules jdk.incubator.vector";
        }
        if (wish.equals("on")) {
            return null;
        }
        if (ModuleLayer.boot().findModule("jdk.management").isEmpty()) {
            return "the module jdk.management, which tells whether the JVM has FMA and C2, is absent";
        }
        return HotSpot.reasonAgainstVector();
    }

    /** What only HotSpot's management bean knows; apart, so that a JVM without it never loads this class. */
    private static final class HotSpot {

        static String reasonAgainstVector() {
            HotSpotDiagnosticMXBean bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            if (bean == null) {
                return "the JVM is not HotSpot";
            }
            if (!option(bean, "UseFMA", "false").equals("true")) {
                return "the CPU or the JVM has no fused multiply-add";
            }
            if (!option(bean, "TieredStopAtLevel", "0").equals("4")) {
                return "the C2 compiler is off";
            }
            if (Integer.parseInt(option(bean, "MaxVectorSize", "0")) < 16) {
                return "vectors are narrower than 128 bits";
            }
            return null;
        }

        private static String option(HotSpotDiagnosticMXBean bean, String name, String absent) {
            try {
                return bean.getVMOption(name).getValue();
            } catch (IllegalArgumentException unknown) {
                return absent;
            }
        }
    }
}

package org.equisphere.tensor;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;

/**
 * {@link RowTiles} for any step, and copies of the class for the steps that much work is done with: hidden classes from the same bytes, whose
 * step is a constant to the compiler. Both do the same arithmetic in the same order. A copy must be compiled anew, which takes a second's work: it
 * is made when it will pay.
 */
final class RowKernels {

    /** Floating-point operations of one step before a copy is made for it. */
    private static final long ENOUGH = 3_000_000_000L;
    /** Copies at most, to bound the code cache. */
    private static final int MOST = 32;

    private final RowKernel any = new RowTiles();
    private int[] steps = new int[0];
    private long[] work = new long[0];
    private RowKernel[] copies = new RowKernel[0];
    private int made;

    /**
     * The kernel for a step.
     *
     * @param flops the work that will be done with it
     */
    RowKernel of(int step, long flops) {
        // Where no tap reaches; 0 says "any" to a copy.
        if (step == 0) {
            return any;
        }
        int i = 0;
        while (i < steps.length && steps[i] != step) {
            i++;
        }
        if (i == steps.length) {
            steps = Arrays.copyOf(steps, i + 1);
            work = Arrays.copyOf(work, i + 1);
            copies = Arrays.copyOf(copies, i + 1);
            steps[i] = step;
            copies[i] = any;
        }
        if (copies[i] == any && work[i] >= ENOUGH && made < MOST) {
            made++;
            copies[i] = copy(step);
        }
        work[i] += flops;
        return copies[i];
    }

    private RowKernel copy(int step) {
        try (InputStream in = RowTiles.class.getResourceAsStream("RowTiles.class")) {
            if (in == null) {
                return any;
            }
            return (RowKernel) MethodHandles.lookup().defineHiddenClassWithClassData(in.readAllBytes(), step, true).lookupClass()
                    .getDeclaredConstructor().newInstance();
        } catch (IOException | ReflectiveOperationException | LinkageError e) {
            System.getLogger(RowKernels.class.getName()).log(Level.DEBUG, "no copy of the register tiles for step " + step, e);
            return any;
        }
    }

    /** The step that a copy of a class was made for; 0 for the class itself. */
    static int stepOf(MethodHandles.Lookup lookup) {
        try {
            Integer step = MethodHandles.classData(lookup, "_", Integer.class);
            return step == null ? 0 : step;
        } catch (IllegalAccessException e) {
            return 0;
        }
    }
}

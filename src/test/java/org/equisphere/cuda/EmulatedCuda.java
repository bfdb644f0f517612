package org.equisphere.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.equisphere.tensor.Backend;
import org.junit.jupiter.api.Assumptions;

/** Opens backends whose kernels run on the host; skips the test where there is no g++. */
public final class EmulatedCuda {

    private EmulatedCuda() {
    }

    /** A backend with the settings of production, threads in their natural order. */
    public static Backend open() {
        return new CudaBackend(launcher(0), CudaSettings.standard());
    }

    /** A backend that takes the large tiles and several panels on small problems too, blocks and threads in a shuffled order. */
    public static Backend openShuffled(long seed) {
        return new CudaBackend(launcher(seed), new CudaSettings(1, 24, true, Precision.FP32));
    }

    static HostLauncher launcher(long shuffle) {
        String obstacle = HostCompiler.obstacle();
        Assumptions.assumeTrue(obstacle == null, () -> "the kernels cannot be emulated: " + obstacle);
        try {
            return new HostLauncher(HostCompiler.device(), shuffle);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}

package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whole training steps and prototype optimisation, the same on the GPU's kernels as on the CPU. */
final class CudaTrainingTest {

    private static final double RELATIVE = 1e-4;

    @Test
    void resNet8TrainsAsOnTheCpu() {
        try (Backend emulated = EmulatedCuda.open()) {
            assertTrainsAlike(emulated, 1, 2, 16, 3);
        }
    }

    @Test
    void resNet8TrainsAsOnTheCpuInAShuffledOrder() {
        try (Backend emulated = EmulatedCuda.openShuffled(20240607)) {
            assertTrainsAlike(emulated, 1, 2, 12, 2);
        }
    }

    @Test
    @Tag("gpu")
    void resNet20TrainsAsOnTheCpu() {
        try (Backend cuda = gpu()) {
            assertTrainsAlike(cuda, 3, 8, 32, 5);
        }
    }

    @Test
    void prototypesSpreadAsOnTheCpu() {
        try (Backend emulated = EmulatedCuda.openShuffled(7)) {
            assertSpreadsAlike(emulated, 40, 7, 5);
        }
    }

    @Test
    @Tag("gpu")
    void manyPrototypesSpreadAsOnTheCpu() {
        try (Backend cuda = gpu()) {
            assertSpreadsAlike(cuda, 1000, 64, 5);
        }
    }

    /** The backend of this machine's card; skips with the reason where there is none. */
    static Backend gpu() {
        CudaBackendProvider provider = new CudaBackendProvider();
        Assumptions.assumeTrue(provider.unavailable().isEmpty(), () -> "no GPU: " + provider.unavailable().orElse(""));
        return provider.open(1);
    }

    private static void assertTrainsAlike(Backend cuda, int n, int batch, int side, int steps) {
        try (Backend cpu = Backends.open("ejml", 2)) {
            ResidualTraining expected = new ResidualTraining(cpu, n, 16, batch, side, 10, 8, 42);
            ResidualTraining got = new ResidualTraining(cuda, n, 16, batch, side, 10, 8, 42);
            float[] before = got.parameters();
            for (int step = 0; step < steps; step++) {
                double wanted = expected.step(0.05f);
                assertEquals(wanted, got.step(0.05f), RELATIVE * Math.abs(wanted), "loss of step " + step);
            }
            float[] after = got.parameters();
            assertTrue(distance(before, after) > 1e-2, "training moved nothing");
            double apart = distance(expected.parameters(), after) / distance(before, after);
            assertTrue(apart <= 1e-3, "the parameters moved apart by " + apart + " of their way");
        }
    }

    /** Projected gradient descent on the Gaussian potential. */
    private static void assertSpreadsAlike(Backend cuda, int n, int d, int steps) {
        try (Backend cpu = Backends.open("ejml", 2)) {
            float[] start = new float[n * d];
            Random random = new Random(5);
            for (int i = 0; i < start.length; i++) {
                start[i] = (float) random.nextGaussian();
            }
            double[] expected = spread(cpu, start, n, d, steps);
            double[] got = spread(cuda, start, n, d, steps);
            assertTrue(expected[steps - 1] < expected[0] - 1e-3, "the prototypes did not spread: " + Arrays.toString(expected));
            for (int i = 0; i < steps; i++) {
                assertEquals(expected[i], got[i], RELATIVE * Math.abs(expected[i]), "step " + i);
            }
        }
    }

    private static double[] spread(Backend backend, float[] start, int n, int d, int steps) {
        Tensor w = backend.tensor(start, n, d);
        Tensor dw = backend.tensor(n, d);
        Tensor norms = backend.tensor(n);
        double[] losses = new double[steps];
        for (int i = 0; i < steps; i++) {
            backend.normalizeRows(w, w, norms);
            losses[i] = backend.gaussianPotential(w, 2, dw);
            backend.addScaled(-0.5f * n, dw, w);
        }
        return losses;
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }
}

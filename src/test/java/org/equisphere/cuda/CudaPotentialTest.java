package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The potential by panels of several tiles, large and small, whole and cut, mirrored and not, against plain loops in double. */
final class CudaPotentialTest {

    private static final int D = 5;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void largeTilesInOnePanel() {
        check(new CudaSettings(1, 4096, true, Precision.FP32), 301, 2);
    }

    @Test
    void largeTilesInSeveralPanels() {
        check(new CudaSettings(1, 256, true, Precision.FP32), 660, 2);
    }

    @Test
    void smallTilesInSeveralPanels() {
        check(new CudaSettings(1000, 150, true, Precision.FP32), 333, 2);
    }

    @Test
    void energiesTooSmallForADoubleAreTakenFromTheClosestPairOn() {
        check(new CudaSettings(1, 256, true, Precision.FP32), 300, 4e5f);
    }

    private void check(CudaSettings settings, int n, float t) {
        float[] w = new float[n * D];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) random.nextGaussian();
        }
        try (CudaBackend backend = new CudaBackend(EmulatedCuda.launcher(seed | 1), settings)) {
            Tensor points = backend.tensor(w, n, D);
            Tensor dw = backend.tensor(n, D);
            double value = backend.gaussianPotential(points, t, dw);
            float[] gradient = dw.toArray();
            assertAgrees(w, n, t, value, gradient);
            assertEquals(value, backend.gaussianPotential(points, t, null), "another value without the gradient [seed " + seed + "]");
            assertEquals(value, backend.gaussianPotential(points, t, dw), "another value the second time [seed " + seed + "]");
            assertArrayEquals(gradient, dw.toArray());
        }
    }

    /** Errors as of a float's rounding: of the exponents, of the sums and of what is subtracted. */
    private void assertAgrees(float[] w, int n, float t, double value, float[] gradient) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                least = Math.min(least, squares(w, i, j));
            }
        }
        double total = 0;
        double exponents = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double e = i == j ? 0 : Math.exp(-t * (squares(w, i, j) - least));
                total += e;
                exponents += e * t * squares(w, i, j);
            }
        }
        double relative = (8 + 4 * exponents / total) * Math.ulp(1f);
        double expected = Math.log(total / ((double) n * (n - 1))) - t * least;
        assertTrue(Math.abs(value - expected) <= relative + Math.ulp(1f) * Math.abs(expected),
                value + ", expected " + expected + " [seed " + seed + "]");
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < D; k++) {
                double slope = 0;
                double size = 0;
                for (int j = 0; j < n; j++) {
                    double share = i == j ? 0 : -4 * t * Math.exp(-t * (squares(w, i, j) - least)) / total;
                    slope += share * ((double) w[i * D + k] - w[j * D + k]);
                    size += Math.abs(share) * (Math.abs(w[i * D + k]) + Math.abs(w[j * D + k])) * (8 + t * squares(w, i, j));
                }
                double tolerance = (relative + 4 * Math.ulp(1f)) * size + Float.MIN_NORMAL;
                double error = Math.abs(gradient[i * D + k] - slope);
                assertTrue(error <= tolerance, "dw at " + i + ", " + k + " is " + gradient[i * D + k] + ", expected " + slope + " within "
                        + tolerance + " [seed " + seed + "]");
            }
        }
    }

    private static double squares(float[] w, int i, int j) {
        double sum = 0;
        for (int k = 0; k < D; k++) {
            double difference = (double) w[i * D + k] - w[j * D + k];
            sum += difference * difference;
        }
        return sum;
    }
}

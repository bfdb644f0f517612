package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Products of rounded factors agree with double arithmetic to what the rounding costs, and are not those of float32. */
final class TensorCoreTest {

    private static final int[][] SIZES = {{1, 1, 1}, {5, 3, 7}, {129, 130, 33}, {64, 257, 16}, {16, 12, 0}};

    private final long seed = System.nanoTime();

    @Test
    void tf32ProductsAreRightToTheirRounding() {
        check(Precision.TF32, 1.01 * Math.pow(2, -10));
    }

    @Test
    void bf16ProductsAreRightToTheirRounding() {
        check(Precision.BF16, 1.01 * Math.pow(2, -7));
    }

    private void check(Precision precision, double rounding) {
        Random random = new Random(seed);
        try (CudaBackend backend = new CudaBackend(EmulatedCuda.launcher(seed | 1), new CudaSettings(64, 2048, true, precision))) {
            double worst = 0;
            for (int[] size : SIZES) {
                for (int transposes = 0; transposes < 4; transposes++) {
                    worst = Math.max(worst, worstError(backend, random, (transposes & 1) != 0, (transposes & 2) != 0, size[0], size[1], size[2]));
                }
            }
            assertTrue(worst <= rounding, precision + " is wrong by " + worst + " [seed " + seed + "]");
            assertTrue(worst > rounding / 100, precision + " is right to " + worst + ": nothing was rounded");
        }
    }

    /** The largest error relative to the sum of the terms' sizes. */
    private static double worstError(CudaBackend backend, Random random, boolean ta, boolean tb, int m, int n, int k) {
        float[] a = values(random, m * k);
        float[] b = values(random, k * n);
        float[] c = values(random, m * n);
        Tensor result = backend.tensor(c, m, n);
        backend.gemm(ta, tb, 0.5f, ta ? backend.tensor(a, k, m) : backend.tensor(a, m, k), tb ? backend.tensor(b, n, k) : backend.tensor(b, k, n),
                2, result);
        float[] got = result.toArray();
        assertEquals(m * n, got.length);
        double worst = 0;
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 2.0 * c[i * n + j];
                double sizes = 1e-3 * Math.abs(sum);
                for (int l = 0; l < k; l++) {
                    double term = 0.5 * a[ta ? l * m + i : i * k + l] * b[tb ? j * k + l : l * n + j];
                    sum += term;
                    sizes += Math.abs(term);
                }
                double error = Math.abs(got[i * n + j] - sum) / sizes;
                worst = error <= worst ? worst : error;
            }
        }
        return worst;
    }

    private static float[] values(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}

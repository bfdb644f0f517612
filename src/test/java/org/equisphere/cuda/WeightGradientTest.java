package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.Random;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * Gradients by weights whose blocks sum over many steps of positions, the last cut short, against plain sums in double: a training step's, where the
 * contract's small convolutions leave a block one step.
 */
final class WeightGradientTest {

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private String kernel;
    private long parts;

    @Test
    void windows() {
        check(Precision.FP32, new Convolution(1, 147, 86, 8, 8, 3, 1, 1), "conv3_weights", 16);
        check(Precision.FP32, new Convolution(3, 21, 23, 104, 104, 3, 1, 1), "conv3_weights", 128);
    }

    @Test
    void windowsOnTheTensorCores() {
        check(Precision.TF32, new Convolution(1, 205, 62, 16, 16, 3, 1, 1), "conv3_weights_16_tf32", 16);
        check(Precision.TF32, new Convolution(1, 205, 62, 16, 32, 3, 1, 1), "conv3_weights_32_tf32", 16);
    }

    @Test
    void smallPatches() {
        check(Precision.FP32, new Convolution(1, 20, 20, 3, 2128, 2, 1, 0), "conv_weights_few", 128);
    }

    @Test
    void gatheredPatches() {
        check(Precision.FP32, new Convolution(2, 11, 9, 260, 9, 3, 1, 1), "conv_weights_16", 16);
        check(Precision.FP32, new Convolution(2, 11, 9, 130, 17, 3, 1, 1), "conv_weights_32", 16);
        check(Precision.FP32, new Convolution(2, 11, 9, 33, 66, 3, 1, 1), "conv_weights_64", 16);
    }

    /** @param step positions at a time of the kernel that is to take it */
    private void check(Precision precision, Convolution g, String expected, int step) {
        float[] x = normal(g.batch() * g.height() * g.width() * g.inChannels());
        float[] dy = normal(g.positions() * g.outChannels());
        try (Backend backend = backend(precision)) {
            Tensor dw = backend.tensor(g.kernel(), g.kernel(), g.inChannels(), g.outChannels());
            backend.fill(dw, Float.NaN);
            backend.convolveBackwardWeights(g, backend.tensor(x, g.batch(), g.height(), g.width(), g.inChannels()),
                    backend.tensor(dy, g.batch(), g.outHeight(), g.outWidth(), g.outChannels()), dw);
            assertEquals(expected, kernel);
            assertTrue(g.positions() > 2L * step * parts,
                    () -> g.positions() + " positions in " + parts + " parts are two steps of " + step + " or less");
            double tolerance = precision == Precision.TF32 ? 1.01 * Math.pow(2, -10) : Math.pow(2, -20);
            float[] got = dw.toArray();
            for (int i = 0; i < got.length; i++) {
                int tap = i / g.outChannels() / g.inChannels();
                int at = i;
                double[] sums = sums(g, x, dy, tap / g.kernel(), tap % g.kernel(), i / g.outChannels() % g.inChannels(), i % g.outChannels());
                assertEquals(sums[0], got[i], tolerance * sums[1], () -> g + " at " + at + " [seed " + seed + "]");
            }
        }
    }

    /** The gradient by one weight, and the sum of its terms' sizes. */
    private static double[] sums(Convolution g, float[] x, float[] dy, int a, int b, int c, int o) {
        double[] sums = new double[2];
        for (int n = 0; n < g.batch(); n++) {
            for (int row = 0; row < g.outHeight(); row++) {
                for (int column = 0; column < g.outWidth(); column++) {
                    int i = row * g.stride() + a - g.padding();
                    int j = column * g.stride() + b - g.padding();
                    if (i >= 0 && i < g.height() && j >= 0 && j < g.width()) {
                        double term = (double) x[((n * g.height() + i) * g.width() + j) * g.inChannels() + c]
                                * dy[((n * g.outHeight() + row) * g.outWidth() + column) * g.outChannels() + o];
                        sums[0] += term;
                        sums[1] += Math.abs(term);
                    }
                }
            }
        }
        return sums;
    }

    /** A backend that keeps what was launched for the sums of weights last. */
    private Backend backend(Precision precision) {
        HostLauncher host = EmulatedCuda.launcher(seed | 1);
        KernelLauncher noting = (KernelLauncher) Proxy.newProxyInstance(KernelLauncher.class.getClassLoader(), new Class<?>[] {KernelLauncher.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("launch") && ((Launch) arguments[0]).kernel() != Kernel.CONV_WEIGHTS_FINISH) {
                        kernel = ((Launch) arguments[0]).kernel().function();
                        parts = ((Launch) arguments[0]).gridZ();
                    }
                    return method.invoke(host, arguments);
                });
        return new CudaBackend(noting, new CudaSettings(64, 4096, false, precision));
    }

    private float[] normal(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}

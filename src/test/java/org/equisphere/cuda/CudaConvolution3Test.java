package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Which convolutions the windows take, with which tile, and that they agree with the gathered form of the same sizes. */
final class CudaConvolution3Test {

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final List<String> launched = new ArrayList<>();

    /** A backend whose launches are noted; {@code large} is the least number of large tiles that are taken. */
    private Backend backend(int large) {
        HostLauncher host = EmulatedCuda.launcher(seed | 1);
        KernelLauncher noting = (KernelLauncher) Proxy.newProxyInstance(KernelLauncher.class.getClassLoader(), new Class<?>[] {KernelLauncher.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("launch")) {
                        launched.add(((Launch) arguments[0]).kernel().function());
                    }
                    return method.invoke(host, arguments);
                });
        return new CudaBackend(noting, new CudaSettings(large, 24, false, Precision.FP32));
    }

    @Test
    void bothFormsAgree() {
        String[] narrow = {"conv3_forward_256x16", "conv3_data_256x16", "conv3_weights"};
        String[] wide = {"conv3_forward_128x32", "conv3_data_128x32", "conv3_weights"};
        String[] small = {"conv3_forward_64x32", "conv3_data_64x32", "conv3_weights"};
        agree(64, new Convolution(3, 32, 32, 16, 16, 3, 1, 1), narrow);
        agree(64, new Convolution(7, 11, 13, 8, 8, 3, 1, 1), narrow);
        agree(64, new Convolution(2, 16, 16, 32, 32, 3, 1, 1), small);
        agree(1, new Convolution(8, 16, 16, 32, 32, 3, 1, 1), wide);
        agree(1, new Convolution(17, 8, 8, 64, 64, 3, 1, 1), wide);
        agree(64, new Convolution(3, 8, 8, 64, 64, 3, 1, 1), small);
        agree(1, new Convolution(19, 7, 9, 40, 72, 3, 1, 2), wide);
        agree(64, new Convolution(5, 9, 7, 24, 40, 3, 1, 0), small);
        agree(64, new Convolution(1, 3, 40, 8, 24, 3, 1, 1), small);
        agree(64, new Convolution(3, 1, 1, 24, 24, 3, 1, 1), small);
    }

    @Test
    void stridesAreTakenWhereTheirWindowsFit() {
        String[] narrow = {"conv3_forward_64x32", "conv3_data_stride2_256x16", "conv3_weights"};
        String[] wide = {"conv3_forward_64x32", "conv3_data_stride2_128x32", "conv3_weights"};
        String[] small = {"conv3_forward_64x32", "conv3_data_stride2_64x32", "conv3_weights"};
        agree(64, new Convolution(2, 32, 32, 16, 32, 3, 2, 1), narrow);
        agree(64, new Convolution(3, 16, 16, 32, 64, 3, 2, 1), small);
        agree(64, new Convolution(3, 9, 17, 16, 24, 3, 2, 0), narrow);
        agree(64, new Convolution(3, 9, 17, 24, 40, 3, 2, 0), small);
        agree(1, new Convolution(11, 8, 11, 24, 40, 3, 2, 2), wide);
        agree(1, new Convolution(13, 11, 8, 40, 72, 3, 2, 1), wide);
        agree(64, new Convolution(3, 1, 2, 16, 16, 3, 2, 2), "conv3_forward_64x32", "conv_data_16", "conv3_weights");
        agree(64, new Convolution(5, 9, 11, 16, 16, 3, 3, 2), "conv_forward_16", "conv_data_16", "conv3_weights");
    }

    @Test
    void otherSizesAreGathered() {
        agree(64, new Convolution(2, 9, 8, 3, 16, 3, 1, 1), "conv_forward_few", "conv_data_16", "conv_weights_few");
        agree(64, new Convolution(2, 9, 8, 4, 16, 3, 1, 1), "conv_forward_16", "conv_data_16", "conv_weights_16");
        agree(64, new Convolution(2, 9, 8, 16, 17, 3, 1, 1), "conv_forward_32", "conv_data_16", "conv_weights_32");
        agree(64, new Convolution(2, 9, 8, 16, 16, 5, 1, 2), "conv_forward_16", "conv_data_16", "conv_weights_16");
        agree(64, new Convolution(1, 4, 200, 8, 16, 3, 1, 1), "conv_forward_16", "conv_data_16", "conv_weights_16");
        agree(64, new Convolution(3, 7, 10, 16, 24, 3, 2, 0), "conv_forward_32", "conv3_data_stride2_64x32", "conv3_weights");
    }

    /** Aligned tensors launch the given kernels, others the gathered form; the results differ by rounding alone. */
    private void agree(int large, Convolution g, String... kernels) {
        try (Backend backend = backend(large)) {
            int inputs = g.batch() * g.height() * g.width() * g.inChannels();
            int outputs = g.positions() * g.outChannels();
            float[] x = normal(inputs);
            float[] w = normal(g.patch() * g.outChannels());
            float[] bias = normal(g.outChannels());
            float[] dy = normal(outputs);
            float[] added = normal(Math.max(inputs, outputs));
            launched.clear();
            float[][] windows = passes(backend, g, x, w, bias, dy, added, 0);
            List<String> passes = launched.stream().filter(name -> name.startsWith("conv") && !name.endsWith("finish")).toList();
            assertEquals(List.of(kernels), passes, g.toString());
            launched.clear();
            float[][] gathered = passes(backend, g, x, w, bias, dy, added, 1);
            assertTrue(launched.stream().noneMatch(name -> name.startsWith("conv3")), () -> launched + " of unaligned tensors");
            int[] terms = {g.patch(), g.kernel() * g.kernel() * g.outChannels(), g.positions()};
            for (int pass = 0; pass < 3; pass++) {
                double tolerance = Math.scalb(terms[pass] + 2.0, -21);
                for (int i = 0; i < windows[pass].length; i++) {
                    assertEquals(gathered[pass][i], windows[pass][i], tolerance, g + ", pass " + pass + " at " + i + " [seed " + seed + "]");
                }
            }
        }
    }

    /** Output with bias, residual and ReLU, input gradient added to another, weight gradient; tensors begin {@code offset} floats into theirs. */
    private static float[][] passes(Backend backend, Convolution g, float[] x, float[] w, float[] bias, float[] dy, float[] added, int offset) {
        int inputs = g.batch() * g.height() * g.width() * g.inChannels();
        int[] outer = {g.batch(), g.outHeight(), g.outWidth(), g.outChannels()};
        Tensor image = tensor(backend, x, offset, g.batch(), g.height(), g.width(), g.inChannels());
        Tensor weights = tensor(backend, w, offset, g.kernel(), g.kernel(), g.inChannels(), g.outChannels());
        Tensor y = tensor(backend, new float[dy.length], offset, outer);
        Tensor residual = tensor(backend, Arrays.copyOf(added, dy.length), offset, outer);
        Tensor gradient = tensor(backend, dy, offset, outer);
        Tensor dx = tensor(backend, Arrays.copyOf(added, inputs), offset, g.batch(), g.height(), g.width(), g.inChannels());
        Tensor dw = tensor(backend, new float[w.length], offset, g.kernel(), g.kernel(), g.inChannels(), g.outChannels());
        backend.convolve(g, image, weights, tensor(backend, bias, offset, bias.length), residual, true, y);
        backend.convolveBackwardData(g, gradient, weights, dx, true);
        backend.convolveBackwardWeights(g, image, gradient, dw);
        return new float[][] {y.toArray(), dx.toArray(), dw.toArray()};
    }

    private static Tensor tensor(Backend backend, float[] values, int offset, int... shape) {
        Tensor made = backend.tensor(values.length + offset).slice(offset, shape);
        made.set(values);
        return made;
    }

    private float[] normal(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}

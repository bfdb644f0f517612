package org.equisphere.tensor;

import java.util.Random;

/**
 * Prints the rate of the three passes of a convolution and of a matrix product, best of several rounds:
 * {@code java -cp ... org.equisphere.tensor.ConvolutionRates [backend [threads [batch]]]}.
 */
public final class ConvolutionRates {

    private static final int ROUNDS = 5;
    private static final long ROUND_NANOS = 200_000_000L;

    private ConvolutionRates() {
    }

    public static void main(String[] arguments) {
        String name = arguments.length > 0 ? arguments[0] : EjmlBackend.NAME;
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : Runtime.getRuntime().availableProcessors();
        int batch = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 32;
        try (Backend backend = Backends.open(name, threads)) {
            System.out.println(backend.description());
            int[][] layers = {{32, 3, 16, 3, 1}, {32, 16, 16, 3, 1}, {32, 16, 32, 3, 2}, {16, 32, 32, 3, 1}, {8, 64, 64, 3, 1}, {4, 512, 512, 3, 1},
                {16, 64, 128, 1, 1}};
            for (int[] layer : layers) {
                convolution(backend, new Convolution(batch, layer[0], layer[0], layer[1], layer[2], layer[3], layer[4], layer[3] / 2));
            }
            product(backend, 128, 512, 784);
            product(backend, 512, 512, 512);
        }
    }

    private static void convolution(Backend backend, Convolution g) {
        Tensor x = normal(backend, g.batch(), g.height(), g.width(), g.inChannels());
        Tensor w = normal(backend, g.kernel(), g.kernel(), g.inChannels(), g.outChannels());
        Tensor y = normal(backend, g.batch(), g.outHeight(), g.outWidth(), g.outChannels());
        System.out.printf("%dx%dx%d to %d, kernel %d, stride %d:  forward %.1f  data %.1f  weights %.1f GFLOP/s%n", g.height(), g.width(),
                g.inChannels(), g.outChannels(), g.kernel(), g.stride(),
                rate(g.flops(), () -> backend.convolve(g, x, w, null, null, false, y)),
                rate(g.flops(), () -> backend.convolveBackwardData(g, y, w, x, false)),
                rate(g.flops(), () -> backend.convolveBackwardWeights(g, x, y, w)));
    }

    private static void product(Backend backend, int m, int n, int k) {
        Tensor a = normal(backend, m, k);
        Tensor b = normal(backend, k, n);
        Tensor c = backend.tensor(m, n);
        System.out.printf("product %dx%dx%d:  %.1f GFLOP/s%n", m, n, k,
                rate(2L * m * n * k, () -> backend.gemm(false, false, 1, a, b, 0, c)));
    }

    private static Tensor normal(Backend backend, int... shape) {
        Random random = new Random(1);
        float[] values = new float[Tensor.sizeOf(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return backend.tensor(values, shape);
    }

    private static double rate(long flops, Runnable call) {
        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            long elapsed;
            int calls = 0;
            do {
                call.run();
                calls++;
                elapsed = System.nanoTime() - start;
            } while (elapsed < ROUND_NANOS);
            best = Math.max(best, (double) flops * calls / elapsed);
        }
        return best;
    }
}

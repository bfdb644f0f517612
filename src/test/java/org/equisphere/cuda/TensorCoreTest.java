package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Products and convolutions of rounded factors agree with double arithmetic to what the rounding costs, and are not those of float32. */
final class TensorCoreTest {

    /**
     * m, n, k: whole tiles and edges of both, rows aligned and not, sums shorter than what is copied ahead and longer, none. The last three are
     * shared out among blocks where the tile is small.
     */
    private static final int[][] SIZES = {{1, 1, 1}, {5, 3, 7}, {129, 130, 33}, {64, 257, 16}, {16, 12, 0}, {128, 256, 100}, {256, 64, 64},
            {132, 260, 52}, {100, 10, 130}, {3, 2, 1030}, {68, 64, 544}, {10, 129, 513}};

    /**
     * Rows and images that wrap within a tile and do not, batches that end within one, each stride, padding and parity of the sizes, channels
     * that fill no tile. The last seven have a pass without a window: images too wide or so small that there are too many, a stride above 2,
     * kernels that are not 3 x 3.
     */
    private static final Convolution[] CONVOLUTIONS = {
            new Convolution(2, 9, 7, 16, 16, 3, 1, 1), new Convolution(1, 32, 32, 16, 16, 3, 1, 1), new Convolution(3, 16, 16, 32, 32, 3, 1, 1),
            new Convolution(5, 8, 8, 64, 64, 3, 1, 1), new Convolution(4, 5, 6, 48, 80, 3, 1, 0), new Convolution(3, 7, 4, 80, 48, 3, 1, 2),
            new Convolution(1, 3, 60, 16, 32, 3, 1, 1), new Convolution(70, 1, 1, 16, 48, 3, 1, 1), new Convolution(2, 4, 5, 32, 16, 3, 1, 0),
            new Convolution(2, 16, 16, 16, 32, 3, 2, 1), new Convolution(3, 9, 8, 32, 64, 3, 2, 1), new Convolution(3, 8, 9, 16, 16, 3, 2, 0),
            new Convolution(3, 7, 7, 32, 48, 3, 2, 0), new Convolution(5, 6, 7, 64, 16, 3, 2, 2), new Convolution(5, 5, 4, 16, 80, 3, 2, 2),
            new Convolution(9, 1, 2, 32, 32, 3, 2, 1), new Convolution(7, 2, 1, 16, 16, 3, 2, 2), new Convolution(2, 3, 3, 32, 16, 3, 1, 0),
            new Convolution(1, 10, 8, 64, 16, 3, 3, 0), new Convolution(1, 2, 200, 16, 16, 3, 1, 1), new Convolution(1, 3, 300, 16, 32, 3, 2, 1),
            new Convolution(3, 5, 5, 48, 80, 1, 1, 0), new Convolution(1, 7, 6, 16, 32, 5, 2, 2), new Convolution(2, 13, 3, 16, 64, 2, 2, 1)};

    private final long seed = System.nanoTime();

    @Test
    void tf32ProductsAreRightToTheirRounding() {
        checkProducts(this::emulated, Precision.TF32, 1.01 * Math.pow(2, -10));
    }

    @Test
    void bf16ProductsAreRightToTheirRounding() {
        checkProducts(this::emulated, Precision.BF16, 1.01 * Math.pow(2, -7));
    }

    @Test
    void tf32ConvolutionsAreRightToTheirRounding() {
        checkConvolutions(this::emulated);
    }

    @Test
    @Tag("gpu")
    void tf32ProductsOfTheCardAreRightToTheirRounding() {
        checkProducts(TensorCoreTest::ofCard, Precision.TF32, 1.01 * Math.pow(2, -10));
    }

    @Test
    @Tag("gpu")
    void bf16ProductsOfTheCardAreRightToTheirRounding() {
        checkProducts(TensorCoreTest::ofCard, Precision.BF16, 1.01 * Math.pow(2, -7));
    }

    @Test
    @Tag("gpu")
    void tf32ConvolutionsOfTheCardAreRightToTheirRounding() {
        checkConvolutions(TensorCoreTest::ofCard);
    }

    private CudaBackend emulated(CudaSettings settings) {
        return new CudaBackend(EmulatedCuda.launcher(seed | 1), settings);
    }

    /** Skips with the reason where there is no card, or one without such cores. */
    private static CudaBackend ofCard(CudaSettings settings) {
        CudaBackendProvider provider = new CudaBackendProvider();
        Assumptions.assumeTrue(provider.unavailable().isEmpty(), () -> "no GPU: " + provider.unavailable().orElse(""));
        DriverLauncher launcher = new DriverLauncher(DriverProbe.device(), settings);
        int capability = launcher.capability();
        if (capability < Precision.LEAST_CAPABILITY) {
            launcher.close();
            Assumptions.abort("compute capability " + capability + ", expected " + Precision.LEAST_CAPABILITY + " at least");
        }
        return new CudaBackend(launcher, settings);
    }

    private void checkConvolutions(Function<CudaSettings, CudaBackend> device) {
        // With products of one large tile or more, or of many, to make the wide tile or the small one.
        for (int large : new int[] {1, 64}) {
            for (Precision precision : new Precision[] {Precision.TF32, Precision.BF16}) {
                Random random = new Random(seed);
                try (CudaBackend backend = device.apply(new CudaSettings(large, 2048, false, precision))) {
                    for (int i = 0; i < CONVOLUTIONS.length; i++) {
                        double[] worst = worstConvolutions(backend, random, CONVOLUTIONS[i], large == 1);
                        for (int way = 0; way < 3; way++) {
                            String message = CONVOLUTIONS[i] + " in " + precision + ", way " + way;
                            assertTrue(worst[way] <= 1.01 * Math.pow(2, -10), message + " is wrong by " + worst[way] + " [seed " + seed + "]");
                            assertTrue(i >= CONVOLUTIONS.length - 7 || worst[way] > Math.pow(2, -17), message + " is right to " + worst[way]
                                    + ": nothing was rounded");
                        }
                    }
                }
            }
        }
    }

    /**
     * The largest errors of output, input gradient and weight gradient, relative to the sums of the terms' sizes. With {@code more}, the output
     * gets bias, residual and ReLU and the input gradient is added to another.
     */
    private static double[] worstConvolutions(CudaBackend backend, Random random, Convolution g, boolean more) {
        float[] x = values(random, g.batch() * g.height() * g.width() * g.inChannels());
        float[] w = values(random, g.patch() * g.outChannels());
        float[] dy = values(random, g.positions() * g.outChannels());
        float[] bias = values(random, more ? g.outChannels() : 0);
        float[] residual = values(random, more ? dy.length : 0);
        float[] before = values(random, x.length);
        if (!more) {
            Arrays.fill(before, Float.NaN);
        }
        Tensor onDevice = backend.tensor(x, g.batch(), g.height(), g.width(), g.inChannels());
        Tensor weights = backend.tensor(w, g.kernel(), g.kernel(), g.inChannels(), g.outChannels());
        Tensor gradient = backend.tensor(dy, g.batch(), g.outHeight(), g.outWidth(), g.outChannels());
        Tensor y = backend.tensor(poison(dy.length), gradient.shape());
        Tensor dx = backend.tensor(before, onDevice.shape());
        Tensor dw = backend.tensor(poison(w.length), weights.shape());
        backend.convolve(g, onDevice, weights, more ? backend.tensor(bias, bias.length) : null,
                more ? backend.tensor(residual, gradient.shape()) : null, more, y);
        backend.convolveBackwardData(g, gradient, weights, dx, more);
        backend.convolveBackwardWeights(g, onDevice, gradient, dw);
        double[][] sums = {new double[dy.length], new double[x.length], new double[w.length]};
        double[][] sizes = {new double[dy.length], new double[x.length], new double[w.length]};
        convolve(g, x, w, dy, sums, sizes);
        if (more) {
            for (int i = 0; i < dy.length; i++) {
                add(sums[0], sizes[0], i, bias[i % bias.length]);
                add(sums[0], sizes[0], i, residual[i]);
                sums[0][i] = Math.max(0, sums[0][i]);
            }
            for (int i = 0; i < x.length; i++) {
                add(sums[1], sizes[1], i, before[i]);
            }
        }
        float[][] got = {y.toArray(), dx.toArray(), dw.toArray()};
        double[] worst = new double[3];
        for (int way = 0; way < 3; way++) {
            for (int i = 0; i < got[way].length; i++) {
                worst[way] = Math.max(worst[way], Math.abs(got[way][i] - sums[way][i]) / Math.max(sizes[way][i], 1e-30));
            }
        }
        return worst;
    }

    private static float[] poison(int size) {
        float[] values = new float[size];
        Arrays.fill(values, Float.NaN);
        return values;
    }

    /** The sums of the output, of the gradients by input and by weights, and those of their terms' sizes. */
    private static void convolve(Convolution g, float[] x, float[] w, float[] dy, double[][] sums, double[][] sizes) {
        for (int p = 0; p < g.positions(); p++) {
            int n = p / (g.outHeight() * g.outWidth());
            int top = p / g.outWidth() % g.outHeight() * g.stride() - g.padding();
            int left = p % g.outWidth() * g.stride() - g.padding();
            for (int tap = 0; tap < g.kernel() * g.kernel(); tap++) {
                int i = top + tap / g.kernel();
                int j = left + tap % g.kernel();
                if (i < 0 || i >= g.height() || j < 0 || j >= g.width()) {
                    continue;
                }
                for (int c = 0; c < g.inChannels(); c++) {
                    int at = ((n * g.height() + i) * g.width() + j) * g.inChannels() + c;
                    for (int o = 0; o < g.outChannels(); o++) {
                        int weight = (tap * g.inChannels() + c) * g.outChannels() + o;
                        int out = p * g.outChannels() + o;
                        add(sums[0], sizes[0], out, (double) x[at] * w[weight]);
                        add(sums[1], sizes[1], at, (double) dy[out] * w[weight]);
                        add(sums[2], sizes[2], weight, (double) x[at] * dy[out]);
                    }
                }
            }
        }
    }

    private static void add(double[] sums, double[] sizes, int at, double term) {
        sums[at] += term;
        sizes[at] += Math.abs(term);
    }

    private void checkProducts(Function<CudaSettings, CudaBackend> device, Precision precision, double rounding) {
        Random random = new Random(seed);
        // With large tiles for all, and for none of these.
        for (int large : new int[] {1, 64}) {
            try (CudaBackend backend = device.apply(new CudaSettings(large, 2048, false, precision))) {
                double worst = 0;
                for (int[] size : SIZES) {
                    for (int transposes = 0; transposes < 4; transposes++) {
                        boolean ta = (transposes & 1) != 0;
                        boolean tb = (transposes & 2) != 0;
                        double error = worstError(backend, random, ta, tb, size[0], size[1], size[2]);
                        assertTrue(error <= rounding, precision + " of " + Arrays.toString(size) + ", transposes " + transposes + ", large " + large
                                + " is wrong by " + error + " [seed " + seed + "]");
                        worst = ta && tb ? worst : Math.max(worst, error);
                    }
                }
                assertTrue(worst > rounding / 100, precision + " is right to " + worst + ": nothing was rounded");
            }
        }
    }

    /** Matrices that begin at any float, in rows of a multiple of four. */
    @Test
    void productsOfUnalignedMatricesAreTheSame() {
        int m = 70;
        int n = 68;
        int k = 36;
        Random random = new Random(seed);
        float[] a = values(random, m * k);
        float[] b = values(random, k * n);
        for (int large : new int[] {1, 64}) {
            HostLauncher launcher = EmulatedCuda.launcher(seed | 1);
            CudaSettings settings = new CudaSettings(large, 2048, true, Precision.TF32);
            CudaGemm gemm = new CudaGemm(launcher, new Launch(launcher), new DeviceMemory(launcher), settings);
            try {
                float[][] results = new float[2][m * n];
                for (int away = 0; away < 2; away++) {
                    long atA = launcher.allocate(4L * (m * k + 1)) + 4L * away;
                    long atB = launcher.allocate(4L * (k * n + 1)) + 4L * away;
                    long atC = launcher.allocate(4L * (m * n + 1)) + 4L * away;
                    launcher.upload(atA, a, 0, m * k);
                    launcher.upload(atB, b, 0, k * n);
                    gemm.multiply(false, false, m, n, k, 1, atA, atB, 0, atC);
                    launcher.download(atC, results[away], 0, m * n);
                }
                assertArrayEquals(results[0], results[1]);
            } finally {
                launcher.close();
            }
        }
    }

    /** A sum that many blocks share has one order, whatever theirs; a second product finds the counters as the first did. */
    @Test
    void sharedSumsRepeat() {
        Random random = new Random(seed);
        float[] a = values(random, 2000 * 70);
        float[] b = values(random, 2000 * 65);
        float[] first = null;
        for (int order = 0; order < 3; order++) {
            try (CudaBackend backend = new CudaBackend(EmulatedCuda.launcher(order), new CudaSettings(64, 2048, true, Precision.TF32))) {
                Tensor left = backend.tensor(a, 2000, 70);
                Tensor right = backend.tensor(b, 2000, 65);
                for (int time = 0; time < 2; time++) {
                    Tensor result = backend.tensor(poison(70 * 65), 70, 65);
                    backend.gemm(true, false, 1, left, right, 0, result);
                    first = first == null ? result.toArray() : first;
                    assertArrayEquals(first, result.toArray(), "order " + order + ", time " + time + " [seed " + seed + "]");
                }
            }
        }
    }

    /** What is no number, and what is infinite, stays so in its row and column, and there alone. */
    @Test
    void factorsThatAreNotFiniteShow() {
        // The last one's mantissa is all ones, as a card writes it: adding to its bits would make a zero of it.
        float[] odd = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, Float.intBitsToFloat(0x7fffffff)};
        float[] a = new float[8 * 8];
        float[] b = new float[8 * 8];
        Arrays.fill(b, 1);
        for (int i = 0; i < odd.length; i++) {
            a[8 * i + i] = odd[i];
        }
        for (Precision precision : new Precision[] {Precision.TF32, Precision.BF16}) {
            try (CudaBackend backend = new CudaBackend(EmulatedCuda.launcher(0), new CudaSettings(64, 2048, true, precision))) {
                Tensor result = backend.tensor(poison(64), 8, 8);
                backend.gemm(false, false, 1, backend.tensor(a, 8, 8), backend.tensor(b, 8, 8), 0, result);
                float[] got = result.toArray();
                for (int i = 0; i < 64; i++) {
                    float wanted = i / 8 < odd.length ? odd[i / 8] : 0;
                    assertEquals(wanted, got[i], precision + " at " + i);
                }
            }
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
                worst = Math.max(worst, error);
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

package org.equisphere.cuda;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BatchNormalization;
import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.DirectionAverages;
import org.equisphere.tensor.ImageBank;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;
import org.equisphere.tensor.WindowAttention;

/**
 * Times every operation on this machine's card against what its bytes and floating-point operations need at least.
 *
 * <p>Each operation is recorded {@value #REPEATS} times in one graph, and the graph replayed; the median replay counts. The ceilings are
 * measured, not taken from a data sheet: bytes by the copy kernel, operations by the product of two 4096 x 4096 matrices. One line an
 * operation: microseconds, GB/s, TFLOP/s, and the share of the nearer ceiling. {@code -Dequisphere.cuda.cublas=false} times the own matrix
 * products. Ends with exit code 1 where there is no card.
 *
 * <p>Rows of 2^26 numbers, losses over rows and pooling read tensors of 200 MB and more from memory. All others are warm:
 * a repeat may find in the L2 cache what the one before left there, as a layer does in a training step, and its share may pass 100 %.
 */
public final class KernelRoofline {

    private static final int REPEATS = 20;
    private static final int REPLAYS = 15;
    /** Numbers of a tensor larger than any L2 cache: 256 MiB. */
    private static final int LARGE = 1 << 26;

    private final Backend backend;
    private final Random random = new Random(1);
    private double bytesPerSecond = Double.NaN;
    private double flopsPerSecond = Double.NaN;

    private KernelRoofline(Backend backend) {
        this.backend = backend;
    }

    /** @param arguments the parts to measure, all if none is named: see {@link #parts} */
    public static void main(String[] arguments) {
        CudaBackendProvider provider = new CudaBackendProvider();
        if (provider.unavailable().isPresent()) {
            System.err.println("no GPU: " + provider.unavailable().get());
            System.exit(1);
        }
        try (Backend backend = provider.open(1)) {
            System.out.println(backend.description());
            System.out.printf("%-44s %12s %9s %9s %7s%n", "operation", "microseconds", "GB/s", "TFLOP/s", "share");
            new KernelRoofline(backend).measure(List.of(arguments));
        }
    }

    /** The parts by their names, in their order. */
    private Map<String, Runnable> parts() {
        Map<String, Runnable> parts = new LinkedHashMap<>();
        parts.put("elementwise", this::elementwise);
        parts.put("matrices", this::matrices);
        parts.put("normalization", () -> {
            for (int channels : new int[] {16, 64}) {
                normalization(LARGE / channels, channels, " 2^26, " + channels + " channels");
            }
        });
        parts.put("rows", this::rows);
        parts.put("transformer", this::transformer);
        parts.put("pooling", this::pooling);
        parts.put("kept", this::kept);
        parts.put("resnet", () -> {
            for (int batch : new int[] {128, 1024}) {
                resnet(batch);
            }
        });
        parts.put("prototypes", () -> {
            for (int n : new int[] {1000, 10_000, 100_000}) {
                prototypes(n, 512);
            }
        });
        return parts;
    }

    private void measure(List<String> wanted) {
        Map<String, Runnable> parts = parts();
        if (!parts.keySet().containsAll(wanted)) {
            throw new IllegalArgumentException("the parts are " + wanted + ", expected some of " + parts.keySet());
        }
        ceilings();
        parts.forEach((name, part) -> {
            if (wanted.isEmpty() || wanted.contains(name)) {
                part.run();
            }
        });
    }

    /** ResNet-32's operations on CIFAR's images, and a step of its training. */
    private void resnet(int batch) {
        for (int stage = 0; stage < 3; stage++) {
            int side = 32 >> stage;
            int channels = 16 << stage;
            convolutions(new Convolution(batch, side, side, channels, channels, 3, 1, 1), sizes(batch, side, channels));
            normalization(batch * side * side, channels, sizes(batch, side, channels));
        }
        convolutions(new Convolution(batch, 32, 32, 3, 16, 3, 1, 1), sizes(batch, 32, 3) + " to 16");
        for (int stage = 0; stage < 2; stage++) {
            int side = 32 >> stage;
            int channels = 16 << stage;
            convolutions(new Convolution(batch, side, side, channels, 2 * channels, 3, 2, 1), sizes(batch, side, channels) + " / 2");
            Tensor x = tensor(batch, side, side, channels);
            Tensor y = tensor(batch, side / 2, side / 2, 2 * channels);
            time("shortcut" + sizes(batch, side, channels), 2.0 * x.size() + 4.0 * y.size(), 0, () -> backend.shortcut(x, 2, y));
            time("shortcutBackward" + sizes(batch, side, channels), 4.0 * x.size() + 2.0 * y.size(), 0,
                    () -> backend.shortcutBackward(y, 2, x, false));
        }
        Tensor last = tensor(batch, 8, 8, 64);
        Tensor mean = tensor(batch, 64);
        time("averagePool" + sizes(batch, 8, 64), 4.0 * last.size(), 0, () -> backend.averagePool(last, mean));
        time("averagePoolBackward" + sizes(batch, 8, 64), 4.0 * last.size(), 0, () -> backend.averagePoolBackward(mean, last, false));
        training(batch);
    }

    /** Standard normal numbers; never zeros, on which a card can run faster. */
    private Tensor tensor(int... shape) {
        Tensor made = backend.tensor(shape);
        float[] values = new float[Math.min(made.size(), 1 << 20)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        for (int from = 0; from < made.size(); from += values.length) {
            int count = Math.min(values.length, made.size() - from);
            made.slice(from, count).set(values, 0, count);
        }
        return made;
    }

    private void time(String name, double bytes, double flops, Runnable operation) {
        report(name, bytes, flops, replayed(operation));
    }

    /** Seconds of one operation among many in a graph. */
    private double replayed(Runnable operation) {
        Runnable graph = backend.recorded(() -> {
            for (int i = 0; i < REPEATS; i++) {
                operation.run();
            }
        });
        return median(graph, REPLAYS) / REPEATS;
    }

    private double median(Runnable work, int times) {
        for (int i = 0; i < 3; i++) {
            work.run();
        }
        double[] seconds = new double[times];
        for (int i = 0; i < times; i++) {
            backend.synchronize();
            long start = System.nanoTime();
            work.run();
            backend.synchronize();
            seconds[i] = (System.nanoTime() - start) * 1e-9;
        }
        Arrays.sort(seconds);
        return seconds[times / 2];
    }

    private void report(String name, double bytes, double flops, double seconds) {
        double floor = Math.max(bytes / bytesPerSecond, flops / flopsPerSecond);
        System.out.printf(Locale.ROOT, "%-44s %12.1f %9.0f %9.2f %6.0f%%%n", name, seconds * 1e6, bytes / seconds * 1e-9, flops / seconds * 1e-12,
                100 * floor / seconds);
    }

    /** Both before any row is printed: each row's share is of the nearer one. */
    private void ceilings() {
        Tensor x = tensor(LARGE);
        Tensor y = tensor(LARGE);
        double copied = replayed(() -> backend.copy(x, y));
        bytesPerSecond = 8.0 * LARGE / copied;
        int n = 4096;
        Tensor a = tensor(n, n);
        Tensor b = tensor(n, n);
        Tensor c = tensor(n, n);
        double flops = 2.0 * n * n * n;
        double multiplied = replayed(() -> backend.gemm(false, false, 1, a, b, 0, c));
        flopsPerSecond = flops / multiplied;
        report("copy 2^26 (the ceiling of bytes)", 8.0 * LARGE, 0, copied);
        report("gemm 4096^3 nn (the ceiling of FLOPs)", 12.0 * n * n, flops, multiplied);
    }

    private void elementwise() {
        Tensor x = tensor(LARGE);
        Tensor y = tensor(LARGE);
        Tensor dy = tensor(LARGE);
        Tensor dx = tensor(LARGE);
        double n = LARGE;
        time("fill 2^26", 4 * n, 0, () -> backend.fill(y, 1));
        time("addScaled 2^26", 12 * n, 2 * n, () -> backend.addScaled(1e-3f, x, y));
        time("relu 2^26", 8 * n, 0, () -> backend.relu(x, y));
        time("reluBackward 2^26", 12 * n, 0, () -> backend.reluBackward(y, dy, dx, false));
        Tensor rate = backend.tensor(new float[] {1e-3f}, 1);
        time("sgdStep 2^26", 20 * n, 6 * n, () -> backend.sgdStep(rate, 0.9f, 1e-4f, false, x, dy, y));
        Tensor rates = backend.tensor(new float[] {1e-3f, 0.1f, 0.001f}, 3);
        Tensor squares = backend.tensor(LARGE);
        time("adamWStep 2^26", 28 * n, 15 * n, () -> backend.adamWStep(rates, 0.9f, 0.999f, 1e-8f, 0.01f, x, dy, y, squares));
    }

    private void matrices() {
        int n = 4096;
        Tensor a = tensor(n, n);
        Tensor b = tensor(n, n);
        Tensor c = tensor(n, n);
        double flops = 2.0 * n * n * n;
        double bytes = 12.0 * n * n;
        time("gemm 4096^3 nt", bytes, flops, () -> backend.gemm(false, true, 1, a, b, 0, c));
        time("gemm 4096^3 tn", bytes, flops, () -> backend.gemm(true, false, 1, a, b, 0, c));
        Tensor f = tensor(1024, 64);
        Tensor w = tensor(64, 512);
        Tensor z = tensor(1024, 512);
        time("gemm 1024 x 512 x 64 nn", 4.0 * (f.size() + w.size() + z.size()), 2.0 * 1024 * 512 * 64,
                () -> backend.gemm(false, false, 1, f, w, 0, z));
    }

    private void normalization(int rows, int channels, String of) {
        Tensor x = tensor(rows, channels);
        Tensor y = tensor(rows, channels);
        Tensor dy = tensor(rows, channels);
        Tensor dx = tensor(rows, channels);
        BatchNormalization state = new BatchNormalization(tensor(channels), tensor(channels), tensor(channels), backend.tensor(channels),
                backend.tensor(channels), backend.tensor(channels), 1e-5f, 0.1f);
        Tensor dgamma = backend.tensor(channels);
        Tensor dbeta = backend.tensor(channels);
        double n = x.size();
        // x is read for the statistics and again to be normalised.
        time("batchNormalize relu" + of, 12 * n, 0, () -> backend.batchNormalize(state, x, null, true, y));
        time("batchNormalizeBackward relu" + of, 28 * n, 0,
                () -> backend.batchNormalizeBackward(state, x, y, true, dy, dx, dgamma, dbeta, null, false));
        time("batchNormalizeInference relu" + of, 8 * n, 0, () -> backend.batchNormalizeInference(state, x, null, true, y));
        time("addBiasBackward" + of, 4 * n, 0, () -> backend.addBiasBackward(y, false, dy, dbeta));
    }

    private void rows() {
        int n = 1 << 16;
        int d = 1000;
        Tensor f = tensor(n, d);
        Tensor df = tensor(n, d);
        Tensor losses = tensor(n);
        Tensor prototypes = tensor(d, d);
        backend.normalizeRows(prototypes, prototypes, tensor(d));
        LabelVector labels = backend.labels(n);
        labels.set(random.ints(n, 0, d).toArray(), n, d);
        double size = (double) n * d;
        time("normalizeRows 65536 x 1000", 8 * size, 0, () -> backend.normalizeRows(f, df, losses));
        time("cosineLoss 65536 x 1000", 8 * size, 0, () -> backend.cosineLoss(f, prototypes, labels, 1, losses, df));
        time("dotRegressionLoss 65536 x 1000", 8 * size, 0, () -> backend.dotRegressionLoss(f, prototypes, labels, 1, losses, df));
        time("softmaxCrossEntropy 65536 x 1000", 8 * size, 0, () -> backend.softmaxCrossEntropy(f, null, labels, 0, 1, losses, df));
    }

    /** Swin-T's first stage on images of 224 x 224, 96 channels, batch 64. */
    private void transformer() {
        int batch = 64;
        WindowAttention g = new WindowAttention(batch, 56, 56, 3, 32, 7, 3);
        Tensor x = tensor(batch, 56, 56, g.channels());
        Tensor y = tensor(batch, 56, 56, g.channels());
        Tensor dy = tensor(batch, 56, 56, g.channels());
        double n = x.size();
        time("gelu", 8 * n, 0, () -> backend.gelu(x, y));
        time("geluBackward", 12 * n, 0, () -> backend.geluBackward(x, dy, y, false));
        Tensor gamma = tensor(g.channels());
        Tensor beta = tensor(g.channels());
        Tensor dgamma = tensor(g.channels());
        Tensor dbeta = tensor(g.channels());
        time("layerNormalize", 8 * n, 0, () -> backend.layerNormalize(x, gamma, beta, 1e-5f, y));
        time("layerNormalizeBackward", 12 * n, 0, () -> backend.layerNormalizeBackward(x, gamma, 1e-5f, dy, y, false, dgamma, dbeta));
        Tensor qkv = tensor(batch, 56, 56, 3 * g.channels());
        Tensor dqkv = tensor(batch, 56, 56, 3 * g.channels());
        Tensor bias = tensor(g.relativePlaces(), g.heads());
        Tensor dbias = tensor(g.relativePlaces(), g.heads());
        double flops = 4.0 * n * 49; // scores and their sums of values, where no edge cuts a window
        time("windowAttention", 16 * n, flops, () -> backend.windowAttention(g, qkv, bias, y));
        time("windowAttentionBackward", 28 * n, 2.5 * flops, () -> backend.windowAttentionBackward(g, qkv, bias, dy, dqkv, dbias));
        Tensor factors = tensor(batch);
        time("scaleExamples", 8 * n, 0, () -> backend.scaleExamples(factors, x, y, false));
        Tensor merged = tensor(batch, 28, 28, 4 * g.channels());
        time("mergePatches", 8 * n, 0, () -> backend.mergePatches(x, merged));
        time("mergePatchesBackward", 8 * n, 0, () -> backend.mergePatchesBackward(merged, x, false));
    }

    /** ResNet-50's on images of 224 x 224, batch 64. */
    private void pooling() {
        Convolution g = new Convolution(64, 112, 112, 64, 64, 3, 2, 1);
        Tensor x = tensor(64, 112, 112, 64);
        Tensor dx = tensor(64, 112, 112, 64);
        Tensor y = tensor(64, g.outHeight(), g.outWidth(), 64);
        time("maxPool 3 / 2", 4.0 * x.size() + 4.0 * y.size(), 0, () -> backend.maxPool(g, x, y));
        time("maxPoolBackward 3 / 2", 8.0 * x.size() + 4.0 * y.size(), 0, () -> backend.maxPoolBackward(g, x, y, dx, false));
        Tensor mean = tensor(64, 64);
        time("averagePool", 4.0 * x.size(), 0, () -> backend.averagePool(x, mean));
        time("averagePoolBackward", 4.0 * x.size(), 0, () -> backend.averagePoolBackward(mean, x, false));
    }

    /** Batches of images that lie on the card, and class directions; not recorded, since draws are uploaded. */
    private void kept() {
        int images = 50_000;
        ImageBank bank = backend.imageBank(images, 32, 32, 3, new float[768]).orElseThrow();
        byte[] pixels = new byte[3072 * 1000];
        for (int first = 0; first < images; first += 1000) {
            random.nextBytes(pixels);
            bank.write(first, pixels, 1000);
        }
        for (int batch : new int[] {128, 1024}) {
            int[] draws = random.ints(4L * batch, 0, 2).toArray();
            for (int b = 0; b < batch; b++) {
                draws[4 * b] = random.nextInt(images);
            }
            int[] partners = random.ints(batch, 0, batch).toArray();
            Tensor out = backend.tensor(batch, 32, 32, 3);
            report("a batch of " + batch + " images", 5.0 * out.size(), 0, median(() -> bank.batch(draws, null, batch, 1, out), 50));
            report("a batch of " + batch + " images, mixed", 6.0 * out.size(), 0, median(() -> bank.batch(draws, partners, batch, 0.3f, out), 50));
            Tensor features = tensor(batch, 512);
            LabelVector labels = backend.labels(batch);
            labels.set(random.ints(batch, 0, 1000).toArray(), batch, 1000);
            DirectionAverages directions = backend.directionAverages(1000, 512, 0.9).orElseThrow();
            report("1000 class directions, batch " + batch + " x 512", 28.0 * features.size(), 0,
                    median(() -> directions.update(features, labels), 50));
        }
    }

    private static String sizes(int batch, int side, int channels) {
        return " " + batch + " x " + side + "^2 x " + channels;
    }

    private void convolutions(Convolution g, String of) {
        Tensor x = tensor(g.batch(), g.height(), g.width(), g.inChannels());
        Tensor y = tensor(g.batch(), g.outHeight(), g.outWidth(), g.outChannels());
        Tensor w = tensor(3, 3, g.inChannels(), g.outChannels());
        double bytes = 4.0 * (x.size() + y.size() + w.size());
        time("convolve" + of, bytes, g.flops(), () -> backend.convolve(g, x, w, null, null, false, y));
        time("convolveBackwardData" + of, bytes, g.flops(), () -> backend.convolveBackwardData(g, y, w, x, false));
        time("convolveBackwardWeights" + of, bytes, g.flops(), () -> backend.convolveBackwardWeights(g, x, y, w));
    }

    /** ResNet-32 on CIFAR-100 shapes; three passes of its convolutions' FLOPs. */
    private void training(int batch) {
        ResidualTraining training = new ResidualTraining(backend, 5, 16, batch, 32, 100, 64, 1);
        training.step(0.1f);
        double flops = 3 * 2 * 69.1e6 * batch;
        double seconds = median(training::repeat, 50);
        report("ResNet-32 step, batch " + batch, 0, flops, seconds);
        System.out.printf(Locale.ROOT, "%-44s %12.0f images/s%n", "", batch / seconds);
    }

    private void prototypes(int n, int d) {
        Tensor w = tensor(n, d);
        Tensor dw = tensor(n, d);
        Tensor norms = tensor(n);
        backend.normalizeRows(w, w, norms);
        double flops = 3.5 * n * n * d;
        report("gaussianPotential and gradient " + n + " x " + d, 0, flops, median(() -> backend.gaussianPotential(w, 2, dw), n > 50_000 ? 3 : 15));
    }
}

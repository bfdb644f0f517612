package org.equisphere.tensor;

import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jdk.incubator.vector.FloatVector;
import org.equisphere.sphere.GaussianPotential;
import org.equisphere.sphere.Prototypes;

/**
 * Measures the kernels of the backend, in the shapes of ResNet-32 and its heads, and the roofs above them: fused multiply-adds between registers,
 * y += x over 128 MB in main memory and over 6 MB in the last cache. Prints CSV for {@code bench/roofline_plot.py}: the best run of each.
 * Convolutions count the operations of the definition, of which Winograd's need 1/4, so that they may stand above the roof of arithmetic; bytes are
 * those that must be read and written once. Arguments: threads, seconds of training steps, seconds for each other kernel.
 */
public final class Roofline {

    private static final int BATCH = 128;
    /** ResNet-32. */
    private static final int BLOCKS = 5;
    /** As many weights as ResNet-32 has. */
    private static final int WEIGHTS = 470_000;

    private final Backend backend;
    private final Workers workers;
    private final double seconds;
    private final Random random = new Random(1);
    /** What the compiler must not drop. */
    private float kept;

    private Roofline(Backend backend, Workers workers, double seconds) {
        this.backend = backend;
        this.workers = workers;
        this.seconds = seconds;
    }

    /** See the class. */
    public static void main(String[] arguments) {
        int threads = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2;
        double steps = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 20;
        double seconds = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 1;
        try (Backend backend = Backends.open("vector", threads); Workers workers = new Workers(threads)) {
            Roofline roofline = new Roofline(backend, workers, seconds);
            System.out.printf("# %s, JDK %s%n", backend.description(), System.getProperty("java.version"));
            System.out.println("family,shape,gflop,megabytes,milliseconds");
            roofline.roofs();
            for (Map.Entry<String, StepShapes.Kind> e : StepShapes.measure(backend, BATCH, BLOCKS, steps).entrySet()) {
                String name = e.getKey();
                StepShapes.Kind kind = e.getValue();
                print(name.substring(0, 16).strip(), name.substring(16), kind.flops() / kind.runs(), kind.bytes() / kind.runs(), kind.best());
            }
            roofline.products();
            roofline.elementwise();
            roofline.normalization();
            roofline.losses();
            roofline.potential();
        }
    }

    private static void print(String family, String shape, double flops, double bytes, long nanos) {
        System.out.printf(Locale.ROOT, "%s,%s,%.6f,%.4f,%.5f%n", family, shape, flops / 1e9, bytes / 1e6, nanos / 1e6);
    }

    /** Prints the best run of a kernel after as long a warm-up. */
    private void measure(String family, String shape, double flops, double bytes, Runnable kernel) {
        best(kernel);
        print(family, shape, flops, bytes, best(kernel));
    }

    private long best(Runnable kernel) {
        long best = Long.MAX_VALUE;
        long now = StepShapes.clock(backend);
        long end = now + (long) (seconds / 2 * 1e9);
        while (now < end) {
            long start = now;
            kernel.run();
            now = StepShapes.clock(backend);
            best = Math.min(best, now - start);
        }
        return best;
    }

    private Tensor normal(int... shape) {
        float[] values = new float[Tensor.sizeOf(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return backend.tensor(values, shape);
    }

    private void roofs() {
        int rounds = 100_000;
        float[] sums = new float[workers.threads()];
        measure("roof", "arithmetic", 2.0 * 12 * Lanes.COUNT * rounds * sums.length, 0,
                () -> workers.run(sums.length, part -> sums[part] = multiplyAdd(rounds)));
        for (float sum : sums) {
            kept += sum;
        }
        for (String level : new String[] {"memory", "last cache"}) {
            Tensor x = normal(level.equals("memory") ? 16 << 20 : 3 << 18);
            Tensor y = backend.tensor(x.size());
            measure("roof", level, 2.0 * x.size(), 12.0 * x.size(), () -> backend.addScaled(1e-6f, x, y));
        }
    }

    /** Twelve sums in registers: more than latency times pipes needs. */
    private static float multiplyAdd(int rounds) {
        FloatVector factor = FloatVector.broadcast(Lanes.SPECIES, 0.999f);
        FloatVector term = FloatVector.broadcast(Lanes.SPECIES, 0.5f);
        FloatVector s0 = term;
        FloatVector s1 = term;
        FloatVector s2 = term;
        FloatVector s3 = term;
        FloatVector s4 = term;
        FloatVector s5 = term;
        FloatVector s6 = term;
        FloatVector s7 = term;
        FloatVector s8 = term;
        FloatVector s9 = term;
        FloatVector s10 = term;
        FloatVector s11 = term;
        for (int i = 0; i < rounds; i++) {
            s0 = factor.fma(s0, term);
            s1 = factor.fma(s1, term);
            s2 = factor.fma(s2, term);
            s3 = factor.fma(s3, term);
            s4 = factor.fma(s4, term);
            s5 = factor.fma(s5, term);
            s6 = factor.fma(s6, term);
            s7 = factor.fma(s7, term);
            s8 = factor.fma(s8, term);
            s9 = factor.fma(s9, term);
            s10 = factor.fma(s10, term);
            s11 = factor.fma(s11, term);
        }
        return s0.add(s1).add(s2).add(s3).add(s4).add(s5).add(s6).add(s7).add(s8).add(s9).add(s10).add(s11).lane(0);
    }

    private void products() {
        for (int n : new int[] {256, 1024, 2048}) {
            product(n, n, n, false, false);
        }
        product(BATCH, 100, 64, false, false);
        product(BATCH, 64, 100, false, true);
        product(64, 100, BATCH, true, false);
    }

    private void product(int m, int n, int k, boolean transposeA, boolean transposeB) {
        Tensor a = transposeA ? normal(k, m) : normal(m, k);
        Tensor b = transposeB ? normal(n, k) : normal(k, n);
        Tensor c = backend.tensor(m, n);
        measure("product", m + "x" + n + "x" + k + (transposeA ? " a'" : "") + (transposeB ? " b'" : ""), 2.0 * m * n * k,
                4.0 * (a.size() + b.size() + c.size()), () -> backend.gemm(transposeA, transposeB, 1, a, b, 0, c));
    }

    private void elementwise() {
        Tensor x = normal(BATCH, 32, 32, 16);
        Tensor y = backend.tensor(BATCH, 32, 32, 16);
        Tensor dy = normal(BATCH, 32, 32, 16);
        Tensor dx = backend.tensor(BATCH, 32, 32, 16);
        double size = x.size();
        measure("elementwise", "relu", size, 8 * size, () -> backend.relu(x, y));
        measure("elementwise", "relu backward", size, 12 * size, () -> backend.reluBackward(y, dy, dx, false));
        measure("elementwise", "gelu", 10 * size, 8 * size, () -> backend.gelu(x, y));
        measure("elementwise", "gelu backward", 12 * size, 12 * size, () -> backend.geluBackward(x, dy, dx, false));
        Tensor bias = normal(16);
        measure("elementwise", "bias", size, 8 * size, () -> backend.addBias(y, bias, true));
        Convolution pool = new Convolution(32, 64, 64, 64, 64, 3, 2, 1);
        Tensor large = normal(32, 64, 64, 64);
        Tensor pooled = normal(32, 32, 32, 64);
        measure("pool", "max 3x3", 9.0 * pooled.size(), 4.0 * (large.size() + pooled.size()), () -> backend.maxPool(pool, large, pooled));
        Tensor slopes = backend.tensor(32, 64, 64, 64);
        measure("pool back", "max 3x3", 10.0 * pooled.size(), 4.0 * (2.0 * large.size() + pooled.size()),
                () -> backend.maxPoolBackward(pool, large, pooled, slopes, false));
        Tensor w = normal(WEIGHTS);
        Tensor g = normal(WEIGHTS);
        Tensor m = backend.tensor(WEIGHTS);
        Tensor s = backend.tensor(WEIGHTS);
        Tensor rates = backend.tensor(new float[] {1e-6f, 1, 1}, 3);
        measure("adamw", WEIGHTS + " weights", 12.0 * WEIGHTS, 28.0 * WEIGHTS,
                () -> backend.adamWStep(rates, 0.9f, 0.999f, 1e-8f, 0.01f, w, g, m, s));
    }

    private void normalization() {
        Tensor x = normal(BATCH * 64, 96);
        Tensor y = backend.tensor(BATCH * 64, 96);
        Tensor dy = normal(BATCH * 64, 96);
        Tensor dx = backend.tensor(BATCH * 64, 96);
        Tensor gamma = normal(96);
        Tensor beta = normal(96);
        Tensor dgamma = normal(96);
        Tensor dbeta = normal(96);
        double size = x.size();
        measure("layer norm", "forward 96", 7 * size, 8 * size, () -> backend.layerNormalize(x, gamma, beta, 1e-5f, y));
        measure("layer norm", "backward 96", 12 * size, 12 * size,
                () -> backend.layerNormalizeBackward(x, gamma, 1e-5f, dy, dx, false, dgamma, dbeta));
    }

    private void losses() {
        int width = 50;
        int classes = 100;
        Tensor features = normal(BATCH, width);
        Tensor prototypes = normal(classes, width);
        backend.normalizeRows(prototypes, prototypes, backend.tensor(classes));
        Tensor gradient = backend.tensor(BATCH, width);
        Tensor losses = backend.tensor(BATCH);
        int[] values = new int[BATCH];
        for (int i = 0; i < BATCH; i++) {
            values[i] = i % classes;
        }
        LabelVector labels = backend.labels(BATCH);
        labels.set(values, BATCH, classes);
        double numbers = BATCH * width;
        measure("loss", "squared cosine", 8 * numbers, 12 * numbers, () -> backend.cosineLoss(features, prototypes, labels, 1, losses, gradient));
        measure("loss", "dot regression", 4 * numbers, 12 * numbers,
                () -> backend.dotRegressionLoss(features, prototypes, labels, 1, losses, gradient));
        Tensor logits = normal(BATCH, classes);
        Tensor slopes = backend.tensor(BATCH, classes);
        double scores = BATCH * classes;
        measure("loss", "cross-entropy", 5 * scores, 8 * scores, () -> backend.softmaxCrossEntropy(logits, null, labels, 0, 1, losses, slopes));
    }

    /** A pair of prototypes needs a product of 2 d operations and two of 2 d for the gradient; exponentials are not counted. */
    private void potential() {
        for (int[] size : new int[][] {{100, 50}, {1000, 512}}) {
            int n = size[0];
            int d = size[1];
            double flops = 3.0 * n * (n - 1) * d;
            Tensor w = normal(n, d);
            backend.normalizeRows(w, w, backend.tensor(n));
            Tensor dw = backend.tensor(n, d);
            measure("potential", n + "x" + d + " float", flops, 8.0 * n * d, () -> backend.gaussianPotential(w, 2, dw));
        }
        int n = 1000;
        int d = 512;
        Prototypes prototypes = Prototypes.of(doubles(normal(n, d)), n, d);
        double[] gradient = new double[n * d];
        GaussianPotential potential = new GaussianPotential(2);
        ExecutorService pool = Executors.newCachedThreadPool();
        try {
            measure("potential", n + "x" + d + " double", 3.0 * n * (n - 1) * d, 16.0 * n * d,
                    () -> potential.valueAndGradient(prototypes, gradient, pool, backend.threads()));
        } finally {
            pool.shutdown();
        }
    }

    private static double[] doubles(Tensor x) {
        double[] values = new double[x.size()];
        float[] floats = x.toArray();
        for (int i = 0; i < values.length; i++) {
            values[i] = floats[i];
        }
        return values;
    }
}

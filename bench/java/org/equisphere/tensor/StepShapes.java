package org.equisphere.tensor;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Runs the convolutions, batch normalisations and shortcuts of a ResNet's training step on 32x32x3 images, in their shapes and order, and
 * prints milliseconds for each kind of operation and shape: where a step's time goes. Arguments: backend, batch, threads, blocks a
 * stage (1: ResNet-8, 3: ResNet-20, 5: ResNet-32), seconds.
 */
public final class StepShapes {

    /** One measured kind of operation. */
    static final class Kind {
        private long nanos;
        private double flops;
        private double bytes;
        private long runs;
        private long best = Long.MAX_VALUE;

        /** Floating-point operations of all runs. */
        double flops() {
            return flops;
        }

        /** Bytes that all runs must read or write once. */
        double bytes() {
            return bytes;
        }

        long runs() {
            return runs;
        }

        /** The shortest run, nanoseconds. */
        long best() {
            return best;
        }
    }

    private final Backend backend;
    private final int batch;
    private final int blocks;
    private final Map<String, Kind> kinds = new LinkedHashMap<>();
    private final Random random = new Random(1);
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private Tensor pooled;
    private Tensor rate;
    private Tensor weights;
    private Tensor slopes;
    private Tensor velocity;
    private Kind current;
    private long since;

    /** Tensors of one convolution, y of x, and its normalisation, z of y. */
    private static final class Layer {
        private Convolution g;
        private Tensor x;
        private Tensor w;
        private Tensor y;
        private Tensor z;
        private Tensor dx;
        private Tensor dw;
        private Tensor dy;
        private Tensor dz;
        private Tensor dresidual;
        private Tensor dgamma;
        private Tensor dbeta;
        private BatchNormalization n;
    }

    private StepShapes(Backend backend, int batch, int blocks) {
        this.backend = backend;
        this.batch = batch;
        this.blocks = blocks;
    }

    /** See the class. */
    public static void main(String[] arguments) {
        String name = arguments.length > 0 ? arguments[0] : "vector";
        int batch = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 128;
        int threads = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 2;
        int blocks = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 5;
        double seconds = arguments.length > 4 ? Double.parseDouble(arguments[4]) : 10;
        try (Backend backend = Backends.open(name, threads)) {
            StepShapes shapes = new StepShapes(backend, batch, blocks);
            shapes.warmUp(seconds / 2);
            int steps = 0;
            long begin = System.nanoTime();
            long best = Long.MAX_VALUE;
            while (System.nanoTime() - begin < seconds * 1e9) {
                long t = clock(backend);
                shapes.step();
                best = Math.min(best, clock(backend) - t);
                steps++;
            }
            long infer = Long.MAX_VALUE;
            for (int i = 0; i < 10; i++) {
                long t = clock(backend);
                shapes.inference();
                infer = Math.min(infer, clock(backend) - t);
            }
            shapes.print(steps, best, infer);
        }
    }

    /** Runs the steps of the given time after a warm-up half as long; what each kind of operation took. */
    static Map<String, Kind> measure(Backend backend, int batch, int blocks, double seconds) {
        StepShapes shapes = new StepShapes(backend, batch, blocks);
        shapes.warmUp(seconds / 2);
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < seconds * 1e9) {
            shapes.step();
        }
        return shapes.kinds;
    }

    private void warmUp(double seconds) {
        build();
        long warm = System.nanoTime();
        while (System.nanoTime() - warm < seconds * 1e9) {
            step();
        }
        kinds.clear();
    }

    private void build() {
        layer(3, 16, 32, 1);
        layer(16, 16, 32, 1);
        layer(16, 32, 32, 2);
        layer(32, 32, 16, 1);
        layer(32, 64, 16, 2);
        layer(64, 64, 8, 1);
        pooled = normal(batch, 64);
        rate = backend.tensor(new float[] {1e-6f}, 1);
        int size = 432 + 2 * blocks * 2304 + 4608 + (2 * blocks - 1) * 9216 + 18432 + (2 * blocks - 1) * 36864;
        weights = normal(size);
        slopes = normal(size);
        velocity = normal(size);
    }

    private void layer(int in, int out, int side, int stride) {
        Layer l = new Layer();
        // several copies in turn would be fairer to the caches; a step's layers are larger than the second cache anyway
        l.g = new Convolution(batch, side, side, in, out, 3, stride, 1);
        int o = side / stride;
        l.x = normal(batch, side, side, in);
        l.w = normal(3, 3, in, out);
        l.y = normal(batch, o, o, out);
        l.z = normal(batch, o, o, out);
        l.dy = normal(batch, o, o, out);
        l.dz = normal(batch, o, o, out);
        l.dresidual = normal(batch, o, o, out);
        l.dx = normal(batch, side, side, in);
        l.dw = normal(3, 3, in, out);
        l.dgamma = normal(out);
        l.dbeta = normal(out);
        Tensor variance = backend.tensor(out);
        backend.fill(variance, 1);
        l.n = new BatchNormalization(normal(out), normal(out), normal(out), variance, normal(out), backend.tensor(out), 1e-5f, 0.1f);
        layers.put(in + "->" + out, l);
    }

    private Tensor normal(int... shape) {
        float[] values = new float[Tensor.sizeOf(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return backend.tensor(values, shape);
    }

    private void begin(String kind, double flops, double bytes) {
        current = kinds.computeIfAbsent(kind, k -> new Kind());
        current.flops += flops;
        current.bytes += bytes;
        since = clock(backend);
    }

    private void end() {
        long taken = clock(backend) - since;
        current.nanos += taken;
        current.runs++;
        current.best = Math.min(current.best, taken);
    }

    /** Wall time; on one thread its processor time, which neighbours on the machine disturb less. */
    static long clock(Backend backend) {
        return backend.threads() > 1 ? System.nanoTime() : ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private void step() {
        int n = blocks;
        train("3->16", 1, false);
        train("16->16", 2 * n, true);
        train("16->32", 1, true);
        train("32->32", 2 * n - 1, true);
        train("32->64", 1, true);
        train("64->64", 2 * n - 1, true);
        shortcut("16->32");
        shortcut("32->64");
        pool();
        begin("sgd             " + weights.size() + " weights", 5.0 * weights.size(), 4.0 * 5 * weights.size());
        backend.sgdStep(rate, 0.9f, 1e-4f, false, weights, slopes, velocity);
        end();
    }

    private void shortcut(String name) {
        Layer l = layers.get(name);
        begin("shortcut        " + name, l.y.size() / 2.0, 4.0 * (l.x.size() / 4 + l.y.size()));
        backend.shortcut(l.x, 2, l.y);
        end();
        begin("shortcut back   " + name, l.y.size() / 2.0, 4.0 * (l.x.size() * 2 + l.y.size()));
        backend.shortcutBackward(l.y, 2, l.dx, true);
        end();
    }

    private void pool() {
        Layer l = layers.get("64->64");
        begin("pool            64", l.y.size(), 4.0 * l.y.size());
        backend.averagePool(l.y, pooled);
        end();
        begin("pool back       64", l.y.size(), 4.0 * l.y.size());
        backend.averagePoolBackward(pooled, l.dx, false);
        end();
    }

    private void train(String name, int times, boolean backwardData) {
        Layer l = layers.get(name);
        double x = 4.0 * l.x.size();
        double y = 4.0 * l.y.size();
        for (int i = 0; i < times; i++) {
            boolean residual = i % 2 == 1;
            begin("conv forward    " + name, l.g.flops(), x + y);
            backend.convolve(l.g, l.x, l.w, null, null, false, l.y);
            end();
            begin(residual ? "bn forward res  " + name : "bn forward      " + name, (residual ? 8 : 7) * y / 4, (residual ? 4 : 3) * y);
            backend.batchNormalize(l.n, l.y, residual ? l.dz : null, true, l.z);
            end();
            begin(residual ? "bn backward res " + name : "bn backward     " + name, (residual ? 13 : 12) * y / 4, (residual ? 8 : 7) * y);
            backend.batchNormalizeBackward(l.n, l.y, l.z, true, l.dz, l.dy, l.dgamma, l.dbeta, residual ? l.dresidual : null, false);
            end();
            if (backwardData) {
                begin((residual ? "conv data add   " : "conv data       ") + name, l.g.flops(), x + y + (residual ? x : 0));
                backend.convolveBackwardData(l.g, l.dy, l.w, l.dx, residual);
                end();
            }
            begin("conv weights    " + name, l.g.flops(), x + y);
            backend.convolveBackwardWeights(l.g, l.x, l.dy, l.dw);
            end();
        }
    }

    private void inference() {
        int n = blocks;
        infer("3->16", 1);
        infer("16->16", 2 * n);
        infer("16->32", 1);
        infer("32->32", 2 * n - 1);
        infer("32->64", 1);
        infer("64->64", 2 * n - 1);
    }

    private void infer(String name, int times) {
        Layer l = layers.get(name);
        for (int i = 0; i < times; i++) {
            backend.convolve(l.g, l.x, l.w, l.n.beta(), i % 2 == 1 ? l.z : null, true, l.y);
        }
    }

    private void print(int steps, long best, long infer) {
        double total = 0;
        Map<String, Double> families = new LinkedHashMap<>();
        double quiet = 0;
        System.out.printf("%-26s %9s %9s %9s %9s%n", "operation", "ms/step", "at best", "GFLOP/s", "GB/s");
        for (Map.Entry<String, Kind> e : kinds.entrySet()) {
            Kind k = e.getValue();
            double ms = k.nanos / 1e6 / steps;
            double least = k.best / 1e6 * k.runs / steps;
            total += ms;
            quiet += least;
            families.merge(e.getKey().substring(0, 16).strip(), least, Double::sum);
            double seconds = (double) k.best * k.runs;
            System.out.printf("%-26s %9.2f %9.2f %9.1f %9.1f%n", e.getKey(), ms, least, k.flops / seconds, k.bytes / seconds);
        }
        families.forEach((family, ms) -> System.out.printf("%-26s %9.2f%n", family, ms));
        System.out.printf("%s%nsum %.1f ms, of the best of each %.1f ms; best step %.1f ms: %.0f images/s; "
                + "forward with everything folded %.1f ms: %.0f images/s%n",
                backend.description(), total, quiet, best / 1e6, batch / (best / 1e9), infer / 1e6, batch / (infer / 1e9));
    }
}

package org.equisphere.tensor;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The convolutions of ResNets on 32x32 images, each direction. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx2g"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class ConvolutionBenchmark {

    /** In channels, out channels, side of the input, stride, kernel. */
    @Param({"3:16:32:1:3", "16:16:32:1:3", "16:32:32:2:3", "32:32:16:1:3", "32:64:16:2:3", "64:64:8:1:3", "16:32:32:2:1", "32:64:16:2:1"})
    private String layer;

    @Param("128")
    private int batch;

    @Param("2")
    private int threads;

    @Param("vector")
    private String backend;

    private Backend engine;
    private Convolution g;
    private Tensor x;
    private Tensor w;
    private Tensor bias;
    private Tensor residual;
    private Tensor y;
    private Tensor dy;
    private Tensor dx;
    private Tensor dw;

    /** Rates of arithmetic and of memory. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Rate {
        /** Floating-point operations, in 10^9. */
        public double gflops;
        /** Bytes that an operation must read and write, in 10^9. */
        public double gigabytes;
    }

    /** Makes the tensors. */
    @Setup
    public void prepare() {
        String[] parts = layer.split(":");
        int in = Integer.parseInt(parts[0]);
        int out = Integer.parseInt(parts[1]);
        int side = Integer.parseInt(parts[2]);
        int kernel = Integer.parseInt(parts[4]);
        engine = Backends.open(backend, threads);
        g = new Convolution(batch, side, side, in, out, kernel, Integer.parseInt(parts[3]), kernel / 2);
        x = normal(batch, side, side, in);
        w = normal(kernel, kernel, in, out);
        bias = normal(out);
        residual = normal(batch, g.outHeight(), g.outWidth(), out);
        y = normal(batch, g.outHeight(), g.outWidth(), out);
        dy = normal(batch, g.outHeight(), g.outWidth(), out);
        dx = normal(batch, side, side, in);
        dw = normal(kernel, kernel, in, out);
    }

    private Tensor normal(int... shape) {
        Random random = new Random(shape.length);
        float[] values = new float[Tensor.sizeOf(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return engine.tensor(values, shape);
    }

    /** Ends the threads. */
    @TearDown
    public void close() {
        engine.close();
    }

    private void count(Rate rate, double bytes) {
        rate.gflops += g.flops() / 1e9;
        rate.gigabytes += bytes / 1e9;
    }

    /** y = conv(x, w). */
    @Benchmark
    public void forward(Rate rate) {
        engine.convolve(g, x, w, null, null, false, y);
        count(rate, 4.0 * (x.size() + y.size()));
    }

    /** y = relu(conv(x, w) + bias + residual). */
    @Benchmark
    public void forwardFused(Rate rate) {
        engine.convolve(g, x, w, bias, residual, true, y);
        count(rate, 4.0 * (x.size() + 2L * y.size()));
    }

    /** The gradient by x. */
    @Benchmark
    public void backwardData(Rate rate) {
        engine.convolveBackwardData(g, dy, w, dx, false);
        count(rate, 4.0 * (x.size() + y.size()));
    }

    /** The gradient by w. */
    @Benchmark
    public void backwardWeights(Rate rate) {
        engine.convolveBackwardWeights(g, x, dy, dw);
        count(rate, 4.0 * (x.size() + y.size()));
    }
}

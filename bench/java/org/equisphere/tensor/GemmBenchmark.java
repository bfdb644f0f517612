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

/**
 * Matrix products: squares, the layers of networks (features to logits, and the gradients of both), and ResNet-32's convolutions of a batch of 128 as
 * one product each.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx2g"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class GemmBenchmark {

    /** m, n, k and which operands are transposed. */
    @Param({"256x256x256", "1024x1024x1024", "2048x2048x2048", "128x100x64", "128x64x100:n", "64x100x128:t", "128x50x64", "512x512x512:n",
        "512x512x512:t", "10000x100x64", "1x512x512", "8x512x512", "24x512x512", "512x16x512", "131072x16x144", "32768x32x288", "8192x64x576"})
    private String shape;

    @Param({"vector", "ejml"})
    private String backend;

    @Param("2")
    private int threads;

    private Backend engine;
    private boolean transposeA;
    private boolean transposeB;
    private double flops;
    private Tensor a;
    private Tensor b;
    private Tensor c;

    /** Rate of arithmetic. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Rate {
        /** 2 m n k, summed. */
        public double gflops;
    }

    /** Makes the operands. */
    @Setup
    public void prepare() {
        String[] parts = shape.split(":");
        String[] sizes = parts[0].split("x");
        int m = Integer.parseInt(sizes[0]);
        int n = Integer.parseInt(sizes[1]);
        int k = Integer.parseInt(sizes[2]);
        transposeA = parts.length > 1 && parts[1].equals("t");
        transposeB = parts.length > 1 && parts[1].equals("n");
        flops = 2.0 * m * n * k;
        engine = Backends.open(backend, threads);
        a = transposeA ? normal(k, m) : normal(m, k);
        b = transposeB ? normal(n, k) : normal(k, n);
        c = engine.tensor(m, n);
    }

    private Tensor normal(int rows, int columns) {
        Random random = new Random(rows + columns);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return engine.tensor(values, rows, columns);
    }

    /** Ends the threads. */
    @TearDown
    public void close() {
        engine.close();
    }

    /** One product. */
    @Benchmark
    public void multiply(Rate rate) {
        engine.gemm(transposeA, transposeB, 1, a, b, 0, c);
        rate.gflops += flops / 1e9;
    }
}

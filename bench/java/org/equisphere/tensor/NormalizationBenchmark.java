package org.equisphere.tensor;

import java.util.Random;
import java.util.concurrent.TimeUnit;
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

/** Batch normalisation, with ReLU and with or without a residual, on the shapes of ResNets for 32x32 images. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx3g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
public class NormalizationBenchmark {

    /** Batch, side and channels. */
    @Param({"128x32x16", "128x16x32", "128x8x64"})
    private String shape;

    @Param({"false", "true"})
    private boolean residual;

    @Param({"vector", "ejml"})
    private String backend;

    @Param("2")
    private int threads;

    private final Random random = new Random(1);
    private Backend engine;
    private BatchNormalization normalization;
    private Tensor x;
    private Tensor added;
    private Tensor y;
    private Tensor dy;
    private Tensor dx;
    private Tensor dresidual;
    private Tensor dgamma;
    private Tensor dbeta;

    /** Makes the tensors, and the output and statistics that the backward pass reads. */
    @Setup
    public void prepare() {
        engine = Backends.open(backend, threads);
        String[] sizes = shape.split("x");
        int c = Integer.parseInt(sizes[2]);
        int positions = Integer.parseInt(sizes[0]) * Integer.parseInt(sizes[1]) * Integer.parseInt(sizes[1]);
        x = normal(positions, c);
        y = normal(positions, c);
        dy = normal(positions, c);
        dx = normal(positions, c);
        added = residual ? normal(positions, c) : null;
        dresidual = residual ? normal(positions, c) : null;
        dgamma = normal(c);
        dbeta = normal(c);
        Tensor variance = engine.tensor(c);
        engine.fill(variance, 1);
        normalization = new BatchNormalization(normal(c), normal(c), normal(c), variance, normal(c), engine.tensor(c), 1e-5f, 0.1f);
        engine.batchNormalize(normalization, x, added, true, y);
    }

    private Tensor normal(int... shape) {
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

    /** Statistics of the batch, then the normalised values. */
    @Benchmark
    public void forward() {
        engine.batchNormalize(normalization, x, added, true, y);
    }

    /** Gradients of the input, the residual, the scale and the shift. */
    @Benchmark
    public void backward() {
        engine.batchNormalizeBackward(normalization, x, y, true, dy, dx, dgamma, dbeta, dresidual, false);
    }
}

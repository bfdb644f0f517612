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

/** The losses of a batch and their gradients, the Gaussian potential of prototypes and an optimiser's step. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx2g"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class LossBenchmark {

    @Param({"vector", "ejml"})
    private String backend;

    @Param("2")
    private int threads;

    @Param({"100"})
    private int classes;

    @Param({"50", "128"})
    private int width;

    private static final int BATCH = 128;

    /** One for all: features drawn as the prototypes were would lie where the loss is 0. */
    private final Random random = new Random(1);
    private Backend engine;
    private Tensor features;
    private Tensor prototypes;
    private Tensor losses;
    private Tensor gradient;
    private Tensor prototypeGradient;
    private Tensor logits;
    private Tensor logitGradient;
    private LabelVector labels;
    private Tensor rate;
    private Tensor weights;
    private Tensor slopes;
    private Tensor velocity;

    /** Makes the tensors. */
    @Setup
    public void prepare() {
        engine = Backends.open(backend, threads);
        features = normal(BATCH, width);
        prototypes = normal(classes, width);
        Tensor norms = engine.tensor(classes);
        engine.normalizeRows(prototypes, prototypes, norms);
        losses = engine.tensor(BATCH);
        gradient = engine.tensor(BATCH, width);
        prototypeGradient = engine.tensor(classes, width);
        logits = normal(BATCH, classes);
        logitGradient = engine.tensor(BATCH, classes);
        labels = engine.labels(BATCH);
        int[] values = new int[BATCH];
        for (int i = 0; i < BATCH; i++) {
            values[i] = i % classes;
        }
        labels.set(values, BATCH, classes);
        rate = normal(1);
        engine.fill(rate, 1e-6f);
        weights = normal(470_000);
        slopes = normal(470_000);
        velocity = normal(470_000);
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

    /** The squared cosine loss and its gradient. */
    @Benchmark
    public void cosineLoss() {
        engine.cosineLoss(features, prototypes, labels, 1, losses, gradient);
    }

    /** Cross-entropy and its gradient. */
    @Benchmark
    public void softmaxCrossEntropy() {
        engine.softmaxCrossEntropy(logits, null, labels, 0, 1, losses, logitGradient);
    }

    /** The uniformity loss and its gradient. */
    @Benchmark
    public double gaussianPotential() {
        return engine.gaussianPotential(prototypes, 2, prototypeGradient);
    }

    /** A step on as many weights as ResNet-32 has. */
    @Benchmark
    public void sgdStep() {
        engine.sgdStep(rate, 0.9f, 1e-4f, true, weights, slopes, velocity);
    }
}

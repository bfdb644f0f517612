package org.equisphere.cli;

import java.util.concurrent.TimeUnit;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Network;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
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
 * A whole training step and a whole prediction of {@code equisphere bench}, a batch at a time. With {@code -prof gc} it shows what a step allocates: a planned
 * step should show a {@code gc.alloc.rate.norm} below 1 kB; what is left is the profiler's own.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx3g"})
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 2)
public class StepBenchmark {

    @Param({"resnet8", "resnet20", "resnet32"})
    private String network;

    @Param("128")
    private int batch;

    @Param({"vector", "ejml"})
    private String backend;

    @Param({"1", "2"})
    private int threads;

    private Backend engine;
    private Runnable training;
    private Runnable prediction;

    /** Plans both. */
    @Setup
    public void prepare() {
        engine = Backends.open(backend, threads);
        Network described = Architecture.parse(network).build(new int[] {32, 32, 3}, 50);
        training = BenchCommand.trainingStep(engine, described, batch);
        prediction = BenchCommand.prediction(engine, described, batch);
    }

    /** Ends the threads. */
    @TearDown
    public void close() {
        engine.close();
    }

    /** Forward, loss, backward, SGD. */
    @Benchmark
    public void trainingStep() {
        training.run();
    }

    /** Forward with normalisation folded into the weights. */
    @Benchmark
    public void prediction() {
        prediction.run();
    }
}

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
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * A whole training step and a whole prediction of {@code equisphere bench}, a batch at a time. With {@code -prof gc} it shows what a step allocates:
 * a planned step should show a {@code gc.alloc.rate.norm} below 1 kB; what is left is the profiler's own. The set-up runs steps until ten in a row
 * allocate less than that, a minute at most: loops of vectors that run few times a step, as the last layer's product, take the compiler half a minute
 * to come to, and allocate until then.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx3g"})
@Warmup(iterations = 1, time = 1)
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

    /** Plans both, and runs the one that is measured until the compiler is done with it. */
    @Setup
    public void prepare(BenchmarkParams measured) {
        engine = Backends.open(backend, threads);
        Network described = Architecture.parse(network).build(new int[] {32, 32, 3}, 50);
        training = BenchCommand.trainingStep(engine, described, batch);
        prediction = BenchCommand.prediction(engine, described, batch);
        Runnable work = measured.getBenchmark().endsWith("prediction") ? prediction : training;
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        for (int steady = 0; steady < 10 && System.nanoTime() < end;) {
            long before = SteadyHeap.allocated();
            work.run();
            steady = SteadyHeap.allocated() - before < 1000 ? steady + 1 : 0;
        }
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

package org.equisphere.sphere;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Value and gradient of the Gaussian potential at t = 2, the work of one iteration, by kernel and threads. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class GaussianPotentialBenchmark {

    /** Prototypes and dimension; no comma, at which {@code -p} parts values. */
    @Param({"100x10", "200x50", "1000x512"})
    public String size;

    @Param({"plain", "best"})
    public String kernel;

    @Param({"1", "2"})
    public int threads;

    private double[] w;
    private double[] gradient;
    private WorkerTeam team;
    private PairwisePotential potential;

    @Setup(Level.Trial)
    public void plan() {
        int n = Integer.parseInt(size.split("x")[0]);
        int d = Integer.parseInt(size.split("x")[1]);
        Random random = new Random(1);
        w = random.doubles((long) n * d, -1, 1).toArray();
        w = Prototypes.of(w, n, d).toArray();
        gradient = new double[n * d];
        team = new WorkerTeam(threads);
        PairKernel chosen = kernel.equals("plain") ? new PlainPairKernel() : PairKernels.best();
        potential = new PairwisePotential(n, d, team, chosen, PairwisePotential.BLOCK);
    }

    @TearDown(Level.Trial)
    public void close() {
        team.close();
    }

    @Benchmark
    public double valueAndGradient() {
        return potential.evaluate(w, 4, gradient);
    }
}

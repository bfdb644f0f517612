package org.equisphere.assignment;

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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Cold and warm solves; two and a half minutes. Add {@code -prof gc}: apart from the result's own arrays a solve
 * allocates nothing unless it takes the coarse path (machol_wien, rank1). Cold time must grow with n squared at least,
 * or the benchmark is broken. The same costs are solved over and over: where they are few, the processor's branch prediction learns them, and other
 * costs each time take 1.6 times as long at n = 100, 4 % longer at 500.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@State(Scope.Thread)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(2)
public class LinearAssignmentBenchmark {

    /** A name of {@link CostFamilies}. */
    @Param({"uniform", "geo2d_eu", "cos_d128"})
    public String family;

    /** Rows and columns. */
    @Param({"100", "1000"})
    public int n;

    private final LinearAssignment solver = LinearAssignment.minimizing();
    private double[] cost;
    private double[] drifted;
    private Assignment before;

    /** Makes the costs and a copy moved by one part in a thousand of each, and solves the first. */
    @Setup
    public void prepare() {
        cost = CostFamilies.make(family, n, 1);
        Random random = new Random(2);
        drifted = cost.clone();
        for (int k = 0; k < drifted.length; k++) {
            drifted[k] *= 1 + 1e-3 * random.nextGaussian();
        }
        before = solver.solve(cost, n, n);
    }

    /** From nothing. */
    @Benchmark
    public Assignment cold() {
        return solver.solve(drifted, n, n);
    }

    /** From the solution of the costs before the drift. */
    @Benchmark
    public Assignment warm() {
        solver.startFrom(before);
        return solver.resolve(drifted, n, n);
    }
}

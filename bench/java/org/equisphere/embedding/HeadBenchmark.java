package org.equisphere.embedding;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.equisphere.model.Prediction;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Predictions of one head shared by all threads: a feature of {@code width} numbers to one of {@code classes} labels in 32 dimensions. Throughput
 * over all threads, and the time of one prediction with its percentiles; with more threads than cores the latter holds the wait for a core.
 */
@State(Scope.Benchmark)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class HeadBenchmark {

    /** Numbers of a feature. */
    @Param("512")
    public int width;

    /** Labels. */
    @Param({"100", "1000"})
    public int classes;

    private HypersphericalHead head;
    private float[][] features;

    /** Trains on drawn features: how well does not matter here. */
    @Setup
    public void train() {
        SplittableRandom random = new SplittableRandom(1);
        features = new float[4 * classes][width];
        int[] labels = new int[features.length];
        for (int i = 0; i < features.length; i++) {
            labels[i] = i % classes;
            for (int k = 0; k < width; k++) {
                features[i][k] = (float) random.nextGaussian();
            }
        }
        head = HypersphericalHead.builder(32).epochs(1).fit(features, labels);
    }

    /** A thread's place among the features. */
    @State(Scope.Thread)
    public static class Place {
        private int at;
    }

    /** One thread. */
    @Benchmark
    @Threads(1)
    public Prediction one(Place place) {
        return head.predict(features[place.at++ % features.length]);
    }

    /** 64 threads at once. */
    @Benchmark
    @Threads(64)
    public Prediction sixtyFour(Place place) {
        return head.predict(features[place.at++ % features.length]);
    }
}

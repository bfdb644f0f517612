package org.equisphere.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.equisphere.nn.Architecture;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;

/**
 * How much faster a training step is on several threads than on one, and how much the machine allows: in turn, round by round in one JVM, a batch on
 * one thread, the batch on all threads, and parts of the batch each on a backend of one thread, side by side, which share nothing and wait for
 * nothing. Ratios within a round hold on a host with other work. Arguments: network, batch, threads, seconds after as long a warm-up.
 */
public final class ThreadScaling {

    private ThreadScaling() {
    }

    /** See the class. */
    public static void main(String[] arguments) {
        String network = arguments.length > 0 ? arguments[0] : "resnet20";
        int batch = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 128;
        int threads = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 2;
        double seconds = arguments.length > 3 ? Double.parseDouble(arguments[3]) : 60;
        List<Backend> backends = new ArrayList<>();
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        try {
            Runnable one = step(backends, network, batch, 1);
            Runnable all = step(backends, network, batch, threads);
            Runnable[] alone = new Runnable[threads];
            for (int t = 0; t < threads; t++) {
                alone[t] = step(backends, network, batch / threads, 1);
            }
            Runnable apart = () -> CompletableFuture.allOf(Arrays.stream(alone).map(step -> CompletableFuture.runAsync(step, callers))
                    .toArray(CompletableFuture[]::new)).join();
            rounds(seconds, one, all, apart);
            List<double[]> times = rounds(seconds, one, all, apart);
            System.out.printf(Locale.ROOT, "%s, batch %d, %s, %d rounds; quartiles of what one thread takes over what others take%n", network, batch,
                    backends.get(1).description(), times.size());
            print(threads + " threads", times, 1);
            print(threads + " backends of one thread", times, 2);
        } finally {
            callers.shutdown();
            backends.forEach(Backend::close);
        }
    }

    private static Runnable step(List<Backend> backends, String network, int batch, int threads) {
        Backend backend = Backends.open("vector", threads);
        backends.add(backend);
        return BenchCommand.trainingStep(backend, Architecture.parse(network).build(new int[] {32, 32, 3}, 50), batch);
    }

    /** Seconds of each piece of work, in each round. */
    private static List<double[]> rounds(double seconds, Runnable... work) {
        List<double[]> times = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (times.isEmpty() || System.nanoTime() < end) {
            double[] round = new double[work.length];
            for (int i = 0; i < work.length; i++) {
                long start = System.nanoTime();
                work[i].run();
                round[i] = (System.nanoTime() - start) / 1e9;
            }
            times.add(round);
        }
        return times;
    }

    private static void print(String what, List<double[]> times, int piece) {
        double[] ratios = times.stream().mapToDouble(round -> round[0] / round[piece]).sorted().toArray();
        double best = times.stream().mapToDouble(round -> round[piece]).min().orElseThrow();
        double bestOfOne = times.stream().mapToDouble(round -> round[0]).min().orElseThrow();
        System.out.printf(Locale.ROOT, "  %-26s %.2f  %.2f  %.2f; best steps: one thread %.1f ms, these %.1f ms%n", what, ratios[ratios.length / 4],
                ratios[ratios.length / 2], ratios[3 * ratios.length / 4], 1000 * bestOfOne, 1000 * best);
    }
}

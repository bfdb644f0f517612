package org.equisphere.cli;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Two builds of this library in turn in one JVM, each by a class loader of its own, so that a host with other work slows both alike: slices of 20 ms
 * or one call, whichever is longer, old, new, new, old. Arguments: class path of the old build, of the new, threads, seconds for each work
 * (a third of which is warm-up, not counted), then works as {@link InTurnWork} describes them. For each: quartiles of old time over new in a round,
 * the best time of a call of each, and what a call of each allocates on all threads by the median of rounds, which shows code that keeps
 * its vectors on the heap. The compiler's choices differ from JVM to JVM: run it several times.
 */
public final class InTurn {

    private static final double SLICE = 0.02;

    private InTurn() {
    }

    /** See the class. */
    public static void main(String[] arguments) throws ReflectiveOperationException, MalformedURLException {
        int threads = Integer.parseInt(arguments[2]);
        double seconds = Double.parseDouble(arguments[3]);
        for (String work : Arrays.copyOfRange(arguments, 4, arguments.length)) {
            Build before = new Build(arguments[0], work, threads);
            Build now = new Build(arguments[1], work, threads);
            rounds(seconds / 3, before, now);
            List<double[]> rounds = rounds(2 * seconds / 3, before, now);
            System.out.printf(Locale.ROOT, "%-28s %s  ms a call %.3f %.3f  kB a call %.1f %.1f  rounds %d%n", work, ratios(rounds),
                    best(rounds, 0), best(rounds, 1), median(rounds, 2), median(rounds, 3), rounds.size());
        }
        System.exit(0); // the backends' threads are left to the end of the JVM
    }

    /** Milliseconds a call of each build and kilobytes a call of each, in each round. */
    private static List<double[]> rounds(double seconds, Build before, Build now) {
        List<double[]> rounds = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (rounds.isEmpty() || System.nanoTime() < end) {
            double[] first = before.slice();
            double[] second = now.slice();
            double[] third = now.slice();
            double[] fourth = before.slice();
            rounds.add(new double[] {first[0] + fourth[0], second[0] + third[0], first[1] + fourth[1], second[1] + third[1]});
        }
        rounds.forEach(round -> Arrays.setAll(round, i -> round[i] / 2));
        return rounds;
    }

    private static String ratios(List<double[]> rounds) {
        double[] sorted = rounds.stream().mapToDouble(round -> round[0] / round[1]).sorted().toArray();
        int n = sorted.length;
        return String.format(Locale.ROOT, "old / new %.3f %.3f %.3f", sorted[n / 4], sorted[n / 2], sorted[3 * n / 4]);
    }

    private static double best(List<double[]> rounds, int column) {
        return rounds.stream().mapToDouble(round -> round[column]).min().orElseThrow();
    }

    private static double median(List<double[]> rounds, int column) {
        return rounds.stream().mapToDouble(round -> round[column]).sorted().skip(rounds.size() / 2).findFirst().orElseThrow();
    }

    /** The work by one build's classes. */
    private static final class Build {

        private final Runnable work;

        Build(String classPath, String description, int threads) throws ReflectiveOperationException, MalformedURLException {
            List<URL> urls = new ArrayList<>();
            for (String entry : classPath.split(File.pathSeparator)) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            ClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
            Thread.currentThread().setContextClassLoader(loader);
            work = (Runnable) loader.loadClass("org.equisphere.cli.InTurnWork").getMethod("of", String.class, int.class)
                    .invoke(null, description, threads);
        }

        /** Milliseconds and kilobytes a call, over one slice. */
        double[] slice() {
            long bytes = allocated();
            long start = System.nanoTime();
            long end = start + (long) (SLICE * 1e9);
            int calls = 0;
            long now;
            do {
                work.run();
                calls++;
                now = System.nanoTime();
            } while (now < end);
            return new double[] {(now - start) / 1e6 / calls, (allocated() - bytes) / 1e3 / calls};
        }

        /** By all threads alive. */
        private static long allocated() {
            com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long sum = 0;
            for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
                sum += Math.max(0, bytes);
            }
            return sum;
        }
    }
}

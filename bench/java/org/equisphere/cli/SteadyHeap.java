package org.equisphere.cli;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.equisphere.nn.Architecture;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;

/**
 * Runs training steps for a long time and prints, ten times, what they allocated and what the heap and the process hold: ends with exit code 1 where
 * a step of the second half allocated 1 kB or more, or the heap after a collection grew by more than 1 MB from the fifth line to the last. Arguments:
 * network, backend, batch, threads, seconds.
 */
public final class SteadyHeap {

    private static final int LINES = 10;
    private static final long ALLOWED_A_STEP = 1000;
    private static final long ALLOWED_GROWTH = 1 << 20;

    private SteadyHeap() {
    }

    /** See the class. */
    public static void main(String[] arguments) {
        String network = arguments.length > 0 ? arguments[0] : "resnet32";
        String name = arguments.length > 1 ? arguments[1] : "vector";
        int batch = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 128;
        int threads = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 2;
        double seconds = arguments.length > 4 ? Double.parseDouble(arguments[4]) : 600;
        boolean steady = true;
        try (Backend backend = Backends.open(name, threads)) {
            Runnable step = BenchCommand.trainingStep(backend, Architecture.parse(network).build(new int[] {32, 32, 3}, 50), batch);
            long middle = 0;
            for (int line = 1; line <= LINES; line++) {
                long allocated = allocated();
                long steps = 0;
                long end = System.nanoTime() + (long) (seconds / LINES * 1e9);
                while (System.nanoTime() < end) {
                    step.run();
                    steps++;
                }
                long each = (allocated() - allocated) / steps;
                System.gc();
                long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
                System.out.printf(Locale.ROOT, "%4.0f s: %6d steps, %6d bytes allocated a step, heap %.2f MB, process at most %.0f MB%n",
                        seconds * line / LINES, steps, each, heap / 1048576.0, BenchCommand.peakMegabytes());
                middle = line == LINES / 2 ? heap : middle;
                // before the compiler is done, vectors live in the heap: on a busy machine that takes a minute
                steady &= line <= LINES / 2 || each < ALLOWED_A_STEP && heap - middle <= ALLOWED_GROWTH;
            }
        }
        System.out.println(steady ? "steady" : "not steady");
        System.exit(steady ? 0 : 1);
    }

    /** What all threads have allocated so far, bytes. */
    static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }
}

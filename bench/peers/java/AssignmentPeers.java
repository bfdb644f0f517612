import com.google.ortools.Loader;
import com.google.ortools.graph.LinearSumAssignment;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.equisphere.assignment.Assignment;
import org.equisphere.assignment.CostFamilies;
import org.equisphere.assignment.LinearAssignment;
import org.jgrapht.alg.matching.KuhnMunkresMinimalWeightBipartitePerfectMatching;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleWeightedGraph;

/**
 * Times JGraphT's Hungarian method and OR-Tools' cost-scaling assignment (on costs scaled to 64-bit integers) beside ours in one JVM, ours and
 * OR-Tools in alternation, and prints one JSON line. Usage: {@code AssignmentPeers N ROUNDS SECONDS FAMILY}; a peer's graph is built outside of the
 * time. All must find the same optimum. A peer that is not done after so many seconds is stopped, and the process with it, since neither can be
 * interrupted: hence one family a process. JGraphT is left out above n = 1000, where its graph alone takes gigabytes.
 */
public final class AssignmentPeers {

    private static final long LARGEST = 1L << 46; // for |cost| * (n + 1): OR-Tools scales costs again and reports a possible overflow at 2^52

    private static final long WARM_UP_NANOS = 2_000_000_000L;
    private static final int MOST_JGRAPHT_ROWS = 1000;

    private AssignmentPeers() { }

    /** See the class comment. */
    public static void main(String[] args) throws InterruptedException {
        Loader.loadNativeLibraries();
        int n = Integer.parseInt(args[0]);
        int rounds = Integer.parseInt(args[1]);
        double limit = Double.parseDouble(args[2]);
        String family = args[3];
        double[] cost = CostFamilies.make(family, n, 1);
        LinearAssignment solver = LinearAssignment.minimizing();
        long start = System.nanoTime();
        for (int r = 0; r < 3 || r < 2000 && System.nanoTime() - start < WARM_UP_NANOS; r++) {
            solver.solve(cost, n, n);
        }
        double largest = Arrays.stream(cost).map(Math::abs).max().orElse(1);
        double scale = Math.pow(2, Math.floor(Math.log(LARGEST / (largest * (n + 1.0))) / Math.log(2)));
        double[] ours = new double[rounds];
        double[] orTools = new double[rounds];
        double value = 0;
        int done = 0;
        boolean late = false;
        for (int r = 0; r < rounds && !late && Arrays.stream(orTools).sum() < 3 * limit; r++) {
            long from = System.nanoTime();
            value = solver.solve(cost, n, n).value();
            ours[r] = (System.nanoTime() - from) * 1e-9;
            LinearSumAssignment problem = new LinearSumAssignment();
            for (int k = 0; k < n * n; k++) {
                problem.addArcWithCost(k / n, k % n, Math.round(cost[k] * scale));
            }
            double seconds = seconds(() -> {
                LinearSumAssignment.Status status = problem.solve();
                if (status != LinearSumAssignment.Status.OPTIMAL) {
                    throw new IllegalStateException("OR-Tools: " + status);
                }
            }, limit);
            late = seconds < 0;
            if (!late) {
                agree(family, "OR-Tools", value, problem.getOptimalCost() / scale, n / scale);
                orTools[done++] = seconds;
            }
        }
        String peer = done == 0 ? "null" : String.format(Locale.ROOT, "%.6f", median(Arrays.copyOf(orTools, done)));
        String jgrapht = late || n > MOST_JGRAPHT_ROWS ? "" : jgrapht(family, cost, n, value, limit);
        System.out.printf(Locale.ROOT, "{\"family\": \"%s\", \"n\": %d, \"ours\": %.6f, \"ortools\": %s%s, \"limit\": %s, \"jdk\": \"%s\"}%n",
                family, n, median(Arrays.copyOf(ours, Math.max(1, done))), peer, jgrapht, limit, System.getProperty("java.version"));
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** The seconds that the work takes, or -1 if it is not done in time and goes on. */
    private static double seconds(Runnable work, double limit) throws InterruptedException {
        long[] end = new long[1];
        Throwable[] failed = new Throwable[1];
        Thread thread = new Thread(() -> {
            work.run();
            end[0] = System.nanoTime();
        });
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((where, what) -> failed[0] = what);
        long start = System.nanoTime();
        thread.start();
        thread.join((long) (limit * 1000));
        if (failed[0] != null) {
            throw new IllegalStateException(failed[0]);
        }
        return thread.isAlive() ? -1 : (end[0] - start) * 1e-9;
    }

    private static void agree(String family, String peer, double ours, double theirs, double tolerance) {
        if (!(Math.abs(ours - theirs) <= tolerance + 1e-9 * Math.abs(ours))) {
            throw new IllegalStateException(family + ": ours is " + ours + ", " + peer + " finds " + theirs);
        }
    }

    private static String jgrapht(String family, double[] cost, int n, double value, double limit) throws InterruptedException {
        SimpleWeightedGraph<Integer, DefaultWeightedEdge> graph = new SimpleWeightedGraph<>(DefaultWeightedEdge.class);
        Set<Integer> rows = new LinkedHashSet<>();
        Set<Integer> columns = new LinkedHashSet<>();
        for (int i = 0; i < n; i++) {
            rows.add(i);
            columns.add(n + i);
            graph.addVertex(i);
            graph.addVertex(n + i);
        }
        for (int k = 0; k < n * n; k++) {
            graph.setEdgeWeight(graph.addEdge(k / n, n + k % n), cost[k]);
        }
        double[] weight = new double[1];
        double seconds = seconds(
                () -> weight[0] = new KuhnMunkresMinimalWeightBipartitePerfectMatching<>(graph, rows, columns).getMatching().getWeight(), limit);
        if (seconds < 0) {
            return ", \"jgrapht\": null";
        }
        agree(family, "JGraphT", value, weight[0], 1e-9);
        return String.format(Locale.ROOT, ", \"jgrapht\": %.6f", seconds);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}

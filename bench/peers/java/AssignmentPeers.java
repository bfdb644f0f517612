import com.google.ortools.Loader;
import com.google.ortools.graph.LinearSumAssignment;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.equisphere.assignment.Assignment;
import org.equisphere.assignment.CostFamilies;
import org.equisphere.assignment.LinearAssignment;
import org.jgrapht.alg.matching.KuhnMunkresMinimalWeightBipartitePerfectMatching;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleWeightedGraph;

/**
 * Times JGraphT's Hungarian method and OR-Tools' cost-scaling assignment (on costs scaled to integers) beside ours, in
 * alternation in one JVM: one JSON line a family. Usage: {@code AssignmentPeers N ROUNDS FAMILY...}; building a peer's
 * graph is not timed. All three must find the same optimum.
 */
public final class AssignmentPeers {

    private static final double SCALE = 1e9; // OR-Tools: |cost| * (n + 1) must stay below 2^63

    private static final long WARM_UP_NANOS = 2_000_000_000L;

    private AssignmentPeers() { }

    private record Run(double seconds, double value) { }

    /** See the class comment. */
    public static void main(String[] args) {
        Loader.loadNativeLibraries();
        int n = Integer.parseInt(args[0]);
        int rounds = Integer.parseInt(args[1]);
        for (String family : Arrays.copyOfRange(args, 2, args.length)) {
            double[] cost = CostFamilies.make(family, n, 1);
            LinearAssignment solver = LinearAssignment.minimizing();
            long start = System.nanoTime();
            for (int r = 0; r < 10 || System.nanoTime() - start < WARM_UP_NANOS; r++) {
                solver.solve(cost, n, n);
            }
            double[][] seconds = new double[3][rounds];
            for (int r = 0; r < rounds; r++) {
                Run ours = ours(solver, cost, n);
                Run orTools = orTools(cost, n);
                Run jgrapht = jgrapht(cost, n);
                seconds[0][r] = ours.seconds;
                seconds[1][r] = orTools.seconds;
                seconds[2][r] = jgrapht.seconds;
                agree(family, "JGraphT", ours.value, jgrapht.value, 1e-9 * Math.abs(ours.value) + 1e-9);
                agree(family, "OR-Tools", ours.value, orTools.value, n / SCALE);
            }
            System.out.printf("{\"family\": \"%s\", \"n\": %d, \"ours\": %.6f, \"ortools\": %.6f, \"jgrapht\": %.6f, \"jdk\": \"%s\"}%n",
                    family, n, median(seconds[0]), median(seconds[1]), median(seconds[2]), System.getProperty("java.version"));
        }
    }

    private static void agree(String family, String peer, double ours, double theirs, double tolerance) {
        if (!(Math.abs(ours - theirs) <= tolerance)) {
            throw new IllegalStateException(family + ": ours is " + ours + ", " + peer + " finds " + theirs);
        }
    }

    private static Run ours(LinearAssignment solver, double[] cost, int n) {
        long start = System.nanoTime();
        Assignment best = solver.solve(cost, n, n);
        return new Run((System.nanoTime() - start) * 1e-9, best.value());
    }

    private static Run orTools(double[] cost, int n) {
        LinearSumAssignment problem = new LinearSumAssignment();
        for (int k = 0; k < n * n; k++) {
            problem.addArcWithCost(k / n, k % n, Math.round(cost[k] * SCALE));
        }
        long start = System.nanoTime();
        LinearSumAssignment.Status status = problem.solve();
        double seconds = (System.nanoTime() - start) * 1e-9;
        if (status != LinearSumAssignment.Status.OPTIMAL) {
            throw new IllegalStateException("OR-Tools: " + status);
        }
        return new Run(seconds, problem.getOptimalCost() / SCALE);
    }

    private static Run jgrapht(double[] cost, int n) {
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
        long start = System.nanoTime();
        double weight = new KuhnMunkresMinimalWeightBipartitePerfectMatching<>(graph, rows, columns).getMatching().getWeight();
        return new Run((System.nanoTime() - start) * 1e-9, weight);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}

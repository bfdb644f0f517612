package org.equisphere.sphere;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How near we come to the best known prototypes: largest cosines and uniformity losses at t = 2.
 *
 * <p>Arguments: the table of what is known (bench/known-limits.csv), the results (CSV, read if it exists and written after each row), seconds to
 * spend on a row (default 20), seconds in all (default no limit), and "again" to go on with rows that are within the tolerance too. A row that has
 * been reached is skipped; one that has not goes on with fresh starts, and keeps its best.
 *
 * <p>Starts come four at a time, with slowness 1, 4, 10 in turn for the largest cosine. The best end is polished.
 * bench/prototype_limits.py makes the Markdown table.
 */
public final class PrototypeLimits {

    private static final String HEADER = "objective,n,d,ours,known,bound,starts,slowness,polished,seconds";
    private static final int[] SLOWNESS = {1, 4, 10};
    private static final int STARTS = 4;
    /** Before the polish, which gains about as much. */
    private static final double NEAR = 2e-5;
    private static final double LOSS_TOLERANCE = 1e-7;
    private static final double REACHED = 1e-4;

    /** One row of the results; {@code start} as known, without a value. */
    private record Row(Objective objective, int n, int d, double ours, double known, double bound, int starts, int slowness,
                       boolean polished, double seconds) {

        static Row start(String[] cells) {
            Objective objective = Objective.valueOf(cells[0]);
            int n = Integer.parseInt(cells[1]);
            int d = Integer.parseInt(cells[2]);
            double bound = objective == Objective.SEPARATION ? SeparationBounds.largestCosine(n, d) : Double.parseDouble(cells[4]);
            return new Row(objective, n, d, Double.POSITIVE_INFINITY, Double.parseDouble(cells[3]), bound, 0, 0, false, 0);
        }

        static Row read(String[] cells) {
            return new Row(Objective.valueOf(cells[0]), Integer.parseInt(cells[1]), Integer.parseInt(cells[2]), Double.parseDouble(cells[3]),
                    Double.parseDouble(cells[4]), Double.parseDouble(cells[5]), Integer.parseInt(cells[6]), Integer.parseInt(cells[7]),
                    Boolean.parseBoolean(cells[8]), Double.parseDouble(cells[9]));
        }

        String key() {
            return objective + "," + n + "," + d;
        }

        String line() {
            return String.format(Locale.ROOT, "%s,%.13f,%.13f,%.13f,%d,%d,%b,%.2f", key(), ours, known, bound, starts, slowness, polished, seconds);
        }
    }

    private PrototypeLimits() {
    }

    public static void main(String[] args) throws IOException {
        if (args.length < 2) {
            throw new IllegalArgumentException("expected KNOWN.csv RESULTS.csv [SECONDS A ROW [SECONDS IN ALL [again]]]");
        }
        Path results = Path.of(args[1]);
        double seconds = args.length > 2 ? Double.parseDouble(args[2]) : 20;
        double limit = args.length > 3 ? Double.parseDouble(args[3]) : Double.POSITIVE_INFINITY;
        boolean again = args.length > 4 && args[4].equals("again");
        Map<String, Row> rows = new LinkedHashMap<>();
        List<String> known = Files.readAllLines(Path.of(args[0]));
        for (String line : known.subList(1, known.size())) {
            Row row = Row.start(line.split(",", -1));
            rows.put(row.key(), row);
        }
        if (Files.exists(results)) {
            List<String> lines = Files.readAllLines(results);
            for (String line : lines.subList(1, lines.size())) {
                Row row = Row.read(line.split(","));
                rows.put(row.key(), row);
            }
        }
        long begin = System.nanoTime();
        for (Row row : List.copyOf(rows.values())) {
            boolean reached = row.ours() <= row.known() + REACHED && (row.objective() == Objective.UNIFORMITY || !again);
            if (!reached && secondsSince(begin) + seconds < limit) {
                rows.put(row.key(), improve(row, seconds));
                System.out.println(rows.get(row.key()).line());
                write(results, rows);
            }
        }
    }

    private static void write(Path results, Map<String, Row> rows) throws IOException {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        for (Row row : rows.values()) {
            if (row.starts() > 0) {
                text.append(row.line()).append('\n');
            }
        }
        Files.writeString(results, text);
    }

    private static double secondsSince(long begin) {
        return 1e-9 * (System.nanoTime() - begin);
    }

    private static Row improve(Row row, double seconds) {
        boolean separation = row.objective() == Objective.SEPARATION;
        double enough = row.known() + (separation ? NEAR : LOSS_TOLERANCE);
        long begin = System.nanoTime();
        int starts = row.starts();
        int slowness = row.slowness();
        PrototypeOptimizer.Result best = null;
        do {
            int pace = separation ? SLOWNESS[starts / STARTS % SLOWNESS.length] : 1;
            PrototypeOptimizer.Result found = new PrototypeOptimizer(row.n(), row.d()).objective(row.objective()).seed(starts).restarts(STARTS)
                    .slowness(pace).gradientTolerance(1e-7).optimize();
            if (best == null || found.objective() < best.objective()) {
                best = found;
                slowness = found.objective() < row.ours() ? pace : row.slowness();
            }
            starts += STARTS;
        } while (secondsSince(begin) < seconds && best.objective() > enough && !best.closedForm());
        double ours = best.objective();
        boolean polish = separation && !best.closedForm() && SeparationPolish.fits(row.n());
        if (polish) {
            double[] w = best.prototypes().toArray();
            try (WorkerTeam team = new WorkerTeam(Runtime.getRuntime().availableProcessors())) {
                ours = new SeparationPolish(row.n(), row.d(), team).run(w);
            }
        }
        boolean better = ours < row.ours();
        return new Row(row.objective(), row.n(), row.d(), Math.min(ours, row.ours()), row.known(), row.bound(), starts, slowness,
                better ? polish && ours < best.objective() : row.polished(), row.seconds() + secondsSince(begin));
    }
}

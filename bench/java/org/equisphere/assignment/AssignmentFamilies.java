package org.equisphere.assignment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/**
 * Times the solver in steady state: {@code serve} answers lines ({@code load FAMILY N FILE.npy} makes a matrix, hands it
 * to other programs by the file, warms up and proves the result; {@code solve} gives the seconds of one more solve),
 * {@code families N FAMILY...} prints one JSON line a cost family (all without names), {@code warm N D} one a kind of
 * drift of cosine costs, {@code labels N D} one a kind of drift of a label
 * assignment, with and without the bounds on rows. Every result is proved optimal; times are medians of {@code -Drepeat=7} after ten solves or two
 * seconds.
 */
public final class AssignmentFamilies {

    private static final int REPEAT = Integer.getInteger("repeat", 7);
    private static final int WARM_UP_SOLVES = 10;
    private static final long WARM_UP_NANOS = 2_000_000_000L;
    private static final long SEED = 1;

    private AssignmentFamilies() { }

    /** See the class comment. */
    public static void main(String[] args) throws IOException {
        String what = args.length == 0 ? "missing" : args[0];
        switch (what) {
            case "serve":
                serve(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
                break;
            case "families":
                for (String family : args.length > 2 ? Arrays.copyOfRange(args, 2, args.length) : CostFamilies.NAMES) {
                    family(family, Integer.parseInt(args[1]));
                }
                break;
            case "warm":
                drifts(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
                break;
            case "labels":
                labels(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
                break;
            default:
                throw new IllegalArgumentException("the first argument is " + what + ", expected serve, families, warm or labels");
        }
    }

    private static void serve(BufferedReader lines) throws IOException {
        LinearAssignment solver = LinearAssignment.minimizing();
        for (String family : CostFamilies.NAMES) {
            warmUp(solver, CostFamilies.make(family, 300, SEED), 300);
        }
        double[] cost = {};
        int n = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            if (words[0].equals("load")) {
                n = Integer.parseInt(words[2]);
                cost = CostFamilies.make(words[1], n, SEED);
                write(cost, n, Path.of(words[3]));
                Assignment best = warmUp(solver, cost, n);
                System.out.printf("{\"value\": %s, \"optimal\": %b, \"jdk\": \"%s\"}%n", best.value(),
                        best.verify(cost).optimal(), System.getProperty("java.version"));
            } else {
                System.out.println(seconds(solver, cost, n));
            }
        }
    }

    /** Until the compiler is done: at least ten solves, or two seconds if those are longer. */
    private static Assignment warmUp(LinearAssignment solver, double[] cost, int n) {
        long start = System.nanoTime();
        Assignment best = solver.solve(cost, n, n);
        for (int k = 1; k < 20 * WARM_UP_SOLVES && (k < WARM_UP_SOLVES || System.nanoTime() - start < WARM_UP_NANOS / 2)
                && System.nanoTime() - start < WARM_UP_NANOS; k++) {
            best = solver.solve(cost, n, n);
        }
        return best;
    }

    private static double seconds(LinearAssignment solver, double[] cost, int n) {
        long start = System.nanoTime();
        solver.solve(cost, n, n);
        return (System.nanoTime() - start) * 1e-9;
    }

    private static void family(String family, int n) {
        double[] cost = CostFamilies.make(family, n, SEED);
        LinearAssignment solver = LinearAssignment.minimizing();
        Assignment best = warmUp(solver, cost, n);
        double[] seconds = new double[REPEAT];
        for (int r = 0; r < REPEAT; r++) {
            seconds[r] = seconds(solver, cost, n);
        }
        System.out.printf("{\"family\": \"%s\", \"n\": %d, \"seconds\": %.6f, \"value\": %s, \"optimal\": %b, \"jdk\": \"%s\"}%n",
                family, n, median(seconds), best.value(), best.verify(cost).optimal(), System.getProperty("java.version"));
    }

    private static void drifts(int n, int d) {
        Random random = new Random(SEED);
        double[] w = CostFamilies.unitRows(n, d, random);
        double[] z = CostFamilies.unitRows(n, d, random);
        double[] old = CostFamilies.negatedCosines(z, w, n, d);
        for (double noise : new double[] {0, 1e-3, 1e-2, 3e-2, 1e-1}) {
            double[] moved = noise == 0 ? z : CostFamilies.moved(z, n, d, noise, random);
            drift("noise " + noise, old, CostFamilies.negatedCosines(moved, w, n, d), n, d);
        }
        for (int share : new int[] {1, 10}) {
            double[] moved = z.clone();
            double[] fresh = CostFamilies.unitRows(n, d, random);
            for (int k = 0; k < n * share / 100; k++) {
                System.arraycopy(fresh, k * d, moved, random.nextInt(n) * d, d);
            }
            drift("rows " + share + " %", old, CostFamilies.negatedCosines(moved, w, n, d), n, d);
        }
    }

    private static void drift(String change, double[] old, double[] now, int n, int d) {
        LinearAssignment solver = LinearAssignment.minimizing();
        Assignment before = solver.solve(old, n, n);
        warmUp(solver, now, n);
        double[] cold = new double[REPEAT];
        double[] warm = new double[REPEAT];
        double[] read = new double[REPEAT];
        boolean equal = true;
        double sum = 0;
        for (int r = -WARM_UP_SOLVES; r < REPEAT; r++) {
            long start = System.nanoTime();
            Assignment again = solver.solve(now, n, n);
            long solved = System.nanoTime();
            solver.startFrom(before);
            long set = System.nanoTime();
            Assignment quick = solver.resolve(now, n, n);
            long resolved = System.nanoTime();
            sum += total(now);
            long summed = System.nanoTime();
            equal &= Math.abs(again.value() - quick.value()) <= 1e-12 * Math.abs(again.value()) && quick.verify(now).optimal();
            cold[Math.max(0, r)] = (solved - start) * 1e-9;
            warm[Math.max(0, r)] = (resolved - set) * 1e-9;
            read[Math.max(0, r)] = (summed - resolved) * 1e-9;
        }
        System.out.printf("{\"n\": %d, \"d\": %d, \"change\": \"%s\", \"cold\": %.6f, \"warm\": %.6f, \"ratio\": %.1f, "
                + "\"read\": %.6f, \"equal\": %b, \"jdk\": \"%s\"}%n", n, d, change, median(cold), median(warm),
                median(cold) / median(warm), median(read), equal && !Double.isNaN(sum), System.getProperty("java.version"));
    }

    /** Directions near prototypes of their own (late training) or anywhere (early), each drifting at every step. */
    private static void labels(int n, int d) {
        for (boolean late : new boolean[] {true, false}) {
            for (double noise : new double[] {1e-3, 1e-2}) {
                Random random = new Random(SEED);
                double[] w = CostFamilies.unitRows(n, d, random);
                double[] z = late ? CostFamilies.moved(w, n, d, 0.5, random) : CostFamilies.unitRows(n, d, random);
                double[] bounded = updates(z, w, n, d, noise, true);
                double[] full = updates(z, w, n, d, noise, false);
                System.out.printf("{\"n\": %d, \"d\": %d, \"directions\": \"%s\", \"noise\": %s, \"bounded\": %.6f, "
                        + "\"full\": %.6f, \"ratio\": %.1f, \"equal\": %b, \"jdk\": \"%s\"}%n", n, d, late ? "late" : "early", noise,
                        bounded[0], full[0], full[0] / bounded[0], Math.abs(bounded[1] - full[1]) <= 1e-12 * Math.abs(full[1]),
                        System.getProperty("java.version"));
            }
        }
    }

    /** The median seconds of an update, and the last objective. */
    private static double[] updates(double[] first, double[] w, int n, int d, double noise, boolean bounded) {
        Random random = new Random(SEED);
        CosineRows rows = new CosineRows(n, n, d);
        rows.place(w);
        LinearAssignment solver = LinearAssignment.maximizing();
        double[] z = first;
        double[] seconds = new double[REPEAT];
        double value = 0;
        for (int r = -2 * WARM_UP_SOLVES; r < REPEAT; r++) {
            z = CostFamilies.moved(z, n, d, noise, random);
            long start = System.nanoTime();
            rows.direct(z);
            if (!bounded) {
                rows.near().clear();
            }
            value = solver.resolve(rows).value();
            seconds[Math.max(0, r)] = (System.nanoTime() - start) * 1e-9;
        }
        return new double[] {median(seconds), value};
    }

    /** One reading of the matrix: eight sums that do not wait for each other. */
    private static double total(double[] c) {
        double[] sums = new double[8];
        for (int k = 0; k + 8 <= c.length; k += 8) {
            for (int s = 0; s < 8; s++) {
                sums[s] += c[k + s];
            }
        }
        return Arrays.stream(sums).sum();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** NumPy's format, version 1.0: float64, C order. */
    private static void write(double[] cost, int n, Path file) throws IOException {
        String header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + n + ", " + n + "), }";
        int length = (10 + header.length() + 1 + 63) / 64 * 64;
        ByteBuffer bytes = ByteBuffer.allocate(length + n * 8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0);
        bytes.putShort((short) (length - 10)).put(header.getBytes(StandardCharsets.US_ASCII));
        while (bytes.position() < length - 1) {
            bytes.put((byte) ' ');
        }
        bytes.put((byte) '\n');
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    bytes.putDouble(cost[i * n + j]);
                }
                bytes.flip();
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                bytes.clear();
            }
        }
    }
}

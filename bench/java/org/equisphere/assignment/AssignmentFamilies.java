package org.equisphere.assignment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;

/**
 * Times the solver: {@code families N FAMILY...} prints one JSON line a cost family (all without names),
 * {@code warm N D} one a kind of drift of cosine costs, {@code write N FAMILY FILE.npy} hands a matrix to another
 * program. Every result is proved optimal before its time is printed; times are medians of {@code -Drepeat=5}.
 */
public final class AssignmentFamilies {

    private static final int REPEAT = Integer.getInteger("repeat", 5);
    private static final long SEED = 1;

    private AssignmentFamilies() { }

    /** See the class comment. */
    public static void main(String[] args) throws IOException {
        int n = Integer.parseInt(args[1]);
        switch (args[0]) {
            case "families":
                warmUp();
                for (String family : args.length > 2 ? Arrays.copyOfRange(args, 2, args.length) : CostFamilies.NAMES) {
                    family(family, n);
                }
                break;
            case "warm":
                warmUp();
                drifts(n, Integer.parseInt(args[2]));
                break;
            case "write":
                write(CostFamilies.make(args[2], n, SEED), n, Path.of(args[3]));
                break;
            default:
                throw new IllegalArgumentException("args[0]: is " + args[0] + ", expected families, warm or write");
        }
    }

    private static void warmUp() {
        LinearAssignment solver = LinearAssignment.minimizing();
        for (int round = 0; round < 4; round++) {
            for (String family : CostFamilies.NAMES) {
                double[] cost = CostFamilies.make(family, 200, round);
                solver.solve(cost, 200, 200);
                solver.resolve(cost, 200, 200);
            }
        }
    }

    private static void family(String family, int n) {
        double[] cost = CostFamilies.make(family, n, SEED);
        LinearAssignment solver = LinearAssignment.minimizing();
        double[] seconds = new double[REPEAT];
        Assignment best = null;
        for (int r = 0; r < REPEAT; r++) {
            long start = System.nanoTime();
            best = solver.solve(cost, n, n);
            seconds[r] = (System.nanoTime() - start) * 1e-9;
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
        double[] cold = new double[REPEAT];
        double[] warm = new double[REPEAT];
        boolean equal = true;
        for (int r = 0; r < REPEAT; r++) {
            long start = System.nanoTime();
            Assignment again = solver.solve(now, n, n);
            cold[r] = (System.nanoTime() - start) * 1e-9;
            solver.startFrom(before);
            start = System.nanoTime();
            Assignment quick = solver.resolve(now, n, n);
            warm[r] = (System.nanoTime() - start) * 1e-9;
            equal &= Math.abs(again.value() - quick.value()) <= 1e-12 * Math.abs(again.value()) && quick.verify(now).optimal();
        }
        System.out.printf("{\"n\": %d, \"d\": %d, \"change\": \"%s\", \"cold\": %.6f, \"warm\": %.6f, \"ratio\": %.1f, \"equal\": %b}%n",
                n, d, change, median(cold), median(warm), median(cold) / median(warm), equal);
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

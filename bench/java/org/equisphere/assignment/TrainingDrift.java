package org.equisphere.assignment;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.equisphere.data.Dataset;
import org.equisphere.data.NpyFile;
import org.equisphere.data.Splits;
import org.equisphere.data.reader.DataSource;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingListener;
import org.equisphere.train.TrainingSettings;

/**
 * The drift of class directions between two assignments, as training makes it, and what a warm start gains on it.
 *
 * <p>{@code record DATA IMAGES D EPOCHS OUT.npy [STEPS]} trains ResNet-8 by the default recipe and keeps the directions
 * {@code [assignments + 1, classes, d]} of every assignment, the prototypes before them, at every epoch's end or every so many steps;
 * {@code simulate CLASSES D EPOCHS OUT.npy [UPDATES]}
 * makes such a file for many classes: the features of a class are pulled from a place of its family towards its prototype, by up to a half, while the
 * places themselves move on; a batch sees each class with noise, and the directions are averages with momentum 0.9; assignments are kept of every
 * epoch, or, after all epochs, of every so many updates of the directions in one more; {@code measure FILE.npy...} solves each assignment of the
 * files on the matrix of cosines, cold and warm from the one before, and from the directions, by {@link LabelAssignment#update} and from nothing on
 * the same workspaces, and prints one JSON line an assignment. With them stand the median change of a direction and the time of reading the matrix
 * once on all threads.
 */
public final class TrainingDrift {

    private static final int ROUNDS = Integer.getInteger("rounds", 200);
    private static final long SEED = 1;
    private static final int UPDATES_PER_EPOCH = 50;
    private static final int FAMILY = 5;

    private TrainingDrift() { }

    /** See the class comment. */
    public static void main(String[] args) throws IOException, InterruptedException {
        String what = args.length == 0 ? "missing" : args[0];
        switch (what) {
            case "record":
                record(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]), Path.of(args[5]),
                        args.length > 6 ? Integer.parseInt(args[6]) : 0);
                break;
            case "simulate":
                simulate(Integer.parseInt(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]), Path.of(args[4]),
                        args.length > 5 ? Integer.parseInt(args[5]) : 0);
                break;
            case "measure":
                for (String file : Arrays.copyOfRange(args, 1, args.length)) {
                    measure(Path.of(file));
                }
                break;
            default:
                throw new IllegalArgumentException("the first argument is " + what + ", expected record, simulate or measure");
        }
    }

    private static void record(String source, int images, int d, int epochs, Path out, int steps)
            throws IOException, InterruptedException {
        Splits all = DataSource.parse(source).open();
        Dataset train = all.train().subset(IntStream.range(0, images).toArray());
        Dataset test = all.test().subset(IntStream.range(0, Math.min(images, all.test().size()) / 10).toArray());
        int classes = train.classes();
        Prototypes prototypes = new PrototypeOptimizer(classes, d).seed(SEED).optimize().prototypes();
        List<double[]> kept = new ArrayList<>(List.of(prototypes.toArray()));
        TrainingSettings settings = TrainingSettings.builder().network("resnet8").dimension(d).epochs(epochs + 1).seed(SEED)
                .head(head -> head.steps(steps)).build();
        try (Backend backend = Backends.best()) {
            new Trainer(settings, backend).prototypes(prototypes).listener(new TrainingListener() {
                @Override
                public void assigned(int epoch, double[] directions, int[] prototypeOfLabel) {
                    kept.add(directions);
                }
            }).fit(new Splits(train, test));
        }
        NpyFile.write(out, kept.stream().flatMapToDouble(Arrays::stream).toArray(), kept.size(), classes, d);
    }

    private static void simulate(int classes, int d, int epochs, Path out, int every) throws IOException {
        Random random = new Random(SEED);
        double[] w = CostFamilies.unitRows(classes, d, random);
        double[] families = CostFamilies.unitRows((classes + FAMILY - 1) / FAMILY, d, random);
        double[] place = new double[classes * d];
        for (int c = 0; c < classes; c++) {
            System.arraycopy(families, c / FAMILY * d, place, c * d, d);
        }
        place = CostFamilies.moved(place, classes, d, 0.5, random);
        double[] z = CostFamilies.moved(place, classes, d, 1, random);
        List<double[]> kept = new ArrayList<>(List.of(w));
        LabelAssignment labels = LabelAssignment.random(classes, classes, SEED);
        ClassDirections directions = new ClassDirections(classes, d, 0.9, SEED);
        directions.restore(new ClassDirections.State(z, filled(classes), 0));
        for (int epoch = 1; epoch <= epochs + (every > 0 ? 1 : 0); epoch++) {
            double pull = 0.5 * (1 - Math.pow(0.8, epoch - 1));
            place = CostFamilies.moved(place, classes, d, 0.7 * Math.pow(0.8, epoch), random);
            for (int update = 1; update <= UPDATES_PER_EPOCH; update++) {
                float[] features = new float[classes * d];
                int[] seen = new int[classes];
                for (int c = 0; c < classes; c++) {
                    seen[c] = c;
                    for (int k = 0; k < d; k++) {
                        double mean = (1 - pull) * place[c * d + k] + pull * w[labels.prototypeOf(c) * d + k];
                        features[c * d + k] = (float) (mean + 0.5 / Math.sqrt(d) * random.nextGaussian());
                    }
                }
                directions.update(features, seen, classes);
                if (epoch > epochs && update > UPDATES_PER_EPOCH / 2 && update % every == 0) {
                    kept.add(directions.directions());
                }
            }
            if (every == 0) {
                kept.add(directions.directions());
            }
            labels.update(directions, w);
        }
        NpyFile.write(out, kept.stream().flatMapToDouble(Arrays::stream).toArray(), kept.size(), classes, d);
    }

    private static boolean[] filled(int count) {
        boolean[] all = new boolean[count];
        Arrays.fill(all, true);
        return all;
    }

    private static void measure(Path file) throws IOException {
        NpyFile data = NpyFile.read(file);
        int[] shape = data.shape();
        int classes = shape[1];
        int d = shape[2];
        double[] values = data.doubles();
        double[] w = Arrays.copyOf(values, classes * d);
        int rounds = Math.max(5, (int) Math.min(ROUNDS, 40_000_000L / ((long) classes * classes)));
        int epochs = shape[0] - 1;
        double[][] cold = new double[epochs + 1][rounds];
        double[][] warm = new double[epochs + 1][rounds];
        double[][] label = new double[epochs + 1][rounds];
        double[][] fresh = new double[epochs + 1][rounds];
        int[] moved = new int[epochs + 1];
        double[][] read = new double[epochs + 1][rounds];
        double[] drift = new double[epochs + 1];
        CosineRows rows = new CosineRows(classes, classes, d);
        rows.place(w);
        LinearAssignment freshSolver = LinearAssignment.maximizing();
        double sum = 0;
        for (int r = -rounds; r < rounds; r++) { // the first half warms the compiler up
            LinearAssignment coldSolver = LinearAssignment.maximizing();
            LinearAssignment warmSolver = LinearAssignment.maximizing();
            LabelAssignment labels = LabelAssignment.identity(classes, classes);
            for (int epoch = 1; epoch <= epochs; epoch++) {
                double[] z = Arrays.copyOfRange(values, epoch * classes * d, (epoch + 1) * classes * d);
                rows.direct(z);
                rows.refresh(0, classes);
                double[] cosines = rows.cosines().clone();
                ClassDirections directions = new ClassDirections(classes, d, 0.9, SEED);
                directions.restore(new ClassDirections.State(z, filled(classes), 0));
                long start = System.nanoTime();
                Assignment best = coldSolver.solve(cosines, classes, classes);
                long solved = System.nanoTime();
                Assignment again = warmSolver.resolve(cosines, classes, classes);
                long resolved = System.nanoTime();
                LabelAssignment.Update update = labels.update(directions, w);
                long updated = System.nanoTime();
                rows.direct(directions.directions());
                Assignment anew = freshSolver.solve(rows);
                long done = System.nanoTime();
                sum += total(cosines, classes);
                long summed = System.nanoTime();
                for (double value : new double[] {again.value(), update.objectiveAfter(), anew.value()}) {
                    if (!(Math.abs(best.value() - value) <= 1e-12 * Math.abs(best.value()) + 1e-12)) {
                        throw new IllegalStateException(file + ", epoch " + epoch + ": cold " + best.value() + ", else " + value);
                    }
                }
                cold[epoch][Math.max(0, r)] = (solved - start) * 1e-6;
                warm[epoch][Math.max(0, r)] = (resolved - solved) * 1e-6;
                label[epoch][Math.max(0, r)] = (updated - resolved) * 1e-6;
                fresh[epoch][Math.max(0, r)] = (done - updated) * 1e-6;
                read[epoch][Math.max(0, r)] = (summed - done) * 1e-6;
                moved[epoch] = update.labelsMoved();
                drift[epoch] = epoch == 1 ? 0 : drift(values, epoch, classes, d);
            }
        }
        for (int epoch = 1; epoch <= epochs && !Double.isNaN(sum); epoch++) {
            double c = median(cold[epoch]);
            System.out.printf(Locale.ROOT, "{\"run\": \"%s\", \"classes\": %d, \"d\": %d, \"epoch\": %d, \"drift\": %.3f, \"moved\": %d, "
                    + "\"read_ms\": %.4f, \"cold_ms\": %.4f, \"warm_ms\": %.4f, \"labels_cold_ms\": %.4f, \"labels_warm_ms\": %.4f, "
                    + "\"cold_over_warm\": %.1f, \"labels_cold_over_warm\": %.1f, \"jdk\": \"%s\"}%n",
                    file.getFileName().toString().replaceAll("( \\d+)?\\.npy$", ""), classes, d, epoch, drift[epoch], moved[epoch],
                    median(read[epoch]), c, median(warm[epoch]), median(fresh[epoch]), median(label[epoch]), c / median(warm[epoch]),
                    median(fresh[epoch]) / median(label[epoch]), System.getProperty("java.version"));
        }
    }

    /** The median length of the difference to the direction before. */
    private static double drift(double[] values, int epoch, int classes, int d) {
        double[] lengths = new double[classes];
        for (int c = 0; c < classes; c++) {
            double squared = 0;
            for (int k = c * d; k < (c + 1) * d; k++) {
                double change = values[epoch * classes * d + k] - values[(epoch - 1) * classes * d + k];
                squared += change * change;
            }
            lengths[c] = Math.sqrt(squared);
        }
        return median(lengths);
    }

    /**
     * One reading of the matrix on the threads of the common pool, where the solver takes them, too; eight sums a row that do not wait for each
     * other.
     */
    private static double total(double[] c, int n) {
        IntStream rows = IntStream.range(0, n);
        return (n < 1024 ? rows : rows.parallel()).mapToDouble(i -> {
            double[] sums = new double[8];
            for (int k = i * n; k + 8 <= (i + 1) * n; k += 8) {
                for (int s = 0; s < 8; s++) {
                    sums[s] += c[k + s];
                }
            }
            return Arrays.stream(sums).sum();
        }).sum();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}

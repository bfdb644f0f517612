package org.equisphere.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.equisphere.data.Dataset;
import org.equisphere.data.Splits;
import org.equisphere.data.SyntheticExport;
import org.equisphere.data.reader.DataSource;
import org.equisphere.report.FamilyCoherence;
import org.equisphere.report.Judgement;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingListener;
import org.equisphere.train.TrainingSettings;
import picocli.CommandLine;

/**
 * Trains every combination of a grid once and appends a row of CSV for each run that ended; runs whose row is there already are left out, so that an
 * interrupted sweep goes on where it stopped. No run begins after the budget is spent; those under way end. Arguments: GRID DATA RESULT.csv MINUTES
 * WHERE; or GRID DATA FOLDER, which trains nothing and writes the examples that the grid's runs learn from and are judged by as .npy files, for other
 * programs. WHERE is a number of threads or {@code cuda}, behind {@code Nx} for N runs at a time: {@code 2}, {@code 2x1}, {@code 4xcuda}.
 *
 * <p>A grid is a text of lines, {@code #} before comments:
 * <pre>
 * train_per_class 100                  # a fixed part of the training set, the same for every seed; all of it when left out
 * judge test                           # the model of the last epoch is judged by the test examples, or by heldout:50, as many of each class
 *                                      # of those training examples that the part above leaves out
 * all --network resnet8 --epochs 4     # options of "equisphere train" for all runs
 * dims 3 10 50
 * seeds 0 1 2                          # the outermost loop, then dims, then runs
 * run dynamic --head dynamic           # a name and its options
 * </pre>
 */
public final class Sweep {

    private static final String HEADER = "grid,run,d,seed,options,judged_by,train_examples,examples,top1,top5,ece,many,medium,few,"
            + "labels_moved,moving_epochs,apad_degrees,smallest_prototype_angle,angle_to_prototype,angle_to_mean,sibling_cosine,chance_cosine,"
            + "chance_deviation,p,nearest_sibling,images_per_s,seconds,assignment_seconds";
    /** Of the part of the training set: fixed, so that all seeds learn from the same examples. */
    private static final long PART_SEED = 1;
    private static final double GLANCE = 0.1; // of the judges, looked at after every epoch
    private static final int PERMUTATIONS = 2000;
    private static final int TOLD_EVERY = 25; // epochs

    private final String grid;
    private final String judge;
    private final Splits data;
    private final int trainPerClass;
    private final int together;
    private final String where;

    private Sweep(String grid, Map<String, List<String>> lines, Splits whole, String where) {
        this.grid = grid;
        this.judge = one(lines, "judge", "test");
        this.trainPerClass = Integer.parseInt(one(lines, "train_per_class", "0"));
        this.data = part(whole);
        if (!where.matches("([1-9]\\d*x)?([1-9]\\d*|cuda)")) {
            throw new IllegalArgumentException("WHERE is \"" + where
                    + "\", expected threads or cuda, such as 2, 2x1 for two runs at a time, or 4xcuda");
        }
        String[] words = where.split("x");
        this.together = words.length == 2 ? Integer.parseInt(words[0]) : 1;
        this.where = words[words.length - 1];
    }

    /** One cell of the grid. */
    private record Cell(String run, String options, int d, long seed) {
        String key(String grid) {
            return grid + "," + run + "," + d + "," + seed + ",\"" + options + "\",";
        }

        TrainingSettings settings() {
            CommandLine commandLine = Main.commandLine();
            commandLine.parseArgs(("train " + options + " --dim " + d + " --seed " + seed).split("\\s+"));
            TrainCommand train = commandLine.getSubcommands().get("train").getCommand();
            return train.settings();
        }
    }

    /** Runs a sweep. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 3) {
            Splits part = new Sweep("", read(Path.of(args[0])), DataSource.parse(args[1]).open(), "1").data;
            SyntheticExport.export(part.train(), Path.of(args[2]), "train");
            SyntheticExport.export(part.test(), Path.of(args[2]), "judges");
            return;
        }
        if (args.length != 5) {
            throw new IllegalArgumentException(args.length + " arguments, expected GRID DATA RESULT.csv MINUTES WHERE, or GRID DATA FOLDER");
        }
        long end = System.nanoTime() + (long) (Double.parseDouble(args[3]) * 60e9);
        Map<String, List<String>> lines = read(Path.of(args[0]));
        Path result = Path.of(args[2]);
        List<Cell> cells = cells(lines);
        cells.forEach(Cell::settings); // a misspelt option ends the sweep before its first run
        List<String> done = begin(result);
        String name = Path.of(args[0]).getFileName().toString().replaceFirst("\\.[^.]*$", "");
        Sweep sweep = new Sweep(name, lines, DataSource.parse(args[1]).open(), args[4]);
        Queue<Cell> open = new ConcurrentLinkedQueue<>(cells);
        open.removeIf(cell -> done.stream().anyMatch(row -> row.startsWith(cell.key(name))));
        System.out.println(open.size() + " of " + cells.size() + " runs to do");
        sweep.runAll(open, result, end);
    }

    /** As many workers as there are runs at a time. After a failure none begins another run; it is thrown once all have ended theirs. */
    private void runAll(Queue<Cell> open, Path result, long end) throws IOException, InterruptedException {
        ExecutorService workers = Executors.newFixedThreadPool(together);
        Callable<Void> worker = () -> {
            try {
                for (Cell cell = open.poll(); cell != null && System.nanoTime() < end; cell = open.poll()) {
                    append(result, cell.key(grid) + figures(cell) + "\n");
                }
                return null;
            } catch (Exception | Error e) {
                open.clear();
                throw e;
            }
        };
        try {
            for (Future<Void> ended : workers.invokeAll(Collections.nCopies(together, worker))) {
                ended.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("a run failed", e.getCause());
        } finally {
            workers.shutdown();
        }
    }

    private static synchronized void append(Path result, String row) throws IOException {
        Files.writeString(result, row, StandardOpenOption.APPEND);
        System.out.print(row);
    }

    private static Map<String, List<String>> read(Path file) throws IOException {
        Map<String, List<String>> lines = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            String[] words = line.replaceFirst("#.*", "").strip().split("\\s+", 2);
            if (words.length == 2) {
                if (!List.of("train_per_class", "judge", "all", "dims", "seeds", "run").contains(words[0])) {
                    throw new IOException(file + ": \"" + words[0] + "\", expected train_per_class, judge, all, dims, seeds or run");
                }
                lines.computeIfAbsent(words[0], key -> new ArrayList<>()).add(words[1]);
            }
        }
        return lines;
    }

    private static String one(Map<String, List<String>> lines, String key, String otherwise) {
        return String.join(" ", lines.getOrDefault(key, List.of(otherwise)));
    }

    private static List<Cell> cells(Map<String, List<String>> lines) {
        List<Cell> cells = new ArrayList<>();
        String all = one(lines, "all", "");
        for (String seed : one(lines, "seeds", "0").split("\\s+")) {
            for (String d : one(lines, "dims", "10").split("\\s+")) {
                for (String run : lines.get("run")) {
                    String[] words = (run + " ").split("\\s+", 2);
                    cells.add(new Cell(words[0], (all + " " + words[1]).strip(), Integer.parseInt(d), Long.parseLong(seed)));
                }
            }
        }
        return cells;
    }

    /** The rows there are; a killed process may have left half a line at the end. */
    private static List<String> begin(Path result) throws IOException {
        if (!Files.exists(result)) {
            Files.writeString(result, HEADER + "\n");
        }
        String text = Files.readString(result);
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        if (whole.length() < text.length()) {
            try (FileChannel channel = FileChannel.open(result, StandardOpenOption.WRITE)) {
                channel.truncate(whole.length());
            }
        }
        if (!whole.startsWith(HEADER + "\n")) {
            throw new IOException(result + " has other columns than this sweep writes: give another file");
        }
        return whole.lines().toList();
    }

    /** What is trained on and what judges. */
    private Splits part(Splits whole) {
        Dataset train = whole.train();
        Dataset rest = train;
        if (trainPerClass > 0) {
            Splits cut = train.split(trainPerClass * (double) train.classes() / train.size(), PART_SEED);
            train = cut.test();
            rest = cut.train();
        }
        if (judge.equals("test")) {
            return new Splits(train, whole.test());
        }
        if (!judge.startsWith("heldout:") || trainPerClass == 0) {
            throw new IllegalArgumentException("judge is \"" + judge + "\", expected test, or heldout:N with train_per_class");
        }
        int each = Integer.parseInt(judge.substring("heldout:".length()));
        return new Splits(train, rest.split(each * (double) rest.classes() / rest.size(), PART_SEED).test());
    }

    private Backend backend() {
        return where.equals("cuda") ? Backends.open(where, 1) : Backends.host(Integer.parseInt(where));
    }

    /** Trains, judges, and tells all columns behind the key. */
    private String figures(Cell cell) throws IOException, InterruptedException {
        Dataset glance = data.test().split(GLANCE, PART_SEED).test();
        try (Backend backend = backend()) {
            TrainedNetwork trained = new Trainer(cell.settings(), backend).listener(new TrainingListener() {
                @Override
                public void epochEnded(EpochSummary epoch) {
                    if (epoch.epoch() % TOLD_EVERY == 0) {
                        System.out.printf(Locale.ROOT, "%s, d = %d, seed %d: epoch %d, loss %.4f, glance %.1f %%, %.1f s%n",
                                cell.run, cell.d, cell.seed, epoch.epoch(), epoch.loss(), 100 * epoch.top1(), epoch.seconds());
                    }
                }
            }).fit(new Splits(data.train(), glance));
            return figures(trained, Judgement.of(trained.classifier(grid), backend(), data.test()));
        }
    }

    private String figures(TrainedNetwork trained, Judgement judgement) {
        List<EpochSummary> history = trained.history();
        List<Object> row = new ArrayList<>(List.of(judge, Arrays.stream(trained.trainingCounts()).sum(), judgement.evaluation().examples(),
                judgement.evaluation().top1(), judgement.evaluation().top5(), judgement.evaluation().ece()));
        for (String group : new String[] {"many", "medium", "few"}) {
            row.add(judgement.shots().getOrDefault(group, Double.NaN));
        }
        row.add(history.stream().mapToInt(EpochSummary::labelsMoved).sum());
        row.add(history.stream().filter(e -> e.labelsMoved() > 0).map(EpochSummary::epoch).max(Comparator.naturalOrder()).orElse(0));
        for (String measure : new String[] {"apad_degrees", "smallest_prototype_angle", "angle_to_prototype", "angle_to_mean"}) {
            row.add(judgement.named().getOrDefault(measure, Double.NaN));
        }
        row.addAll(judgement.targets().map(targets -> siblings(targets)).orElse(List.of(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN)));
        row.add(history.stream().mapToDouble(EpochSummary::examplesPerSecond).average().orElseThrow());
        row.add(history.stream().mapToDouble(EpochSummary::seconds).sum());
        row.add(history.stream().mapToDouble(EpochSummary::assignmentSeconds).sum());
        return row.stream().map(Sweep::cell).collect(Collectors.joining(","));
    }

    private List<Object> siblings(Prototypes targets) {
        FamilyCoherence found = FamilyCoherence.of(targets, data.train().labels(), PERMUTATIONS, 0);
        return List.of(found.meanCosine(), found.chanceCosine(), found.deviation(), found.pValue(), found.nearest());
    }

    /** A measure that is not defined is an empty cell. */
    private static String cell(Object value) {
        return value instanceof Double number ? Double.isNaN(number) ? "" : String.format(Locale.ROOT, "%.5g", number) : value.toString();
    }
}

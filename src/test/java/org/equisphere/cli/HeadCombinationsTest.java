package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.equisphere.data.NpyFile;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.HeadSettings.HeadKind;
import org.equisphere.train.HeadSettings.LossKind;
import org.equisphere.train.PrototypeKind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Every head, and every combination of prototypes, loss and assignment that means something, from the command line to a model file. */
class HeadCombinationsTest {

    private static final int CLASSES = 4;
    private static final int FEATURES = 6;

    @TempDir
    private static Path folder;
    private int runs;

    @BeforeAll
    static void writeClouds() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        int n = 20 * CLASSES;
        float[] x = new float[n * FEATURES];
        int[] y = new int[n];
        for (int i = 0; i < n; i++) {
            y[i] = i % CLASSES;
            for (int k = 0; k < FEATURES; k++) {
                x[i * FEATURES + k] = (float) ((k == y[i] ? 2 : 0) + 0.3 * random.nextGaussian());
            }
        }
        NpyFile.write(folder.resolve("x.npy"), x, n, FEATURES);
        NpyFile.write(folder.resolve("y.npy"), y, n);
        NpyFile.write(folder.resolve("from1.npy"), Arrays.stream(y).map(label -> label + 1).toArray(), n);
        NpyFile.write(folder.resolve("p.npy"), new float[] {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -1, 0, 0, 0}, CLASSES, 4);
    }

    private record Outcome(int code, String out, String err) {
    }

    private static Outcome run(List<String> args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return new Outcome(commandLine.execute(args.toArray(new String[0])), out.toString(), err.toString());
    }

    private Outcome train(String... more) throws IOException {
        Path out = Files.createTempDirectory(folder, "run" + runs++);
        List<String> args = new ArrayList<>(List.of("train", "--data", "npy:" + folder.resolve("x.npy") + "," + folder.resolve("y.npy"),
                "--network", "mlp:8+norm", "--dim", "4", "--epochs", "2", "--batch", "16", "--threads", "1", "--json", "--out", out.toString()));
        args.addAll(List.of(more));
        Outcome outcome = run(args);
        if (outcome.code == 0) {
            JsonNode result = new ObjectMapper().readTree(outcome.out);
            assertEquals(2, result.get("epochs").size());
            assertTrue(result.at("/epochs/1/loss").isDouble() && Files.size(out.resolve("model.eqs")) > 0
                    && Files.size(out.resolve("report.html")) > 0, outcome.out);
        }
        return outcome;
    }

    @ParameterizedTest
    @EnumSource(HeadKind.class)
    void everyHeadTrains(HeadKind head) throws IOException {
        Outcome trained = train("--head", head.toString());
        assertEquals(0, trained.code, trained.err);
    }

    /** Labels 1 to 4: nothing is ever seen of class 0, and the others are learned as if it were not there. */
    @ParameterizedTest
    @EnumSource(HeadKind.class)
    void everyHeadTrainsBesideAClassWithoutExamples(HeadKind head) throws IOException {
        Outcome trained = run(List.of("train", "--data", "npy:" + folder.resolve("x.npy") + "," + folder.resolve("from1.npy"),
                "--network", "mlp:8", "--dim", "4", "--epochs", "40", "--batch", "16", "--lr", "0.05", "--threads", "1", "--json",
                "--head", head.toString(), "--out", folder.resolve("beside-" + head).toString()));
        assertEquals(0, trained.code, trained.err);
        JsonNode result = new ObjectMapper().readTree(trained.out);
        assertTrue(result.get("top1").asDouble() > 0.9 && Double.isFinite(result.at("/epochs/1/loss").asDouble()), trained.out);
    }

    /**
     * All are read or refused with a reason; of those read, each pair of prototypes and loss, and each pair with an
     * assignment, trains in one run at least.
     */
    @Test
    void everyCombinationTrainsOrSaysWhyNot() throws IOException {
        int meant = 0;
        int refused = 0;
        int trained = 0;
        for (PrototypeKind kind : PrototypeKind.values()) {
            boolean own = kind.learned() || kind == PrototypeKind.MEANS;
            for (LossKind loss : LossKind.values()) {
                for (Rule rule : Rule.values()) {
                    String[] options = {"--prototypes", kind == PrototypeKind.GIVEN ? folder.resolve("p.npy").toString() : kind.toString(),
                        "--loss", loss.toString(), "--assignment", rule.toString()};
                    List<String> print = new ArrayList<>(List.of("train", "--print"));
                    print.addAll(List.of(options));
                    Outcome shown = run(print);
                    if (own && rule != Rule.FIXED || kind.learned() && !loss.pushes()) {
                        assertEquals(2, shown.code, shown.out);
                        assertTrue(shown.err.contains("expected"), shown.err);
                        refused++;
                    } else {
                        assertEquals(0, shown.code, shown.err);
                        assertTrue(shown.out.contains(kind.toString()) && shown.out.contains(loss.toString()), shown.out);
                        meant++;
                        if (own || (kind.ordinal() + loss.ordinal()) % Rule.values().length == rule.ordinal()) {
                            assertEquals(0, train(options).code, kind + " " + loss + " " + rule);
                            trained++;
                        }
                    }
                }
            }
        }
        assertEquals(6 * 5 * 4 + 5 + 2, meant);
        assertEquals(2 * 5 * 3 + 3, refused);
        assertEquals(6 * 5 + 5 + 2, trained);
    }

    /** Everything that is a setting of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"--head dynamic --assignment-period 2", "--head tsc", "--head dynamic --assignment-steps 2 --assignment-freeze 1",
        "--head dynamic --assignment-warmup 1", "--head dynamic --assignment-margin 0.1", "--head dynamic --assignment quadratic --similarity means",
        "--head dynamic --assignment quadratic --similarity confusion --holdout 0.2",
        "--head dynamic --assignment quadratic --similarity free --free-epochs 1",
        "--head dynamic --loss tempered --temperature 0.1 --label-smoothing 0.1 --logit-prior --imbalance exp:0.1",
        "--head etf --mixup 1 --imbalance step:0.1",
        "--head dynamic --direction-momentum 0.5 --report-best-on-test", "--head means --spread 3 --assignment-steps 2 --assignment-freeze 1",
        "--head static --loss cosine-mean --nesterov --optimizer sgd --schedule cosine"})
    void everySettingTrains(String options) throws IOException {
        Outcome trained = train(options.split(" "));
        assertEquals(0, trained.code, trained.err);
    }
}

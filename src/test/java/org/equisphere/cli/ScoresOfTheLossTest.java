package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.equisphere.data.NpyFile;
import org.equisphere.data.Splits;
import org.equisphere.data.reader.DataSource;
import org.equisphere.model.Classifier;
import org.equisphere.model.Readout;
import org.equisphere.report.Judgement;
import org.equisphere.report.TemperatureScaling;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingSettings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** A model's scores and probabilities are those of the loss that trained it, from the trainer's own evaluation to the saved file. */
class ScoresOfTheLossTest {

    private static final int CLASSES = 6;
    private static final int FEATURES = 8;

    @TempDir
    private Path folder;
    private String data;

    @BeforeEach
    void writeCloudsThatOverlap() throws Exception {
        SplittableRandom chance = new SplittableRandom(3);
        int n = 60 * CLASSES;
        float[] x = new float[n * FEATURES];
        int[] y = IntStream.range(0, n).map(i -> i % CLASSES).toArray();
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) ((i % FEATURES == y[i / FEATURES] ? 2 : 0) + chance.nextGaussian());
        }
        NpyFile.write(folder.resolve("x.npy"), x, n, FEATURES);
        NpyFile.write(folder.resolve("y.npy"), y, n);
        data = "npy:" + folder.resolve("x.npy") + "," + folder.resolve("y.npy");
    }

    private static TrainingSettings settings(String options) {
        CommandLine commandLine = Main.commandLine();
        commandLine.parseArgs(("train --network mlp:16 --epochs 4 --lr 0.02 --batch 16 " + options).split(" "));
        TrainCommand train = commandLine.getSubcommands().get("train").getCommand();
        return train.settings();
    }

    @ParameterizedTest
    @CsvSource({"--head dynamic --dim 3, true, 0.07", "--head dynamic --loss tempered --temperature 0.3 --dim 3, true, 0.3",
        "--recipe best --dim 3, false, 0.2", "--head static --loss softmax --dim 3, false, 1", "--head maxsep --dim 5, false, 10",
        "--head normface --temperature 0.2 --dim 3, true, 0.2",
        "--head softmax --dim 3, true, 1", "--loss dot-regression --temperature 0.5 --dim 3, true, 0.5"})
    void theModelJudgesAsTheTrainerDid(String options, boolean normalized, double temperature) throws Exception {
        Splits splits = DataSource.parse(data).open();
        try (Backend backend = Backends.host(1)) {
            TrainedNetwork trained = new Trainer(settings(options), backend).fit(splits);
            Path file = folder.resolve("model.eqs");
            trained.classifier(data).save(file);
            Classifier classifier = Classifier.load(file);
            assertEquals(temperature, classifier.contents().temperature());
            assertTrue(!(classifier.contents().readout() instanceof Readout.Nearest nearest) || nearest.normalized() == normalized);
            Judgement judgement = Judgement.of(classifier, Backends.host(1), splits.test());
            assertEquals(trained.evaluation().top1(), judgement.evaluation().top1());
            assertEquals(trained.evaluation().ece(), judgement.evaluation().ece(), 1e-4);
            assertEquals(trained.evaluation().ece(), calibrationError(classifier, splits), 1e-4, "by the classifier's own probabilities");
        }
    }

    private static double calibrationError(Classifier classifier, Splits splits) {
        double[] away = new double[15];
        float[] example = new float[FEATURES];
        for (int i = 0; i < splits.test().size(); i++) {
            splits.test().example(i, example, 0);
            double[] p = classifier.probabilities(example);
            int best = classifier.predict(example).label();
            away[Math.min(14, (int) (15 * p[best]))] += p[best] - (best == splits.test().label(i) ? 1 : 0);
        }
        double error = 0;
        for (double bin : away) {
            error += Math.abs(bin) / splits.test().size();
        }
        return error;
    }

    private JsonNode run(int code, String... args) throws Exception {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        assertEquals(code,
                Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(args), () -> err.toString());
        return code == 0 ? new ObjectMapper().readTree(out.toString()) : new ObjectMapper().getNodeFactory().textNode(err.toString());
    }

    private JsonNode train(int code, String name, String options) throws Exception {
        return run(code, ("train --data " + data + " --network mlp:16 --dim 3 --epochs 4 --lr 0.02 --batch 16 --json --threads 1 --out "
                + folder.resolve(name) + " " + options).split(" "));
    }

    @Test
    void calibratesOnWhatWasHeldOut() throws Exception {
        JsonNode plain = train(0, "plain", "--holdout 0.3");
        JsonNode fitted = train(0, "fitted", "--holdout 0.3 --calibrate");
        assertEquals(plain.get("top1"), fitted.get("top1"));
        Classifier before = Classifier.load(folder.resolve("plain/model.eqs"));
        Classifier after = Classifier.load(folder.resolve("fitted/model.eqs"));
        Splits splits = DataSource.parse(data).open();
        Classifier expected = TemperatureScaling.fitted(before, Backends.host(1), settings("--dim 3 --holdout 0.3").split(splits).test());
        assertEquals(0.07, before.contents().temperature());
        assertEquals(expected.contents().temperature(), after.contents().temperature());
        assertTrue(fitted.get("ece").asDouble() < 0.8 * plain.get("ece").asDouble(), plain.get("ece") + " -> " + fitted.get("ece"));
        JsonNode judged = run(0, "evaluate", "--model", folder.resolve("fitted/model.eqs").toString(), "--data", data, "--json");
        assertEquals(fitted.get("ece").asDouble(), judged.get("ece").asDouble());
        assertEquals(after.contents().temperature(), judged.get("temperature").asDouble());
    }

    @Test
    void calibrationNeedsExamplesThatAreHeldOut() throws Exception {
        String said = train(2, "none", "--calibrate").asText();
        assertTrue(said.contains("--calibrate") && said.contains("--holdout 0.1"), said);
    }
}

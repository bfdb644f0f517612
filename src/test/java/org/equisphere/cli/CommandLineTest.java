package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.equisphere.data.NpyFile;
import org.equisphere.data.reader.ImageDecoder;
import org.equisphere.data.reader.ImageSize;
import org.equisphere.data.reader.DataSource;
import org.equisphere.model.Classifier;
import org.equisphere.model.ModelContents;
import org.equisphere.model.Prediction;
import org.equisphere.nn.Architecture;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {

    private static final int CLASSES = 6;
    private static final int FEATURES = 8;

    @TempDir
    private Path folder;
    private String data;

    private record Outcome(int code, String out, String err) {
        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(out);
        }
    }

    private static Outcome run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        int code = commandLine.execute(args);
        return new Outcome(code, out.toString(), err.toString());
    }

    @BeforeEach
    void writeClouds() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        int n = 40 * CLASSES;
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
        data = "npy:" + folder.resolve("x.npy") + "," + folder.resolve("y.npy");
    }

    private Outcome train(String out, String... more) {
        String[] args = {"train", "--data", data, "--network", "mlp:16", "--dim", "3",
            "--epochs", "6", "--lr", "0.02", "--batch", "16", "--threads", "1", "--out", folder.resolve(out).toString(), "--json"};
        String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
        System.arraycopy(more, 0, all, args.length, more.length);
        return run(all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "prototypes", "assign", "train", "evaluate", "predict",
        "families", "info", "bench", "export", "import", "completion"})
    void everyCommandHasHelpWithAnExample(String command) {
        Outcome help = run(command, "--help");
        assertEquals(0, help.code);
        assertTrue(help.out.contains("Example") && help.out.contains("equisphere " + command) && help.out.contains("--json"), help.out);
    }

    /** None is broken by a terminal of 80 columns, and none has an option that is not there. */
    @Test
    void everyExampleCanBeCopied() {
        int examples = 0;
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            String footer = String.join("\n", command.getCommandSpec().usageMessage().footer());
            footer.lines().forEach(line -> assertTrue(line.length() <= 80, line));
            for (String line : footer.replaceAll("\\\\\n", " ").lines().filter(line -> line.startsWith("  equisphere ")).toList()) {
                Main.commandLine().parseArgs(line.strip().replaceFirst("equisphere ", "").split("\\s+"));
                examples++;
            }
        }
        assertTrue(examples > 15, "found only " + examples);
    }

    /** Upper case, as for all others; what an option may be is named. */
    @Test
    void optionsAreDescribedAlike() {
        for (String command : Main.commandLine().getSubcommands().keySet()) {
            String help = run(command, "--help").out;
            assertFalse(help.matches("(?s).*=<.*"), help);
        }
        assertTrue(run("train", "--help").out.replaceAll("\\s+", " ").contains("best, spread, cifar100-paper,"), "recipes are named");
    }

    @Test
    void changesOfTrainingImagesAreOptions() throws IOException {
        JsonNode all = run("train", "--print", "--json", "--network", "swin-t", "--cutmix", "1",
                "--mixup", "0.2", "--resized-crop", "0.08", "--colour-jitter", "0.4", "--erasing", "0.25", "--linear-decay-alone").json();
        assertEquals("flip, resized crop 0.08, jitter 0.4, erasing 0.25", all.get("augmentation").asText());
        assertEquals("1.0", all.get("cutmix").asText());
        assertEquals("linear maps", all.get("weight_decay_on").asText());
        assertEquals("pad 4", run("train", "--print", "--json", "--no-flip").json().get("augmentation").asText());
        assertEquals("erasing 0.5", run("train", "--print", "--json", "--no-augmentation", "--erasing", "0.5").json().get("augmentation").asText());
        Outcome wrong = run("train", "--print", "--resized-crop", "0");
        assertEquals(2, wrong.code);
        assertTrue(wrong.err.contains("smallest crop is 0.0"), wrong.err);
        Outcome vectors = train("cut", "--cutmix", "1");
        assertFalse(vectors.code == 0);
        assertTrue(vectors.err.contains("expected images"), vectors.err);
    }

    @Test
    void aResizedCropOfTheWholeImageIsNone() throws IOException {
        assertEquals("pad 4, flip", run("train", "--print", "--json", "--resized-crop", "1").json().get("augmentation").asText());
        assertEquals("flip, trivial, erasing 0.1",
                run("train", "--print", "--json", "--recipe", "imagenet-paper", "--resized-crop", "1").json().get("augmentation").asText());
    }

    @Test
    void trainEvaluatePredict() throws IOException {
        Outcome trained = train("run");
        assertEquals(0, trained.code, trained.err);
        JsonNode result = trained.json();
        assertTrue(result.get("top1").asDouble() > 0.8, trained.out);
        assertTrue(result.get("top5").asDouble() >= result.get("top1").asDouble());
        assertTrue(result.get("images_per_s").asDouble() > 0);
        assertEquals(6, result.get("epochs").size());
        assertTrue(result.at("/epochs/0/labels_moved").isInt() && result.at("/epochs/0/loss").isDouble() && result.at("/epochs/0/top1").isDouble());
        for (String file : new String[] {"model.eqs", "metrics.csv", "events.jsonl", "curves.png", "sphere.png", "checkpoint.bin"}) {
            assertTrue(Files.exists(folder.resolve("run").resolve(file)), file);
        }
        String model = folder.resolve("run/model.eqs").toString();
        JsonNode judged = run("evaluate", "--model", model, "--data", data, "--json").json();
        assertEquals(result.get("top1").asDouble(), judged.get("top1").asDouble(), "training and evaluation disagree");
        assertTrue(judged.get("ece").asDouble() >= 0);
        assertEquals(CLASSES, judged.get("per_class").size());
        Outcome predicted = run("predict", "--model", model, "--input", folder.resolve("x.npy").toString(), "--top", "2", "--json");
        assertEquals(0, predicted.code, predicted.err);
        assertEquals(40 * CLASSES, predicted.json().get("predictions").size());
        assertEquals(2, predicted.json().at("/predictions/3/top").size());
        assertTrue(run("predict", "--model", model, "--input", folder.resolve("x.npy").toString()).out.startsWith("0\t"));
    }

    /** A name that standard output has no letters for comes through, and a judgement by other labels is not told without a word. */
    @Test
    void namesOfLabelsComeThrough() throws IOException {
        Classifier trained = Classifier.load(trainedModel());
        Path model = folder.resolve("named.eqs");
        Classifier.of(new ModelContents(trained.contents().architecture(), trained.contents().inputShape(), trained.contents().dimension(),
                List.of("Größe", "犬", "😀", "3", "4", "5"), trained.contents().normalization(), trained.contents().readout(),
                trained.contents().learned(), trained.contents().statistics(), trained.contents().provenance())).save(model);
        Outcome predicted = run("predict", "--model", model.toString(), "--input", folder.resolve("x.npy").toString(), "--json");
        assertTrue(predicted.out.chars().allMatch(c -> c < 128), predicted.out);
        assertTrue(predicted.json().findValuesAsText("name").containsAll(List.of("Größe", "犬", "😀")), predicted.out);
        Outcome judged = run("evaluate", "--model", model.toString(), "--data", data, "--json");
        assertEquals(0, judged.code);
        assertTrue(judged.err.contains("warning: label 0 is \"Größe\" in " + model + " and \"0\" in " + data), judged.err);
        assertFalse(run("evaluate", "--model", trainedModel().toString(), "--data", data, "--json").err.contains("warning"));
    }

    private Path trainedModel() throws IOException {
        Path model = folder.resolve("plain/model.eqs");
        if (Files.notExists(model)) {
            assertEquals(0, train("plain").code);
        }
        return model;
    }

    /** A picture that has to be scaled, by a model of 9 x 12 pixels: the scores of the program and of the library. */
    @Test
    void aPictureIsPredictedAsByTheLibrary() throws IOException {
        Architecture architecture = Architecture.parse("mlp:4");
        Classifier classifier;
        try (Backend backend = Backends.host(1)) {
            classifier = Classifier.builder(architecture, architecture.build(new int[] {9, 12, 3}, 2).initialise(backend, 1), List.of("a", "b", "c"))
                    .nearest(Prototypes.of(new double[] {1, 0, 0, 1, -1, 0}, 3, 2), new int[] {0, 1, 2}).build();
        }
        Path model = folder.resolve("model.eqs");
        classifier.save(model);
        BufferedImage picture = new BufferedImage(50, 41, BufferedImage.TYPE_4BYTE_ABGR);
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 50 * 41; i++) {
            picture.getRaster().setPixel(i % 50, i / 50,
                    new int[] {random.nextInt(256), random.nextInt(256), random.nextInt(256), random.nextInt(256)});
        }
        Path png = folder.resolve("picture.png");
        ImageIO.write(picture, "png", png.toFile());
        JsonNode told = run("predict", "--model", model.toString(), "--input", png.toString(), "--top", "3", "--json").json();
        for (Prediction expected : classifier.top(classifier.example(ImageIO.read(png.toFile())), 3)) {
            JsonNode place = told.at("/predictions/0/top").findParents("label").stream()
                    .filter(p -> p.get("label").asInt() == expected.label()).findFirst().orElseThrow();
            assertEquals(expected.score(), place.get("score").floatValue());
        }
        train("vectors");
        assertFailure("picture.png: this classifier takes [8], not an image: give it a .npy file", "predict",
                "--model", folder.resolve("vectors/model.eqs").toString(), "--input", png.toString());
    }

    /** Trained on the middle of scaled pictures, a model is asked about the same middle; and arrays of 0..255 are no pictures to it. */
    @Test
    void aModelTakesPicturesAsItsTrainingDid() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        Path picture = null;
        for (int i = 0; i < 12; i++) {
            BufferedImage image = new BufferedImage(50, 40, BufferedImage.TYPE_3BYTE_BGR);
            for (int k = 0; k < 50 * 40; k++) {
                image.setRGB(k % 50, k / 50, random.nextInt());
            }
            picture = Files.createDirectories(folder.resolve("pictures/" + (i % 2 == 0 ? "cat" : "dog"))).resolve(i + ".png");
            ImageIO.write(image, "png", picture.toFile());
        }
        Outcome trained = run("train", "--data", "folder:" + folder.resolve("pictures") + "@16/24", "--network", "mlp:4", "--dim", "2",
                "--epochs", "1", "--batch", "4", "--out", folder.resolve("run").toString());
        assertEquals(0, trained.code, trained.err);
        Path model = folder.resolve("run/model.eqs");
        Classifier classifier = Classifier.load(model);
        assertEquals(24, classifier.contents().resize());
        byte[] seen = ImageDecoder.read(picture, new ImageSize(16, 24));
        float[] example = classifier.example(ImageIO.read(picture.toFile()));
        for (int i = 0; i < seen.length; i++) {
            assertEquals((seen[i] & 0xFF) / 255f, example[i]);
        }
        example[700] = 200;
        NpyFile.write(folder.resolve("pixels.npy"), example, 1, 16, 16, 3);
        assertFailure("pixels.npy, row 0: value 700 is 200.0, expected samples of 0..1: divide those of 0..255 by 255", "predict",
                "--model", model.toString(), "--input", folder.resolve("pixels.npy").toString());
    }

    @Test
    void theSameSeedGivesTheSameFileOnOneAndTwoThreads() throws IOException {
        train("one");
        assertEquals(0, run("train", "--data", data, "--network", "mlp:16", "--dim", "3",
                "--epochs", "6", "--lr", "0.02", "--batch", "16", "--threads", "2", "--out", folder.resolve("two").toString(), "--json").code);
        assertEquals(-1, Files.mismatch(folder.resolve("one/model.eqs"), folder.resolve("two/model.eqs")));
        train("other", "--seed", "1");
        assertTrue(Files.mismatch(folder.resolve("one/model.eqs"), folder.resolve("other/model.eqs")) >= 0);
    }

    @Test
    void aFinishedRunIsNotOverwritten() {
        train("run");
        Outcome again = train("run");
        assertEquals(1, again.code);
        assertTrue(again.err.contains("already holds a run"), again.err);
    }

    @Test
    void prototypesAreWrittenAndMeasured() throws IOException {
        Path out = folder.resolve("p.npy");
        Outcome made = run("prototypes", "--classes", "12", "--dim", "3", "--out", out.toString(),
                "--plot", folder.resolve("p.png").toString(), "--json");
        assertEquals(0, made.code, made.err);
        JsonNode json = made.json();
        for (String field : new String[] {"uniformity", "max_cos", "mean_max_cos", "apad_degrees", "iterations", "seconds"}) {
            assertTrue(json.get(field).isNumber(), field);
        }
        assertEquals(1 / Math.sqrt(5), json.get("max_cos").asDouble(), 1e-4, "the icosahedron");
        NpyFile file = NpyFile.read(out);
        assertEquals(12, file.shape()[0]);
        assertEquals("float64", file.dtype());
        assertTrue(Files.exists(folder.resolve("p.png")) && Files.exists(folder.resolve("p-points.png")));
        assertEquals(0, run("prototypes", "--classes", "12", "--dim", "3", "--init", out.toString(),
                "--out", folder.resolve("q.npy").toString()).code);
        Outcome apart = run("prototypes", "--classes", "10", "--dim", "3", "--objective", "separation",
                "--restarts", "12", "--slowness", "2", "--polish", "--out", folder.resolve("r.npy").toString(), "--json");
        assertEquals(0.404394325217, apart.json().get("max_cos").asDouble(), 1e-11, "the best known of ten points");
    }

    @Test
    void anAssignmentIsSolved() throws IOException {
        NpyFile.write(folder.resolve("c.npy"), new double[] {4, 1, 3, 2, 0, 5, 3, 2, 2}, 3, 3);
        Outcome solved = run("assign", "--cost", folder.resolve("c.npy").toString(), "--out", folder.resolve("a.npy").toString(),
                "--repeat", "3", "--json");
        assertEquals(0, solved.code, solved.err);
        assertEquals(5.0, solved.json().get("cost").asDouble());
        assertEquals(3, solved.json().get("rows").asInt());
        assertEquals(3, solved.json().get("cols").asInt());
        assertTrue(solved.json().get("seconds").asDouble() >= 0);
        org.junit.jupiter.api.Assertions.assertArrayEquals(new int[] {1, 0, 2}, NpyFile.read(folder.resolve("a.npy")).ints());
        Outcome largest = run("assign", "--cost", folder.resolve("c.npy").toString(),
                "--maximize", "--out", folder.resolve("a.npy").toString(), "--json");
        assertEquals(11.0, largest.json().get("cost").asDouble());
    }

    @Test
    void anAssignmentStartsFromASavedOne() throws IOException {
        double[] costs = new double[400];
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < costs.length; i++) {
            costs[i] = random.nextDouble();
        }
        Path file = folder.resolve("c.npy");
        String out = folder.resolve("a.npy").toString();
        String state = folder.resolve("state.json").toString();
        NpyFile.write(file, costs, 20, 20);
        assertEquals(0, run("assign", "--cost", file.toString(), "--out", out, "--save-state", state).code);
        costs[37] -= 0.5;
        NpyFile.write(file, costs, 20, 20);
        Outcome warm = run("assign", "--cost", file.toString(), "--out", out, "--warm", state, "--json");
        assertEquals(0, warm.code, warm.err);
        assertEquals(run("assign", "--cost", file.toString(), "--out", out, "--json").json().get("cost").asDouble(),
                warm.json().get("cost").asDouble(), 1e-12);
        Path damaged = folder.resolve("damaged.json");
        Files.write(damaged, new byte[] {(byte) 0xFF, '{'});
        assertFailure("damaged.json is not a saved assignment", "assign", "--cost", file.toString(), "--out", out, "--warm", damaged.toString());
        assertFailure("maximised", "assign", "--cost", file.toString(), "--out", out, "--maximize", "--warm", state);
        Files.writeString(folder.resolve("state.json"), "{\"rowDuals\": [1, 2");
        assertFailure("state.json", "assign", "--cost", file.toString(), "--out", out, "--warm", state);
        Files.writeString(folder.resolve("state.json"), "null");
        assertFailure("state.json is not a saved assignment", "assign", "--cost", file.toString(), "--out", out, "--warm", state);
    }

    @Test
    void infoNamesTheBackends() throws IOException {
        JsonNode info = run("info", "--json").json();
        assertTrue(info.get("backend").isTextual() && info.get("lanes").isInt() && info.get("threads").isInt() && info.get("gpu").isBoolean());
        assertEquals("available", info.at("/reasons/ejml").asText());
    }

    @Test
    void benchTellsRates() throws IOException {
        JsonNode rates = run("bench", "--network", "resnet8", "--side", "24", "--batch", "4", "--seconds", "0.05", "--json").json();
        for (String field : new String[] {"train_images_per_s", "infer_images_per_s", "infer_one_image_ms", "peak_rss_mb"}) {
            assertTrue(rates.get(field).asDouble() > 0, field);
        }
        assertTrue(rates.at("/gemm_gflops/1024").asDouble() > 0);
    }

    @Test
    void badUsageExitsWithTwo() {
        assertUsage("dimension is 0", "train", "--data", data, "--dim", "0", "--out", folder.resolve("x").toString());
        assertUsage("unknown network", "train", "--data", data, "--network", "vgg", "--out", folder.resolve("x").toString());
        assertUsage("unknown schedule", "train", "--data", data, "--schedule", "never", "--out", folder.resolve("x").toString());
        assertUsage("--out and --resume", "train", "--data", data);
        assertUsage("cifar100", "train", "--data", "cifar1000:x", "--out", folder.resolve("x").toString());
        assertUsage("Unknown option", "info", "--dataset", "x");
        assertUsage("Which command", new String[0]);
        assertUsage("--threads is 0", "info", "--threads", "0");
        assertUsage("--threads is 100000000, expected 1..1024", "info", "--threads", "100000000");
        assertUsage("expected a file or folder", "train", "--data", data, "--out", "");
        assertUsage("--plot is p.jpg", "prototypes", "--classes", "5", "--dim", "3", "--out", folder.resolve("p.npy").toString(), "--plot", "p.jpg");
        assertUsage("expected two files", "assign", "--cost", "c.npy", "--out", "a", "--save-state", "a");
        assertUsage("--repeat is 2147483647", "assign", "--cost", "c.npy", "--out", "a.npy", "--repeat", "2147483647");
        assertUsage("--dim is 0", "bench", "--network", "resnet8", "--dim", "0");
        assertUsage("epochs is 0", "demo", "--epochs", "0", "--out", folder.resolve("x").toString());
        assertUsage("--backend is \"tpu\"", "info", "--backend", "tpu");
        assertUsage("--repeat is 0", "assign", "--cost", "c.npy", "--out", "a.npy", "--repeat", "0");
        assertUsage("", "prototypes", "--classes", "0", "--dim", "3", "--out", folder.resolve("p.npy").toString());
        assertUsage("", "prototypes", "--classes", "5", "--dim", "0", "--out", folder.resolve("p.npy").toString());
        assertUsage("optimizer is adamw, expected sgd", "train", "--print", "--nesterov");
        assertUsage("--momentum is 0.8", "train", "--print", "--momentum", "0.8");
        assertUsage("expected two files", "assign", "--cost", "c.npy", "--out", "a", "--save-state", "./a");
        assertUsage("--cost and --out are both ./c.npy, expected two files", "assign", "--cost", "c.npy", "--out", "./c.npy");
        assertUsage("--cost and --save-state are both c.npy", "assign", "--cost", "c.npy", "--out", "a", "--save-state", "c.npy");
        assertUsage("--side is 0", "bench", "--network", "resnet8", "--side", "0");
        assertUsage("--seconds is 1.0E10", "bench", "--network", "mlp", "--seconds", "1e10");
        assertUsage("--permutations is 0", "families", "--model", "m", "--data", data, "--permutations", "0");
        assertUsage("--assignment-margin is 0.1, but no label moves", "train", "--print", "--head", "softmax", "--assignment-margin", "0.1");
        assertUsage("--assignment-freeze is 3, but no label moves", "train", "--print",
                "--recipe", "best", "--assignment", "fixed", "--assignment-freeze", "3");
        assertUsage("--assignment-period is 2, but --assignment-steps is 5", "train",
                "--print", "--assignment-period", "2", "--assignment-steps", "5");
        assertUsage("--similarity is free, but assignment is linear", "train", "--print", "--similarity", "free");
        assertUsage("--free-epochs is 2", "train", "--print", "--assignment", "quadratic", "--free-epochs", "2");
        assertEquals(0, run("train", "--print", "--head", "means", "--assignment-period", "2", "--direction-momentum", "0.5").code,
                "class means are taken anew, too");
        assertUsage("slowness: 3", "prototypes", "--classes", "5", "--dim", "3", "--slowness", "3", "--out", folder.resolve("p.npy").toString());
        assertUsage("polish", "prototypes", "--classes", "5", "--dim", "3", "--polish", "--out", folder.resolve("p.npy").toString());
        assertFalse(Files.exists(folder.resolve("x")) || Files.exists(folder.resolve("p.npy")), "bad usage left a file or folder behind");
    }

    /** Neither what a command reads nor another of its results. */
    @Test
    void noFileIsReplacedByAnotherOfTheSameCommand() throws IOException {
        String file = folder.resolve("p.png").toString();
        String model = Files.copy(trainedModel(), folder.resolve("m.npz")).toString();
        String points = folder.resolve("p-points.png").toString();
        assertUsage("--plot and --out are both " + file + ", expected two files", "prototypes", "--classes", "5", "--dim", "3",
                "--out", file, "--plot", file);
        assertUsage("the points of --plot and --out are both " + points, "prototypes", "--classes", "5", "--dim", "3",
                "--out", points, "--plot", file);
        assertFalse(Files.exists(Path.of(file)) || Files.exists(Path.of(points)), "bad usage left a file behind");
        assertEquals(0, run("prototypes", "--classes", "5", "--dim", "4", "--out", points, "--plot", file).code,
                "no points are drawn in 4 dimensions");
        assertKept("--init and --out are both", points, "prototypes", "--classes", "5", "--dim", "4", "--init", points, "--out", points);
        assertKept("--init and --plot are both", points, "prototypes", "--classes", "5", "--dim", "4",
                "--init", points, "--plot", points, "--out", folder.resolve("q.npy").toString());
        assertKept("--model and --to are both", model, "export", "--model", model, "--to", model);
        assertKept("--from and --to are both", folder.resolve("x.npy").toString(), "import", "--from", folder.resolve("x.npy").toString(),
                "--to", folder.resolve("x.npy").toString());
        NpyFile.write(folder.resolve("c.npy"), new double[] {4, 1, 3, 2}, 2, 2);
        String costs = folder.resolve("c.npy").toString();
        String state = folder.resolve("s.json").toString();
        assertEquals(0, run("assign", "--cost", costs, "--out", folder.resolve("a.npy").toString(), "--save-state", state).code);
        assertKept("--warm and --out are both " + state + ", expected two files", state, "assign", "--cost", costs, "--warm", state, "--out", state);
        assertEquals(0, run("assign", "--cost", costs, "--out", folder.resolve("a.npy").toString(), "--warm", state, "--save-state", state).code,
                "one state takes the other's place");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need a privilege there")
    void noFileIsReplacedByALinkToIt() throws IOException {
        String costs = folder.resolve("cc.npy").toString();
        NpyFile.write(Path.of(costs), new double[] {4, 1, 3, 2}, 2, 2);
        String link = Files.createSymbolicLink(folder.resolve("cl.npy"), Path.of("cc.npy")).toString();
        assertKept("--cost and --out are both " + costs + ", expected two files", costs, "assign", "--cost", link, "--out", costs);
        assertKept("--cost and --save-state are both " + costs, costs, "assign", "--cost", link, "--out", "a", "--save-state", costs);
        Files.createSymbolicLink(folder.resolve("here"), folder);
        String plot = folder.resolve("here/p.png").toString();
        assertUsage("--plot and --out are both", "prototypes", "--classes", "5", "--dim", "3",
                "--out", folder.resolve("p.png").toString(), "--plot", plot);
        assertFalse(Files.exists(Path.of(plot)), "bad usage left a file behind");
    }

    private static void assertKept(String expected, String file, String... args) throws IOException {
        byte[] before = Files.readAllBytes(Path.of(file));
        assertUsage(expected, args);
        org.junit.jupiter.api.Assertions.assertArrayEquals(before, Files.readAllBytes(Path.of(file)), file + " was replaced");
    }

    /** Its checkpoint is there, but to go on from it would end in the same way. */
    @Test
    void aRunThatFailedIsNotSaidToBeStopped() throws Exception {
        Path out = folder.resolve("wild");
        Path said = folder.resolve("said.txt");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Dequisphere.relaunch=false",
                "-cp", System.getProperty("java.class.path"), "org.equisphere.cli.Main",
                "train", "--data", data, "--network", "mlp:16", "--dim", "3", "--head", "softmax",
                "--optimizer", "sgd", "--lr", "1e18", "--schedule", "constant", "--batch", "16",
                "--threads", "1", "--checkpoint-steps", "1", "--out", out.toString())
                .redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "the command hangs");
        String text = Files.readString(said);
        assertEquals(1, process.exitValue(), text);
        assertTrue(Files.exists(out.resolve("checkpoint.bin")), "no checkpoint before it diverged");
        assertFalse(text.contains("go on with the same options"), text);
    }

    private static void assertUsage(String expected, String... args) {
        Outcome outcome = run(args);
        assertEquals(2, outcome.code, String.join(" ", args) + ": " + outcome.err);
        assertTrue(outcome.err.contains(expected), outcome.err);
        assertFalse(outcome.err.contains("\tat "), outcome.err);
    }

    @Test
    void failuresExitWithOneAndNameTheFile() throws IOException {
        assertFailure("nothing.npy", "assign", "--cost", folder.resolve("nothing.npy").toString(), "--out", folder.resolve("a.npy").toString());
        NpyFile.write(folder.resolve("nan.npy"), new double[] {1, 2, 3, Double.NaN}, 2, 2);
        assertFailure("NaN", "assign", "--cost", folder.resolve("nan.npy").toString(), "--out", folder.resolve("a.npy").toString());
        Files.write(folder.resolve("bad.eqs"), new byte[100]);
        assertFailure("bad.eqs", "evaluate", "--model", folder.resolve("bad.eqs").toString(), "--data", data);
        assertFailure("nowhere", "train", "--data", "cifar100:" + folder.resolve("nowhere"), "--out", folder.resolve("r").toString());
        Files.writeString(folder.resolve("file"), "in the way");
        assertFailure("file", "train", "--data", data, "--network", "mlp:4", "--dim", "2",
                "--epochs", "1", "--batch", "16", "--out", folder.resolve("file").toString());
        assertFailure("--erasing changes images, but " + data + " holds vectors", "train", "--data", data, "--network", "mlp:4",
                "--dim", "2", "--epochs", "1", "--batch", "16", "--erasing", "0.5", "--out", folder.resolve("erased").toString());
        assertFailure("no checkpoint", "train", "--data", data, "--resume", folder.resolve("empty").toString());
        NpyFile.write(folder.resolve("x.npy"), new float[] {1, Float.NaN, 3, 4}, 2, 2);
        NpyFile.write(folder.resolve("y.npy"), new int[] {0, 1}, 2);
        assertFailure("x.npy", "train", "--data", data, "--network", "mlp:4", "--dim", "2",
                "--epochs", "1", "--batch", "2", "--out", folder.resolve("nanrun").toString());
    }

    /** A folder where a file is expected is named, as everything else is. */
    @Test
    void foldersAreNoFiles() {
        train("run");
        String model = folder.resolve("run/model.eqs").toString();
        String here = folder.toString();
        assertFailure(here + " is a folder", "predict", "--model", here, "--input", folder.resolve("x.npy").toString());
        assertFailure(here + ": content is a folder", "predict", "--model", model, "--input", here);
        assertFailure(here + ": content is a folder", "assign", "--cost", here, "--out", folder.resolve("a.npy").toString());
        assertFailure(here + ": content is a folder", "import", "--from", here, "--to", folder.resolve("p.npy").toString());
        assertFailure(here + ": cannot be written", "prototypes", "--classes", "5", "--dim", "3", "--out", here);
        assertFailure(folder.resolve("none/p.npy") + ": cannot be written: no such folder", "prototypes", "--classes", "5", "--dim", "3", "--out",
                folder.resolve("none/p.npy").toString());
    }

    /** The demo would replace the model. */
    @Test
    void aRunIsNotOverwrittenByTheDemo() throws IOException {
        train("run");
        byte[] model = Files.readAllBytes(folder.resolve("run/model.eqs"));
        assertFailure("holds a run of train", "demo", "--epochs", "1", "--out", folder.resolve("run").toString());
        org.junit.jupiter.api.Assertions.assertArrayEquals(model, Files.readAllBytes(folder.resolve("run/model.eqs")));
    }

    /** A model without its checkpoint is no earlier demo's either, unless it was made from the built-in images; nor is a picture without a model. */
    @Test
    void filesOfOthersAreNotOverwrittenByTheDemo() throws IOException {
        train("run");
        Files.delete(folder.resolve("run/checkpoint.bin"));
        assertFailure(folder.resolve("run/model.eqs") + " is there already", "demo", "--epochs", "1", "--out", folder.resolve("run").toString());
        Files.createDirectories(folder.resolve("album"));
        Files.writeString(folder.resolve("album/curves.png"), "mine");
        assertFailure(folder.resolve("album/curves.png") + " is there already", "demo", "--epochs", "1", "--out", folder.resolve("album").toString());
        assertEquals("mine", Files.readString(folder.resolve("album/curves.png")));
    }

    @Test
    void whatIsNotDefinedIsNullInJson() throws IOException {
        JsonNode one = run("prototypes", "--classes", "1", "--dim", "3", "--out", folder.resolve("p.npy").toString(), "--json").json();
        assertTrue(one.get("max_cos").isNull() && one.get("uniformity").isNull() && one.get("classes").isInt(), one.toString());
    }

    /** As on a full disk: the result is lost, and that is a failure. */
    @Test
    void aResultThatCannotBePrintedIsAFailure() throws IOException {
        StringWriter err = new StringWriter();
        java.io.OutputStream full = new java.io.OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        int code = Main.commandLine().setOut(new PrintWriter(full)).setErr(new PrintWriter(err, true)).execute("info");
        assertEquals(1, code);
        assertTrue(err.toString().contains("standard output cannot be written"), err.toString());
    }

    @Test
    void aWantOfMemoryIsExplained() throws Exception {
        Path said = folder.resolve("said.txt");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dequisphere.relaunch=false", "-Xmx48m", "-cp", System.getProperty("java.class.path"), "org.equisphere.cli.Main",
                "bench", "--network", "resnet32", "--batch", "512", "--seconds", "0.1", "--backend", "ejml")
                .redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "the command hangs");
        String text = Files.readString(said);
        assertEquals(1, process.exitValue(), text);
        assertTrue(text.contains("give Java more with -Xmx") && !text.contains("\tat "), text);
    }

    private static void assertFailure(String expected, String... args) {
        Outcome outcome = run(args);
        assertEquals(1, outcome.code, String.join(" ", args) + ": " + outcome.err);
        assertTrue(outcome.err.contains(expected), outcome.err);
        assertFalse(outcome.err.contains("\tat "), outcome.err);
    }

    /** A server without fonts: fontconfig finds none, and the JDK then cannot draw. */
    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "fonts are found by fontconfig there")
    void withoutFontsPicturesAreLeftOutAndSaidToBe() throws Exception {
        Path none = folder.resolve("fonts.conf");
        Files.writeString(none, "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig></fontconfig>");
        assertPlotLeftOut(Map.of("FONTCONFIG_FILE", none.toString()), "-Djava.awt.headless=true");
    }

    /** A small runtime image need not hold java.desktop. */
    @Test
    void withoutJavaDesktopPicturesAreLeftOutAndSaidToBe() throws Exception {
        String text = assertPlotLeftOut(Map.of(), "--limit-modules=java.base,java.logging,java.xml,java.management,java.sql,jdk.unsupported");
        assertTrue(text.contains("java.desktop"), text);
    }

    /** Runs a command that draws, in a JVM of its own; returns what it said. */
    private String assertPlotLeftOut(Map<String, String> environment, String option) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option, "-Dequisphere.relaunch=false", "-Duser.home=" + folder,
                "-cp", System.getProperty("java.class.path"), "org.equisphere.cli.Main",
                "prototypes", "--classes", "5", "--dim", "3",
                "--out", folder.resolve("p.npy").toString(), "--plot", folder.resolve("p.png").toString());
        builder.environment().putAll(environment);
        Path said = folder.resolve("said.txt");
        Process process = builder.redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "the command hangs");
        String text = Files.readString(said);
        assertEquals(0, process.exitValue(), text);
        assertTrue(text.contains("p.png left out, for this Java runtime cannot draw text"), text);
        assertTrue(Files.exists(folder.resolve("p.npy")) && Files.notExists(folder.resolve("p.png")), text);
        return text;
    }

    @Test
    void aFileNameThatTheLocaleCannotWriteIsExplained() {
        String message = Failures.describe(assertThrows(InvalidPathException.class, () -> Path.of("a\0b")));
        assertTrue(message.contains("LC_ALL=C.UTF-8"), message);
        String ofData = Failures.describe(assertThrows(IOException.class, () -> DataSource.parse("idx:a\0b").open()));
        assertTrue(ofData.contains("LC_ALL=C.UTF-8"), ofData);
        Outcome refused = run("evaluate", "--model", "a\0b", "--data", data);
        assertEquals(2, refused.code());
        assertTrue(refused.err().contains("cannot stand in a file name"), refused.err());
    }
}

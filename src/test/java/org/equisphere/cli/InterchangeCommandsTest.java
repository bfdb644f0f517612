package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.equisphere.data.NpyFile;
import org.equisphere.model.Classifier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class InterchangeCommandsTest {

    private static final Path FILES = Path.of("testdata", "interchange");

    @TempDir
    private Path folder;
    private String data;

    private record Outcome(int code, String out, String err) {
    }

    private static Outcome run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return new Outcome(commandLine.execute(args), out.toString(), err.toString());
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    @BeforeEach
    void writeFeatures() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        float[] x = new float[60 * 5];
        int[] y = new int[60];
        for (int i = 0; i < x.length; i++) {
            y[i / 5] = i / 5 % 3;
            x[i] = (float) ((i % 5 == y[i / 5] ? 2 : 0) + 0.3 * random.nextGaussian());
        }
        NpyFile.write(folder.resolve("x.npy"), x, 60, 5);
        NpyFile.write(folder.resolve("y.npy"), y, 60);
        data = "npy:" + path("x.npy") + "," + path("y.npy");
    }

    private void train(String out, String... more) {
        String[] args = {"train", "--data", data, "--network", "mlp:8", "--dim", "2",
            "--epochs", "3", "--batch", "16", "--threads", "1", "--out", path(out)};
        Outcome outcome = run(Stream.concat(Stream.of(args), Stream.of(more)).toArray(String[]::new));
        assertEquals(0, outcome.code, outcome.err);
    }

    @Test
    void aModelGoesOutAndComesBack() throws IOException {
        train("run");
        String model = path("run/model.eqs");
        for (String name : new String[] {"m.safetensors", "m.npz", "m.onnx"}) {
            Outcome exported = run("export", "--model", model, "--to", path(name), "--json");
            assertEquals(0, exported.code, exported.err);
            assertTrue(exported.out.contains("\"bytes\":" + Files.size(folder.resolve(name))), exported.out);
        }
        Outcome imported = run("import", "--from", path("m.safetensors"), "--to", path("again.eqs"));
        assertEquals(0, imported.code, imported.err);
        float[] example = {1, 2, 3, 4, 5};
        assertArrayEquals(Classifier.load(folder.resolve("run/model.eqs")).scores(example),
                Classifier.load(folder.resolve("again.eqs")).scores(example), 1e-6f);
        Outcome refused = run("import", "--from", path("m.npz"), "--to", path("again.eqs"));
        assertEquals(1, refused.code);
        assertTrue(refused.err.contains("m.npz: no metadata \"labels\""), refused.err);
        assertEquals(2, run("export", "--model", model, "--to", path("m.pth")).code);
        byte[] before = Files.readAllBytes(folder.resolve("m.safetensors"));
        Outcome overwriting = run("import", "--from", path("m.safetensors"), "--to", path("m.safetensors"));
        assertEquals(2, overwriting.code);
        assertTrue(overwriting.err.contains("expected one that ends in .npy for prototypes, or in .eqs"), overwriting.err);
        assertArrayEquals(before, Files.readAllBytes(folder.resolve("m.safetensors")), "a file of another framework became a model");
    }

    @Test
    void aRunStartsFromGivenWeights() throws IOException {
        train("first");
        train("chance", "--seed", "5", "--lr", "1e-9");
        for (String name : new String[] {"first.safetensors", "first.npz"}) {
            assertEquals(0, run("export", "--model", path("first/model.eqs"), "--to", path(name)).code);
            train(name + "-run", "--init", path(name), "--seed", "5", "--lr", "1e-9");
            float[] first = Classifier.load(folder.resolve("first/model.eqs")).contents().learned();
            assertArrayEquals(first, Classifier.load(folder.resolve(name + "-run/model.eqs")).contents().learned(),
                    1e-5f, "a tiny rate leaves what it starts from");
            float[] chance = Classifier.load(folder.resolve("chance/model.eqs")).contents().learned();
            assertTrue(Math.abs(chance[0] - first[0]) > 1e-4, "another seed starts elsewhere");
        }
        Outcome refused = run("train", "--data", data, "--network", "mlp:9", "--dim", "2",
                "--epochs", "1", "--batch", "16", "--init", path("first.npz"), "--out", path("r"));
        assertEquals(1, refused.code);
        assertTrue(refused.err.contains("first.npz: ") && refused.err.contains("hidden.0.weight")
                && refused.err.contains("[8, 5]") && refused.err.contains("[9, 5]"), refused.err);
    }

    /** Learned directions are the model's prototypes, and weights of a run that goes on from them. */
    @Test
    void aLearnedCosineClassifierStartsFromItsModel() throws IOException {
        train("learned", "--head", "normface");
        assertEquals(0, run("export", "--model", path("learned/model.eqs"), "--to", path("l.safetensors")).code);
        for (String init : new String[] {"learned/model.eqs", "l.safetensors"}) {
            train(init + "-run", "--head", "normface", "--init", path(init), "--lr", "1e-9");
            Classifier first = Classifier.load(folder.resolve("learned/model.eqs"));
            Classifier again = Classifier.load(folder.resolve(init + "-run/model.eqs"));
            assertArrayEquals(first.scores(new float[] {1, 2, 3, 4, 5}), again.scores(new float[] {1, 2, 3, 4, 5}), 1e-5f);
        }
    }

    @Test
    void scalarsGoToTensorBoard() throws IOException {
        train("run", "--tensorboard");
        try (Stream<Path> files = Files.list(folder.resolve("run"))) {
            Path events = files.filter(file -> file.getFileName().toString().startsWith("events.out.tfevents.")).findFirst().orElseThrow();
            assertTrue(Files.size(events) > 500, "three epochs of figures");
        }
    }

    @Test
    void publishedPrototypesAreTakenOver() throws IOException {
        Outcome imported = run("import", "--from", FILES.resolve("prototypes.pth").toString(), "--to", path("p.npy"));
        assertEquals(0, imported.code, imported.err);
        assertArrayEquals(new int[] {5, 3}, NpyFile.read(folder.resolve("p.npy")).shape());
        for (String init : new String[] {path("p.npy"), FILES.resolve("prototypes.pth").toString()}) {
            assertEquals(0, run("prototypes", "--classes", "5", "--dim", "3", "--init", init, "--out", path("q.npy")).code);
        }
        assertTrue(run("prototypes", "--classes", "6", "--dim", "3", "--init", path("p.npy"),
                "--out", path("q.npy")).err.contains("5 prototypes of dimension 3, expected 6 of 3"));
        Outcome hostile = run("import", "--from", FILES.resolve("hostile.pth").toString(), "--to", path("p.npy"));
        assertEquals(1, hostile.code);
        assertTrue(hostile.err.contains("nothing is run"), hostile.err);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "train --data synthetic --network resnt20 --out r | did you mean 'resnet20'",
        "train --data synthetic --head dinamic --out r | did you mean 'dynamic'",
        "train --data synthetic --recipe bset --out r | did you mean 'best'",
        "train --data synthetic --recipe cifar10-lt-paper --out r | did you mean 'cifar10lt-paper'",
        "train --data synthetic --prototypes unifrmity --out r | did you mean 'uniformity'",
        "train --data syntetic --out r | did you mean 'synthetic",
        "train --data synthetic --epocs 3 --out r | '--epochs'",
        "trian --data synthetic | train",
        "info --backend vectr | did you mean 'vector'",
        "bench --network resnet33 | did you mean 'resnet32'",
        "prototypes --classes 3 --dim 2 --objective separaton --out p | did you mean 'separation'"})
    void theNearestValidWordIsProposed(String command, String proposal) {
        Outcome outcome = run(command.strip().split(" "));
        assertEquals(2, outcome.code);
        assertTrue(outcome.err.contains(proposal.strip()), outcome.err);
    }

    @Test
    void theStartScriptGivesTheJvmItsOptions() throws IOException, InterruptedException {
        Path home = Files.createDirectories(folder.resolve("a home/bin")).getParent();
        Path dist = Files.createDirectories(folder.resolve("dist ü"));
        Path script = Files.copy(Path.of("src/main/dist/equisphere"), dist.resolve("equisphere"), java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        assertTrue(Files.isExecutable(script), "the script is executable");
        Path java = home.resolve("bin/java");
        Files.writeString(java, "#!/bin/sh\n[ \"$1\" = -version ] && { echo 'openjdk version \"25.0.1\"' >&2; exit; }\n"
                + "for a in \"$@\"; do echo \"<$a>\"; done\n");
        assertTrue(java.toFile().setExecutable(true));
        ProcessBuilder builder = new ProcessBuilder(script.toString(), "info", "two words").redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", home.toString());
        assertTrue(output(builder).contains("no equisphere-cli.jar"));
        Files.createFile(dist.resolve("equisphere-cli.jar"));
        String started = output(builder);
        assertTrue(started.contains("<--add-modules>\n<jdk.incubator.vector>\n<--enable-native-access=ALL-UNNAMED>\n")
                && started.contains("\n<-jar>\n") && started.endsWith("<info>\n<two words>\n"), started);
    }

    private static String output(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}

package org.equisphere.interchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.equisphere.data.Normalization;
import org.equisphere.model.Classifier;
import org.equisphere.model.ModelContents;
import org.equisphere.model.Readout;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateDictTest {

    private static final float CLOSE = 1e-4f;

    @TempDir
    private Path folder;

    /** A classifier with drawn weights; running averages away from 0 and 1. */
    static Classifier classifier(String network, int[] inputShape, int d, int labels, int prototypes) {
        try (Backend backend = Backends.host(1)) {
            Weights weights = Architecture.parse(network).build(inputShape, d).initialise(backend, 3);
            float[] statistics = weights.statistics().toArray();
            for (int i = 0; i < statistics.length; i++) {
                statistics[i] += 0.3f * (float) Math.sin(i);
            }
            weights.statistics().set(statistics);
            List<String> names = new ArrayList<>();
            int[] assignment = new int[labels];
            for (int label = 0; label < labels; label++) {
                names.add("label \"" + label + "\"");
                assignment[label] = (3 * label + 1) % prototypes;
            }
            int channels = inputShape[inputShape.length - 1];
            float[] mean = new float[channels];
            float[] deviation = new float[channels];
            for (int c = 0; c < channels; c++) {
                mean[c] = 0.4f + 0.01f * c;
                deviation[c] = 0.2f + 0.01f * c;
            }
            return Classifier.builder(Architecture.parse(network), weights, names)
                    .nearest(new PrototypeOptimizer(prototypes, d).seed(1).optimize().prototypes(), assignment)
                    .normalization(new Normalization(mean, deviation)).provenance(Map.of("seed", "3")).build();
        }
    }

    static float[] example(Classifier classifier, int stream) {
        float[] example = new float[org.equisphere.tensor.Tensor.sizeOf(classifier.contents().inputShape())];
        for (int i = 0; i < example.length; i++) {
            example[i] = (float) (0.5 + 0.5 * Math.sin(i * 0.37 + stream));
        }
        return example;
    }

    /** resnet8.safetensors and the scores are PyTorch's: make_interchange.py. */
    @Test
    void aNetworkOfPyTorchGivesPyTorchsScores() throws IOException {
        TensorArchive pyTorch = TensorArchive.read(TensorArchiveTest.FILES.resolve("resnet8.safetensors"));
        Map<String, String> metadata = new HashMap<>(Map.of("architecture", "resnet8",
                "input_shape", "[12, 12, 3]", "dimension", "10", "labels", "a\nb\nc\nd\ne\nf\ng"));
        Classifier classifier = StateDict.classifier(new TensorArchive(pyTorch.tensors(), metadata));
        Map<String, NamedTensor> golden = TensorArchive.read(TensorArchiveTest.FILES.resolve("resnet8.npz")).byName();
        float[] x = golden.get("x").values();
        for (int i = 0; i < 2; i++) {
            float[] example = java.util.Arrays.copyOfRange(x, i * 432, (i + 1) * 432);
            assertArrayEquals(java.util.Arrays.copyOfRange(golden.get("scores").values(), i * 7, (i + 1) * 7), classifier.scores(example), CLOSE);
            assertArrayEquals(java.util.Arrays.copyOfRange(golden.get("embedding").values(), i * 10, (i + 1) * 10), classifier.embed(example), CLOSE);
        }
        Map<String, NamedTensor> exported = StateDict.of(classifier.contents()).byName();
        for (NamedTensor theirs : pyTorch.tensors()) {
            assertArrayEquals(theirs.shape(), exported.get(theirs.name()).shape(), theirs.name());
            assertArrayEquals(theirs.values(), exported.get(theirs.name()).values(), theirs.name().equals("prototypes") ? 2e-4f : 0, theirs.name());
        }
        assertEquals(pyTorch.tensors().size(), exported.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"resnet8", "resnet14x2-1x1", "resnet8-free+norm", "swin-micro", "mlp:9,5", "mlp"})
    void aClassifierGoesOutAndComesBack(String network) throws IOException {
        Classifier before = classifier(network, network.startsWith("mlp") ? new int[] {6} : new int[] {9, 8, 3}, 4, 5, 8);
        Path file = folder.resolve("a.safetensors");
        StateDict.of(before.contents()).write(file);
        Classifier after = StateDict.classifier(TensorArchive.read(file));
        assertArrayEquals(before.scores(example(before, 1)), after.scores(example(after, 1)), 1e-6f);
        assertArrayEquals(before.contents().learned(), after.contents().learned(), "weights are kept to the last bit");
        assertArrayEquals(before.contents().statistics(), after.contents().statistics());
        assertEquals(before.labelNames(), after.labelNames());
        assertEquals(before.provenance(), after.provenance());
        assertEquals(8, ((org.equisphere.model.Readout.Nearest) after.contents().readout()).prototypes().count(), "free prototypes stay");
    }

    /** The same classifier, its scores inner products at temperature 0.2. */
    static Classifier inner(Classifier cosines) {
        ModelContents c = cosines.contents();
        Readout.Nearest nearest = (Readout.Nearest) c.readout();
        return Classifier.of(new ModelContents(c.architecture(), c.inputShape(), c.dimension(), c.labelNames(), c.normalization(),
                new Readout.Nearest(nearest.prototypes(), nearest.prototypeOfLabel(), false), c.learned(), c.statistics(), c.provenance()))
                .withTemperature(0.2);
    }

    @Test
    void innerProductsGoOutAndComeBack() throws IOException {
        Classifier cosines = classifier("mlp:9", new int[] {6}, 4, 5, 8);
        Classifier before = inner(cosines);
        Path file = folder.resolve("a.safetensors");
        StateDict.of(before.contents()).write(file);
        Classifier after = StateDict.classifier(TensorArchive.read(file));
        assertArrayEquals(before.scores(example(before, 1)), after.scores(example(after, 1)), 1e-6f);
        assertTrue(Math.abs(before.scores(example(before, 1))[0] - cosines.scores(example(before, 1))[0]) > 1e-3, "cosines would pass, too");
        assertArrayEquals(before.probabilities(example(before, 1)), after.probabilities(example(after, 1)), 1e-6);
    }

    /** torchvision keeps the table of a window's relative places as [places, heads], though it has two dimensions. */
    @Test
    void tablesAreNotTurned() {
        Classifier swin = classifier("swin-micro", new int[] {16, 16, 3}, 4, 5, 8);
        Map<String, NamedTensor> exported = StateDict.of(swin.contents()).byName();
        assertArrayEquals(new int[] {49, 2}, exported.get("features.1.0.attn.relative_position_bias_table").shape());
        assertArrayEquals(new int[] {96, 32}, exported.get("features.1.0.attn.qkv.weight").shape());
        assertArrayEquals(new int[] {32, 3, 4, 4}, exported.get("features.0.0.weight").shape());
    }

    @Test
    void whatDoesNotFitIsNamed() throws IOException {
        TensorArchive archive = StateDict.of(classifier("resnet8", new int[] {9, 8, 3}, 4, 5, 5).contents());
        try (Backend backend = Backends.host(1)) {
            Weights wider = Architecture.parse("resnet8").build(new int[] {9, 8, 3}, 6).initialise(backend, 0);
            refuses(() -> StateDict.load(archive, wider), "fc.weight", "[4, 64]", "[6, 64]");
            Weights deeper = Architecture.parse("resnet14").build(new int[] {9, 8, 3}, 4).initialise(backend, 0);
            float[] before = deeper.learned().toArray();
            refuses(() -> StateDict.load(archive, deeper), "layer1.1.conv1.weight", "missing");
            assertArrayEquals(before, deeper.learned().toArray(), "left as they were");
        }
        refuses(() -> StateDict.classifier(new TensorArchive(archive.tensors(), Map.of())), "labels");
        Map<String, String> huge = new HashMap<>(archive.metadata());
        huge.put("architecture", "mlp:40000,50000");
        refuses(() -> StateDict.classifier(new TensorArchive(archive.tensors(), huge)), "numbers in all");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "module.", "_orig_mod.module.", "state_dict.", "backbone.encoder."})
    void whatStandsBeforeAllNamesIsPassedOver(String prefix) {
        Classifier before = classifier("mlp:4", new int[] {6}, 3, 2, 2);
        try (Backend backend = Backends.host(1)) {
            Weights weights = before.contents().network().initialise(backend, 9);
            StateDict.load(new TensorArchive(under(before, prefix), Map.of()), weights);
            assertArrayEquals(before.contents().learned(), weights.learned().toArray());
        }
    }

    @Test
    void aNetworkUnderItsOwnNamesComesBeforeItsCopies() {
        Classifier before = classifier("mlp:4", new int[] {6}, 3, 2, 2);
        List<NamedTensor> both = new ArrayList<>(under(before, "average."));
        both.replaceAll(t -> new NamedTensor(t.name(), t.shape(), new float[t.values().length]));
        both.addAll(under(before, ""));
        try (Backend backend = Backends.host(1)) {
            Weights weights = before.contents().network().initialise(backend, 9);
            StateDict.load(new TensorArchive(both, Map.of()), weights);
            assertArrayEquals(before.contents().learned(), weights.learned().toArray());
        }
    }

    @Test
    void refusesSeveralNetworksAndNamesWhatIsMissingOfOne() {
        Classifier before = classifier("mlp:4", new int[] {6}, 3, 2, 2);
        List<NamedTensor> two = new ArrayList<>(under(before, "student."));
        two.addAll(under(before, "teacher."));
        List<NamedTensor> most = new ArrayList<>(under(before, "module."));
        String missing = before.contents().network().parameters().get(1).name();
        most.removeIf(t -> t.name().equals("module." + missing));
        try (Backend backend = Backends.host(1)) {
            Weights weights = before.contents().network().initialise(backend, 9);
            float[] kept = weights.learned().toArray();
            refuses(() -> StateDict.load(new TensorArchive(two, Map.of()), weights), "2 such networks", "student.", "teacher.");
            refuses(() -> StateDict.load(new TensorArchive(most, Map.of()), weights), '"' + missing + "\" is missing");
            assertArrayEquals(kept, weights.learned().toArray());
        }
    }

    private static List<NamedTensor> under(Classifier classifier, String prefix) {
        return StateDict.of(classifier.contents()).tensors().stream().map(t -> new NamedTensor(prefix + t.name(), t.shape(), t.values())).toList();
    }

    /** One name a line; where a name has lines of its own, another character parts them. */
    @Test
    void namesWithLineBreaksAreTheSameAfterwards() throws IOException {
        Classifier plain = classifier("mlp:4", new int[] {6}, 3, 4, 4);
        assertFalse(StateDict.of(plain.contents()).metadata().containsKey("labels_separator"));
        for (List<String> names : List.of(List.of("a\nb", "c", "", "d"), List.of("\t", "\n", "\u000b\f\r", "\u0001\"\\"),
                List.of("", "", "", "\n"))) {
            ModelContents c = plain.contents();
            Classifier odd = Classifier.of(new ModelContents(c.architecture(), c.inputShape(), c.dimension(), names, c.normalization(), c.readout(),
                    c.learned(), c.statistics(), c.provenance()));
            Path file = folder.resolve("odd.safetensors");
            StateDict.of(odd.contents()).write(file);
            assertEquals(names, StateDict.classifier(TensorArchive.read(file)).labelNames());
        }
    }

    @Test
    void aModelFileIsAnArchiveToo() throws IOException {
        Classifier classifier = classifier("mlp:4", new int[] {6}, 3, 2, 2);
        Path file = folder.resolve("model.eqs");
        classifier.save(file);
        assertEquals(StateDict.of(classifier.contents()).tensors().toString(), TensorArchive.read(file).tensors().toString());
        assertTrue(Files.size(file) > 0);
    }

    private static void refuses(org.junit.jupiter.api.function.Executable action, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, action).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }
}

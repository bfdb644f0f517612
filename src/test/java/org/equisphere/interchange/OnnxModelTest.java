package org.equisphere.interchange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.equisphere.model.Classifier;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Dense;
import org.equisphere.nn.Weights;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ONNX Runtime computes from our files. */
class OnnxModelTest {

    private static final float CLOSE = 1e-4f;
    private static final int BATCH = 3;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"resnet8", "resnet14-1x1", "resnet8-free", "resnet8x2+norm",
        "mlp:9,5", "mlp", "mlp:7 on images", "mlp+norm", "resnet18", "swin-micro"})
    void onnxRuntimeGivesOurScores(String name) throws IOException, OrtException {
        boolean images = name.startsWith("resnet") || name.startsWith("swin") || name.endsWith("images");
        compare(StateDictTest.classifier(name.replace(" on images", ""),
                images ? name.startsWith("swin") ? new int[] {21, 33, 3} : new int[] {9, 8, 3} : new int[] {6}, 4, 5, 8), true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"resnet8", "mlp:9,5", "mlp+norm"})
    void innerProductsAreScoresThereToo(String name) throws IOException, OrtException {
        compare(StateDictTest.inner(StateDictTest.classifier(name, name.startsWith("mlp") ? new int[] {6} : new int[] {9, 8, 3}, 4, 5, 8)), true);
    }

    @Test
    void aSoftmaxClassifierGivesLogits() throws IOException, OrtException {
        try (Backend backend = Backends.host(1)) {
            Architecture architecture = Architecture.parse("mlp:7");
            Weights weights = architecture.build(new int[] {6}, 4).append(new Dense("classifier", 3, false)).initialise(backend, 2);
            compare(Classifier.builder(architecture, weights, List.of("a", "b", "c")).softmax(4).build(), false);
        }
    }

    private void compare(Classifier classifier, boolean embeds) throws IOException, OrtException {
        Path file = folder.resolve("model.onnx");
        OnnxModel.write(classifier, file);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(batch(classifier)), shape(classifier));
                OrtSession.Result result = session.run(Map.of("input", input))) {
            float[][] scores = (float[][]) result.get("scores").orElseThrow().getValue();
            assertEquals(BATCH, scores.length);
            for (int i = 0; i < BATCH; i++) {
                assertArrayEquals(classifier.scores(StateDictTest.example(classifier, i)), scores[i], CLOSE);
                if (embeds) {
                    float[][] embedding = (float[][]) result.get("embedding").orElseThrow().getValue();
                    assertArrayEquals(classifier.embed(StateDictTest.example(classifier, i)), embedding[i], CLOSE);
                }
            }
            double temperature = Double.parseDouble(session.getMetadata().getCustomMetadata().get("confidence_temperature"));
            double[] weights = IntStream.range(0, scores[0].length).mapToDouble(label -> Math.exp(scores[0][label] / temperature)).toArray();
            double sum = Arrays.stream(weights).sum();
            assertArrayEquals(classifier.probabilities(StateDictTest.example(classifier, 0)), Arrays.stream(weights).map(w -> w / sum).toArray(),
                    CLOSE / temperature);
            assertEquals(String.join("\n", classifier.labelNames()), session.getMetadata().getCustomMetadata().get("labels"));
        }
    }

    private static long[] shape(Classifier classifier) {
        int[] s = classifier.contents().inputShape();
        return s.length == 3 ? new long[] {BATCH, s[2], s[0], s[1]} : new long[] {BATCH, s[0]};
    }

    /** A name with a line break is not two names. */
    @Test
    void namesWithLineBreaksAreTold() throws IOException, OrtException {
        try (Backend backend = Backends.host(1)) {
            Architecture architecture = Architecture.parse("mlp");
            Weights weights = architecture.build(new int[] {6}, 4).append(new Dense("classifier", 3, false)).initialise(backend, 2);
            OnnxModel.write(Classifier.builder(architecture, weights, List.of("a\nb", "c", "d")).softmax(4).build(), folder.resolve("model.onnx"));
        }
        try (OrtSession session = OrtEnvironment.getEnvironment().createSession(folder.resolve("model.onnx").toString())) {
            Map<String, String> metadata = session.getMetadata().getCustomMetadata();
            assertEquals("\t", metadata.get("labels_separator"));
            assertEquals("a\nb\tc\td", metadata.get("labels"));
        }
    }

    /** Examples one after the other, images with the channels first. */
    private static float[] batch(Classifier classifier) {
        int[] s = classifier.contents().inputShape();
        int channels = s.length == 3 ? s[2] : 1;
        float[] one = StateDictTest.example(classifier, 0);
        float[] all = new float[BATCH * one.length];
        for (int i = 0; i < BATCH; i++) {
            float[] example = StateDictTest.example(classifier, i);
            int positions = example.length / channels;
            for (int k = 0; k < example.length; k++) {
                all[i * example.length + k % channels * positions + k / channels] = example[k];
            }
        }
        assertEquals(BATCH * Arrays.stream(s).reduce(1, (a, b) -> a * b), all.length);
        return all;
    }
}

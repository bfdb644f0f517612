package org.equisphere.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Model files of every version so far, kept for good in testdata/model, written by a program of its own from the description of the format. */
class ModelCompatibilityTest {

    private static final Path KEPT = Path.of("testdata/model");

    @TempDir
    private Path folder;

    static Stream<JsonNode> keptModels() throws IOException {
        return Stream.concat(models("version1.json"), models("inner-products.json"));
    }

    private static Stream<JsonNode> models(String list) throws IOException {
        return StreamSupport.stream(new ObjectMapper().readTree(KEPT.resolve(list).toFile()).get("models").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("keptModels")
    void everyKeptModelAnswersAsItDid(JsonNode kept) throws IOException {
        Path file = plain(kept.get("file").asText());
        Classifier classifier = Classifier.load(file);
        float[] input = floats(kept.get("input"));
        assertArrayEquals(floats(kept.get("scores")), classifier.scores(input), 2e-6f);
        if (kept.has("embedding")) {
            assertArrayEquals(floats(kept.get("embedding")), classifier.embed(input), 2e-6f);
        }
        boolean softmax = classifier.contents().readout() instanceof Readout.Softmax;
        double temperature = kept.has("temperature") ? kept.get("temperature").asDouble() : softmax ? 1 : 0.07;
        assertEquals(temperature, classifier.contents().temperature(), "where nothing is said, the first rule");
        if (kept.has("probabilities")) {
            assertArrayEquals(doubles(kept.get("probabilities")), classifier.probabilities(input), 2e-6);
        }
        assertEquals(StreamSupport.stream(kept.get("labels").spliterator(), false).map(JsonNode::asText).toList(), classifier.labelNames());
        Path again = folder.resolve("again.eqs");
        classifier.save(again);
        assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(again), "version 1 is written as it was read");
    }

    private Path plain(String name) throws IOException {
        Path plain = folder.resolve("kept.eqs");
        try (InputStream in = Files.newInputStream(KEPT.resolve(name)); InputStream unpacked = name.endsWith(".gz") ? new GZIPInputStream(in) : in) {
            Files.write(plain, unpacked.readAllBytes());
        }
        return plain;
    }

    private static double[] doubles(JsonNode values) {
        return StreamSupport.stream(values.spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
    }

    private static float[] floats(JsonNode values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values.get(i).asDouble();
        }
        return floats;
    }

    /** A tiny file with a right digest may not make the reader build, or take memory for, what it claims. */
    @ParameterizedTest
    @ValueSource(strings = {"resnet999998", "resnet9998x999999", "resnet8x999999", "mlp:999999999,999999999", "mlp:0", "", "resnet20\0"})
    void aHostileArchitectureIsRefused(String architecture) throws Exception {
        assertRefused(architecture, 1 << 12, 1 << 12, 3);
    }

    @Test
    void aHostileInputShapeIsRefused() throws Exception {
        assertRefused("resnet8", 1 << 20, 1 << 20, 3);
        assertRefused("resnet8", Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE);
        assertRefused("mlp", 0, 4, 3);
        assertRefused("mlp", -5, 4, 3);
    }

    private void assertRefused(String architecture, int... shape) throws Exception {
        byte[] text = architecture.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN).put("EQUISPHR".getBytes(StandardCharsets.US_ASCII)).putInt(1)
                .putInt(text.length).put(text).putInt(shape.length);
        Arrays.stream(shape).forEach(body::putInt);
        body.putInt(2).putInt(1).putInt(1).put((byte) 'a').putInt(0).putInt(0).putInt(1).putInt(0).putInt(0).putInt(0);
        byte[] content = Arrays.copyOf(body.array(), body.position());
        Path file = folder.resolve("hostile.eqs");
        Files.write(file, content);
        Files.write(file, MessageDigest.getInstance("SHA-256").digest(content), java.nio.file.StandardOpenOption.APPEND);
        long start = System.nanoTime();
        String message = assertThrows(ModelFormatException.class, () -> Classifier.load(file)).getMessage();
        assertTrue(message.contains("hostile.eqs"), message);
        assertTrue(System.nanoTime() - start < 2e9, "took long");
    }
}

package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Names and outputs of ImageNet's residual networks and Swin transformers against PyTorch in double: testdata/nn/deep.py. */
class PyTorchDeepTest {

    /** Relative, float against double: several times the worst found. */
    private static final double TOLERANCE = 1e-5;

    private static final Backend BACKEND = Backends.host(2);

    @AfterAll
    static void close() {
        BACKEND.close();
    }

    static Stream<Arguments> cases() {
        return StreamSupport.stream(Golden.json("deep.json").get("cases").spliterator(), false).map(c -> Arguments.of(c.get("network").asText(), c));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void givesWhatPyTorchGives(String name, JsonNode golden) {
        int batch = golden.get("batch").intValue();
        int height = golden.get("height").intValue();
        int width = golden.get("width").intValue();
        Network network = Architecture.parse(name).build(new int[] {height, width, 3}, golden.get("outputs").intValue());
        assertEquals(golden.get("tensors").intValue(), network.parameters().size() + network.statistics().size());
        assertEquals(golden.get("namesCrc32").longValue(), crc32(Stream.concat(network.parameters().stream(), network.statistics().stream())
                .map(Parameter::name).sorted().collect(Collectors.joining("\n"))), "names");
        Weights weights = network.initialise(BACKEND, 0);
        network.parameters().forEach(p -> start(p, weights.get(p.name())));
        network.statistics().forEach(p -> start(p, weights.get(p.name())));
        InferencePass pass = new InferencePass(weights, batch);
        pass.input().set(PyTorchLayout.images(Draws.floats(1, batch * 3 * height * width, 1, 0), batch, 3, height, width));
        pass.forward();
        Golden.assertClose(name, Golden.doubles(golden.get("output")), pass.output().toArray(), TOLERANCE);
    }

    /** Values share memory: of what all signals together would take, less than a tenth is planned. */
    @Test
    void predictionWithSwinTFitsIn32Megabytes() {
        Network network = Architecture.parse("swin-t").build(new int[] {224, 224, 3}, 16);
        InferencePass pass = new InferencePass(network.initialise(BACKEND, 0), 1);
        assertTrue(pass.plannedNumbers() * Float.BYTES <= 32 << 20, pass.plannedNumbers() + " numbers");
        assertTrue(pass.plannedNumbers() >= 224 * 224 * 3 + 56 * 56 * (96 + 384), pass.plannedNumbers() + " numbers");
    }

    private static long crc32(String text) {
        CRC32 sum = new CRC32();
        sum.update(text.getBytes(StandardCharsets.UTF_8));
        return sum.getValue();
    }

    /** Draws a tensor as PyTorch's side did, from the stream that its name gives. */
    private static void start(Parameter p, Tensor tensor) {
        int[] shape = p.shape();
        int outputs = shape[shape.length - 1];
        boolean many = shape.length > 1;
        double scale = p.name().endsWith("running_var") || p.name().endsWith("bias_table") ? 0.5
                : many ? Math.sqrt(3.0 * outputs / p.size()) : p.name().endsWith("weight") ? 0.2 : 0.1;
        double shift = !many && (p.name().endsWith("weight") || p.name().endsWith("running_var")) ? 1 : 0;
        float[] drawn = Draws.floats((int) crc32(p.name()) & 0x7FFFFFFF, p.size(), scale, shift);
        tensor.set(p.linear() ? PyTorchLayout.toHere(drawn, places(shape)) : drawn);
    }

    private static int[] places(int[] shape) {
        return shape.length == 4 ? PyTorchLayout.places(shape[3], shape[2], shape[0], shape[1]) : PyTorchLayout.places(shape[1], shape[0]);
    }
}

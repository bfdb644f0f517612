package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.equisphere.interchange.NamedTensor;
import org.equisphere.interchange.StateDict;
import org.equisphere.interchange.TensorArchive;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Descriptions of networks: sizes, names, texts, weights, and what they refuse. */
class NetworkTest {

    private static final Backend BACKEND = Backends.open("ejml", 1);
    private static final int[] IMAGES = {32, 32, 3};

    @AfterAll
    static void close() {
        BACKEND.close();
    }

    /** He et al. 2016, table 6, counts 0.27 M parameters for ResNet-20 and 0.46 M for ResNet-32, both with option A. */
    @ParameterizedTest
    @CsvSource({"resnet20-free, 10, 269722", "resnet32-free, 10, 464154", "resnet8, 10, 98522", "resnet8-1x1, 10, 78042",
        "resnet8x2-free, 10, 298026", "mlp, 10, 30730", "mlp:20, 10, 61670", "mlp:20+norm, 10, 61690",
        "resnet50-3x3, 10, 779034"})
    void countsParameters(String text, int outputs, int expected) {
        Network network = Architecture.parse(text).build(IMAGES, outputs);
        assertEquals(expected, network.parameterCount());
        assertArrayEquals(new int[] {outputs}, network.outputShape());
        assertArrayEquals(IMAGES, network.inputShape());
    }

    /** Counts that torchvision tells of its networks with 1000 classes. */
    @ParameterizedTest
    @CsvSource({"resnet18, 11689512", "resnet34, 21797672", "resnet50, 25557032", "resnet101, 44549160", "resnet152, 60192808",
        "swin-t, 28288354", "swin-s, 49606258", "swin-b, 87768224"})
    void countsParametersAsTorchvisionDoes(String text, int expected) {
        assertEquals(expected, Architecture.parse(text).build(new int[] {224, 224, 3}, 1000).parameterCount());
    }

    @Test
    void layersOutOneAfterTheOther() {
        Network network = Architecture.parse("resnet14+norm").build(IMAGES, 10);
        for (List<Parameter> kind : List.of(network.parameters(), network.statistics())) {
            int at = 0;
            for (Parameter p : kind) {
                assertEquals(at, p.offset());
                at += p.size();
            }
        }
        Set<String> names = Stream.concat(network.parameters().stream(), network.statistics().stream())
                .map(Parameter::name).collect(Collectors.toSet());
        assertEquals(network.parameters().size() + network.statistics().size(), names.size());
        assertTrue(names.containsAll(Set.of("conv1.weight", "bn1.running_var", "layer1.1.conv2.weight", "layer2.0.downsample.0.weight",
                "layer3.0.downsample.1.running_mean", "layer3.1.bn1.bias", "fc.bias", "norm.weight")));
    }

    @Test
    void aDescriptionCannotBeChanged() {
        Network network = Architecture.parse("mlp").build(new int[] {4}, 2);
        network.parameters().get(0).shape()[0] = 9;
        network.inputShape()[0] = 9;
        network.outputShape()[0] = 9;
        assertEquals("fc.weight[4, 2]", network.parameters().get(0).toString());
        assertEquals(10, network.initialise(BACKEND, 1).learned().size());
        assertArrayEquals(new int[] {4}, network.inputShape());
        assertArrayEquals(new int[] {2}, network.outputShape());
    }

    @ParameterizedTest
    @CsvSource({"ResNet20, resnet20", "' resnet32x2-FREE ', resnet32x2-free", "'mlp: 512, 256', 'mlp:512,256'", "mlp+norm, mlp+norm",
        "resnet8-3x3, resnet8-3x3", "Swin-T+norm, swin-t+norm", "resnet18x2, resnet18x2"})
    void readsTexts(String text, String expected) {
        assertEquals(expected, Architecture.parse(text).toString());
    }

    @ParameterizedTest
    @CsvSource({"''", "resnet", "resnet20-", "resnet20-5x5", "resnet20x", "resnet-20", "mlp:", "'mlp:5,'", "mlp:-5", "vgg16", "resnet20+", "+norm",
        "resnet20+norm+norm", "mlp:99999999999", "swin", "swin-l", "swin-t-free", "resnet18x"})
    void refusesUnknownTexts(String text) {
        assertEquals("unknown network \"" + text + "\", expected resnet<6k+2>, resnet<6k+2>x<width> (with -free or -1x1 for another shortcut), "
                + "resnet18, 34, 50, 101 or 152 (with x<width>), swin-t, swin-s, swin-b, "
                + "swin-micro or mlp:<width>,<width>,..., and +norm behind to normalise the embedding", message(() -> Architecture.parse(text)));
    }

    @Test
    void refusesImpossibleSizes() {
        String depths = ", expected 6k + 2: 8, 14, 20, 26, 32, 44, 56, 110, ... up to 9998";
        assertEquals("network \"resnet19\": depth is 19" + depths, message(() -> Architecture.parse("resnet19")));
        assertEquals("network \"resnet18-3x3\": depth is 18" + depths, message(() -> Architecture.parse("resnet18-3x3")));
        assertEquals("network \"resnet50x0\": width is 0, expected at least 1", message(() -> Architecture.parse("resnet50x0")));
        assertEquals("depth is 20, expected 18, 34, 50, 101 or 152", message(() -> ResNet.ofImageNet(IMAGES, 20, 1, 10)));
        assertEquals("depth is 2" + depths, message(() -> ResNet.of(IMAGES, 2, 1, ResidualBlock.Shortcut.PARAMETER_FREE, 10)));
        assertEquals("network \"resnet20x0\": width is 0, expected at least 1", message(() -> Architecture.parse("resnet20x0")));
        assertEquals("network \"mlp:5,0\": hidden width is 0, expected at least 1", message(() -> Architecture.parse("mlp:5,0")));
        assertEquals("layer fc: outputs is 0, expected at least 1", message(() -> Architecture.parse("mlp").build(IMAGES, 0)));
        assertEquals("input shape is [4, 0], expected positive dimensions", message(() -> Architecture.parse("mlp").build(new int[] {4, 0}, 2)));
        assertEquals("the network has 2199999978 parameters and more, expected less than 2^31",
                message(() -> Architecture.parse("mlp:99999999").build(new int[] {21}, 2)));
        assertEquals("input shape is [], expected positive dimensions", message(() -> Architecture.parse("mlp").build(new int[0], 2)));
    }

    @Test
    void refusesInputsThatDoNotFit() {
        assertTrue(message(() -> Architecture.parse("swin-t").build(new int[] {3, 9, 3}, 2))
                .startsWith("layer features.0.0: impossible convolution"));
        assertEquals("layer a needs tokens {height, width, channels} with channels a multiple of 2 heads, got [4, 4, 3]",
                message(() -> new Network(new int[] {4, 4, 3}, List.of(new ShiftedWindowAttention("a", 2, 3, 0)))));
        assertEquals("layer a needs tokens {height, width, channels}, got [7]",
                message(() -> new Network(new int[] {7}, List.of(new PatchMerging("a")))));
        assertEquals("max pooling needs images {height, width, channels}, got [7]",
                message(() -> new Network(new int[] {7}, List.of(new MaxPool(3, 2, 1)))));
        assertEquals("a branch gives [3], expected [7] to add",
                message(() -> new Network(new int[] {7}, List.of(new Residual(List.of(new Dense("a", 3, false)), 0)))));
        assertEquals("a branch has no layers, expected at least one", message(() -> new Residual(List.of(), 0)));
        assertEquals("probability of leaving a branch out is 1.0, expected 0 up to, not including, 1",
                message(() -> new Residual(List.of(new Gelu()), 1)));
        assertEquals("layer a has a bias, expected none before a batch normalisation",
                message(() -> new ConvNorm(new Conv("a", 2, 3, 1, 1, true), new BatchNorm("b", true))));
        assertEquals("layer conv1 needs images {height, width, channels}, got [7]",
                message(() -> Architecture.parse("resnet8").build(new int[] {7}, 2)));
        assertEquals("global average pooling needs images {height, width, channels}, got [7]",
                message(() -> new Network(new int[] {7}, List.of(new GlobalAveragePool()))));
        assertEquals("block a: a parameter-free shortcut cannot go from [4, 4, 3] to 2 channels", message(() -> new Network(new int[] {4, 4, 3},
                List.of(new ResidualBlock("a", 2, 1, ResidualBlock.Shortcut.PARAMETER_FREE)))));
        assertEquals("two parameters are named \"a.weight\"",
                message(() -> new Network(new int[] {7}, List.of(new Dense("a", 2, true), new Dense("a", 2, true)))));
        assertTrue(message(() -> new Network(new int[] {2, 2, 1}, List.of(new Conv("a", 1, 5, 1, 1)))).startsWith("layer a: impossible convolution"));
    }

    @Test
    void weightsAreMadeOfTheirNumbers() {
        Network network = Architecture.parse("resnet8").build(new int[] {8, 8, 1}, 3);
        Weights weights = network.initialise(BACKEND, 1);
        weights.get("bn1.running_mean").set(Draws.floats(1, 16, 1, 0));
        Weights made = network.weights(BACKEND, weights.learned().toArray(), weights.statistics().toArray());
        assertArrayEquals(weights.get("fc.weight").toArray(), made.get("fc.weight").toArray());
        assertArrayEquals(weights.get("bn1.running_mean").toArray(), made.get("bn1.running_mean").toArray());
        assertEquals("the network has no parameter \"c\"", message(() -> made.get("c")));
    }

    /** Its weight has one direction a row here, too: nothing is transposed. */
    @Test
    void aCosineClassifiersDirectionsLieAsInPyTorch() {
        for (int classes : new int[] {3, 2}) {
            Weights weights = new Network(new int[] {2}, List.of(new CosineDense("classifier", classes, 1))).initialise(BACKEND, 1);
            float[] directions = Draws.floats(1, classes * 2, 1, 0);
            StateDict.load(new TensorArchive(List.of(new NamedTensor("classifier.weight", new int[] {classes, 2}, directions)), Map.of()), weights);
            assertArrayEquals(directions, weights.get("classifier.weight").toArray(), classes + " classes");
        }
    }

    private static String message(Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }
}

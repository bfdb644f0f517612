package org.equisphere.nn;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.equisphere.tensor.DoubleBackend;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every layer's backward pass against finite differences of its forward pass, for its parameters and its input. */
class GradientTest {

    private static final int BATCH = 3;

    static Stream<Arguments> layers() {
        return Stream.of(
                layer("dense", name -> new Dense(name, 4, false), 5),
                layer("dense with ReLU, flattening", name -> new Dense(name, 3, true), 2, 3, 2),
                layer("cosine dense", name -> new CosineDense(name, 4, 5), 6),
                layer("cosine dense, flattening", name -> new CosineDense(name, 2, 5), 1, 3, 2),
                layer("relu", name -> new Relu(), 3, 5, 2),
                layer("conv 3x3", name -> Conv.of3x3(name, 3, 1), 4, 5, 2),
                layer("conv 3x3 stride 2", name -> Conv.of3x3(name, 3, 2), 5, 4, 2),
                layer("conv 1x1 stride 2", name -> Conv.of1x1(name, 4, 2), 5, 4, 3),
                layer("conv 5x5 stride 3", name -> new Conv(name, 2, 5, 3, 1), 7, 6, 1),
                layer("batch norm of features", name -> new BatchNorm(name, false), 5),
                layer("batch norm of features with ReLU", name -> new BatchNorm(name, true), 5),
                layer("batch norm of images", name -> new BatchNorm(name, false), 3, 2, 4),
                layer("batch norm of images with ReLU", name -> new BatchNorm(name, true), 3, 2, 4),
                layer("conv norm", name -> new ConvNorm(Conv.of3x3(name, 3, 2), new BatchNorm(name + ".norm", true)), 5, 3, 2),
                layer("block, identity", name -> block(name, 3, 1, ResidualBlock.Shortcut.PROJECTION_3X3), 3, 4, 3),
                layer("block, 3x3", name -> block(name, 5, 2, ResidualBlock.Shortcut.PROJECTION_3X3), 5, 4, 3),
                layer("block, 1x1", name -> block(name, 5, 2, ResidualBlock.Shortcut.PROJECTION_1X1), 5, 4, 3),
                layer("block, parameter-free", name -> block(name, 6, 2, ResidualBlock.Shortcut.PARAMETER_FREE), 5, 4, 3),
                layer("conv with bias", name -> new Conv(name, 3, 2, 2, 0, true), 5, 4, 2),
                layer("bottleneck, identity", name -> new BottleneckBlock(name, 2, 1), 3, 4, 8),
                layer("bottleneck, stride 2", name -> new BottleneckBlock(name, 2, 2), 5, 4, 3),
                layer("max pool", name -> new MaxPool(3, 2, 1), 5, 4, 3),
                layer("gelu", name -> new Gelu(), 3, 5, 2),
                layer("layer norm", name -> new LayerNorm(name), 2, 3, 5),
                layer("pointwise", name -> new Pointwise(name, 4, true), 3, 2, 5),
                layer("pointwise without bias, of features", name -> new Pointwise(name, 4, false), 5),
                layer("window attention", name -> new ShiftedWindowAttention(name, 2, 3, 0), 6, 3, 4),
                layer("window attention, shifted, beyond the edge", name -> new ShiftedWindowAttention(name, 1, 3, 1), 5, 7, 2),
                layer("patch merging", name -> new PatchMerging(name), 3, 4, 2),
                layer("residual", name -> new Residual(List.of(new LayerNorm(name + ".a"), new Gelu()), 0), 2, 3, 4),
                layer("residual, branches left out", name -> new Residual(List.of(new Pointwise(name, 4, true)), 0.4), 2, 3, 4),
                layer("average pool", name -> new GlobalAveragePool(), 3, 2, 4));
    }

    private interface Named {
        Layer make(String name);
    }

    private static Arguments layer(String what, Named named, int... input) {
        return Arguments.of(what, named, input);
    }

    private static ResidualBlock block(String name, int channels, int stride, ResidualBlock.Shortcut shortcut) {
        return new ResidualBlock(name, channels, stride, shortcut);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void layerAlone(String what, Named layer, int[] input) {
        check(new Network(input, List.of(new Given(BATCH), layer.make("a"))), BATCH, 200);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void layerReadingWhatAnotherReads(String what, Named layer, int[] input) {
        check(new Network(input, List.of(new Given(BATCH), new Both(layer.make("a"), layer.make("b")))), BATCH, 60);
    }

    @Test
    void resNet() {
        check(ResNet.of(new int[] {5, 6, 2}, 8, 1, ResidualBlock.Shortcut.PROJECTION_3X3, 3), 3, 4);
    }

    @Test
    void swin() {
        check(Swin.of(new int[] {21, 17, 1}, Swin.Size.MICRO, 3), 2, 1);
    }

    @Test
    void mlp() {
        check(Mlp.of(new int[] {2, 3}, new int[] {7, 5}, 4), 4, 200);
    }

    @Test
    void normalizedEmbedding() {
        check(new Network(new int[] {6}, List.of(new Dense("fc", 7, true), new BatchNorm("norm", false))), 5, 200);
    }

    /** Holds the gradients of L = sum of c * output, c drawn, against differences. */
    private static void check(Network network, int batch, int samples) {
        DoubleBackend backend = new DoubleBackend();
        SplittableRandom random = new SplittableRandom(5);
        Weights weights = network.initialise(backend, 3);
        for (int i = 0; i < weights.learned().size(); i++) {
            DoubleBackend.set(weights.learned(), i, DoubleBackend.get(weights.learned(), i) + random.nextDouble(-0.3, 0.3));
        }
        TrainingPass pass = new TrainingPass(weights, batch);
        draw(random, pass.input());
        draw(random, pass.outputGradient());
        pass.draw(1, 1);
        double[] c = DoubleBackend.get(pass.outputGradient());
        pass.forward();
        pass.backward();
        double[] gradients = DoubleBackend.get(pass.gradients());
        for (Parameter p : network.parameters()) {
            double[] gradient = Arrays.copyOfRange(gradients, p.offset(), p.offset() + p.size());
            FiniteDifferences.check(p.name(), weights.get(p.name()), gradient, samples, () -> {
                pass.forward();
                return inner(c, DoubleBackend.get(pass.output()));
            });
        }
    }

    private static void draw(SplittableRandom random, Tensor x) {
        for (int i = 0; i < x.size(); i++) {
            DoubleBackend.set(x, i, random.nextDouble(-1, 1));
        }
    }

    private static double inner(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}

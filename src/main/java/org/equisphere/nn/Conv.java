package org.equisphere.nn;

import java.util.Arrays;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;

/**
 * A convolution, by default without bias, as it stands before a batch normalisation. Weights are HWIO.
 *
 * @param name     parameters are {@code name.weight} and, with a bias, {@code name.bias}
 * @param channels output channels, at least 1
 * @param kernel   the square kernel's side
 * @param stride   at least 1
 * @param padding  zeros on each side
 * @param biased   whether a bias is added; the start is then PyTorch's default, made for a convolution that stands alone
 */
public record Conv(String name, int channels, int kernel, int stride, int padding, boolean biased) implements Layer {

    /** A convolution without bias. */
    public Conv(String name, int channels, int kernel, int stride, int padding) {
        this(name, channels, kernel, stride, padding, false);
    }

    /** A 3x3 convolution that keeps height and width at stride 1. */
    public static Conv of3x3(String name, int channels, int stride) {
        return new Conv(name, channels, 3, stride, 1);
    }

    /** A 1x1 convolution. */
    public static Conv of1x1(String name, int channels, int stride) {
        return new Conv(name, channels, 1, stride, 0);
    }

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        if (input.length != 3) {
            throw new IllegalArgumentException("layer " + name + " needs images {height, width, channels}, got " + Arrays.toString(input));
        }
        Convolution g = check(input);
        Initial alone = new Initial.FanInUniform(kernel * kernel * input[2]);
        blueprint.parameter(name + ".weight", biased ? alone : new Initial.KaimingNormal(kernel * kernel * channels),
                kernel, kernel, input[2], channels);
        if (biased) {
            blueprint.parameter(name + ".bias", alone, channels);
        }
        return new int[] {g.outHeight(), g.outWidth(), channels};
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Convolution g = geometry(input);
        Signal output = plan.signal(g.outHeight(), g.outWidth(), channels);
        plan.add(new Convolve(plan, g, input, output));
        return output;
    }

    /** The geometry for a planned input. */
    Convolution geometry(Signal input) {
        return geometry(input.dimension(0), input.dimension(1), input.dimension(2), input.dimension(3));
    }

    private Convolution check(int[] input) {
        try {
            return geometry(1, input[0], input[1], input[2]);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("layer " + name + ": " + e.getMessage(), e);
        }
    }

    private Convolution geometry(int batch, int height, int width, int inChannels) {
        return new Convolution(batch, height, width, inChannels, channels, kernel, stride, padding);
    }

    private final class Convolve extends Node {

        private final Backend backend;
        private final Convolution geometry;
        private final Signal input;
        private final Tensor weight;
        private final Tensor bias;
        private final Tensor weightGradient;
        private final Tensor biasGradient;

        Convolve(Plan plan, Convolution geometry, Signal input, Signal output) {
            super(output, input);
            this.backend = plan.backend();
            this.geometry = geometry;
            this.input = input;
            this.weight = plan.parameter(name + ".weight");
            this.bias = biased ? plan.parameter(name + ".bias") : null;
            this.weightGradient = plan.gradient(name + ".weight");
            this.biasGradient = biased ? plan.gradient(name + ".bias") : null;
        }

        @Override
        public void forward() {
            backend.convolve(geometry, input.value(), weight, bias, null, false, output().value());
        }

        @Override
        public void backward() {
            if (biased) {
                backend.addBiasBackward(output().value(), false, output().gradient(), biasGradient);
            }
            backend.convolveBackwardWeights(geometry, input.value(), output().gradient(), weightGradient);
            if (input.needsGradient()) {
                backend.convolveBackwardData(geometry, output().gradient(), weight, input.gradient(), input.accumulatesGradient());
            }
        }
    }
}

package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * One dense layer for every position: y = x W + b along the last dimension, W [in, out]. Starts as transformers do: normal with deviation 0.02,
 * biases 0.
 *
 * @param name    parameters are {@code name.weight} and, with a bias, {@code name.bias}
 * @param outputs numbers given at each position, at least 1
 * @param biased  whether b is added
 */
public record Pointwise(String name, int outputs, boolean biased) implements Layer {

    /** Of Liu et al. 2021, and of torchvision. */
    static final double DEVIATION = 0.02;

    /** Checks the number of outputs. */
    public Pointwise {
        Dense.requireOutputs(name, outputs);
    }

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        int[] output = input.clone();
        output[input.length - 1] = outputs;
        blueprint.parameter(name + ".weight", new Initial.Normal(DEVIATION), input[input.length - 1], outputs);
        if (biased) {
            blueprint.parameter(name + ".bias", new Initial.Constant(0), outputs);
        }
        return output;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        int[] shape = input.exampleShape();
        shape[shape.length - 1] = outputs;
        Signal output = plan.signal(shape);
        plan.add(new Products(plan, input, output));
        return output;
    }

    private final class Products extends Node {

        private final Backend backend;
        private final Signal input;
        private final Tensor weight;
        private final Tensor bias;
        private final Tensor weightGradient;
        private final Tensor biasGradient;

        Products(Plan plan, Signal input, Signal output) {
            super(output, input);
            this.backend = plan.backend();
            this.input = input;
            this.weight = plan.parameter(name + ".weight");
            this.bias = biased ? plan.parameter(name + ".bias") : null;
            this.weightGradient = plan.gradient(name + ".weight");
            this.biasGradient = biased ? plan.gradient(name + ".bias") : null;
        }

        @Override
        public void forward() {
            backend.gemm(false, false, 1, input.valueRows(), weight, 0, output().valueRows());
            if (biased) {
                backend.addBias(output().valueRows(), bias, false);
            }
        }

        @Override
        public void backward() {
            Tensor dy = output().gradientRows();
            if (biased) {
                backend.addBiasBackward(output().valueRows(), false, dy, biasGradient);
            }
            backend.gemm(true, false, 1, input.valueRows(), dy, 0, weightGradient);
            if (input.needsGradient()) {
                backend.gemm(false, true, 1, dy, weight, input.accumulatesGradient() ? 1 : 0, input.gradientRows());
            }
        }
    }
}

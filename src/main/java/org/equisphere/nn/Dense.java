package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * A fully connected layer: y = act(x W + b), x being the example flattened to [in]. W is [in, out].
 *
 * @param name    parameters are {@code name.weight} and {@code name.bias}
 * @param outputs features given, at least 1
 * @param relu    whether act is ReLU; nothing otherwise
 */
public record Dense(String name, int outputs, boolean relu) implements Layer {

    /** Checks the number of outputs. */
    public Dense {
        requireOutputs(name, outputs);
    }

    static void requireOutputs(String name, int outputs) {
        if (outputs < 1) {
            throw new IllegalArgumentException("layer " + name + ": outputs is " + outputs + ", expected at least 1");
        }
    }

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        int inputs = Tensor.sizeOf(input);
        blueprint.parameter(name + ".weight", new Initial.FanInUniform(inputs), inputs, outputs);
        blueprint.parameter(name + ".bias", new Initial.FanInUniform(inputs), outputs);
        return new int[] {outputs};
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal output = plan.signal(outputs);
        plan.add(new Product(plan, input, output));
        return output;
    }

    private final class Product extends Node {

        private final Backend backend;
        private final Signal input;
        private final Tensor weight;
        private final Tensor bias;
        private final Tensor weightGradient;
        private final Tensor biasGradient;

        Product(Plan plan, Signal input, Signal output) {
            super(output, input);
            this.backend = plan.backend();
            this.input = input;
            this.weight = plan.parameter(name + ".weight");
            this.bias = plan.parameter(name + ".bias");
            this.weightGradient = plan.gradient(name + ".weight");
            this.biasGradient = plan.gradient(name + ".bias");
        }

        @Override
        public void forward() {
            Tensor y = output().value();
            backend.gemm(false, false, 1, input.valueMatrix(), weight, 0, y);
            backend.addBias(y, bias, relu);
        }

        @Override
        public void backward() {
            Tensor dy = output().gradient();
            backend.addBiasBackward(output().value(), relu, dy, biasGradient);
            backend.gemm(true, false, 1, input.valueMatrix(), dy, 0, weightGradient);
            if (input.needsGradient()) {
                backend.gemm(false, true, 1, dy, weight, input.accumulatesGradient() ? 1 : 0, input.gradientMatrix());
            }
        }
    }
}

package org.equisphere.nn;

import java.util.List;
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

    private final class Product implements Node {

        private final Backend backend;
        private final Signal input;
        private final Signal output;
        private final Tensor weight;
        private final Tensor bias;
        private final Tensor weightGradient;
        private final Tensor biasGradient;
        private Tensor x;
        private Tensor dx;

        Product(Plan plan, Signal input, Signal output) {
            this.backend = plan.backend();
            this.input = input;
            this.output = output;
            this.weight = plan.parameter(name + ".weight");
            this.bias = plan.parameter(name + ".bias");
            this.weightGradient = plan.gradient(name + ".weight");
            this.biasGradient = plan.gradient(name + ".bias");
        }

        /** Sees input and gradient as matrices, once the plan has given them memory. */
        @Override
        public void refresh() {
            int rows = input.dimension(0);
            x = input.value().reshape(rows, input.exampleSize());
            dx = input.gradient() == null ? null : input.gradient().reshape(rows, input.exampleSize());
        }

        @Override
        public List<Signal> inputs() {
            return List.of(input);
        }

        @Override
        public Signal output() {
            return output;
        }

        @Override
        public void forward() {
            backend.gemm(false, false, 1, x, weight, 0, output.value());
            backend.addBias(output.value(), bias, relu);
        }

        @Override
        public void backward() {
            Tensor dy = output.gradient();
            backend.addBiasBackward(output.value(), relu, dy, biasGradient);
            backend.gemm(true, false, 1, x, dy, 0, weightGradient);
            if (input.needsGradient()) {
                backend.gemm(false, true, 1, dy, weight, input.accumulatesGradient() ? 1 : 0, dx);
            }
        }
    }
}

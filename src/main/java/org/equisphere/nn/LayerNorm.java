package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * Layer normalisation over the last dimension (Ba et al. 2016), epsilon 1e-5.
 *
 * @param name parameters are {@code name.weight} (gamma) and {@code name.bias} (beta)
 */
public record LayerNorm(String name) implements Layer {

    private static final float EPSILON = 1e-5f;

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        int channels = input[input.length - 1];
        blueprint.parameter(name + ".weight", new Initial.Constant(1), channels);
        blueprint.parameter(name + ".bias", new Initial.Constant(0), channels);
        return input;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal output = plan.signal(input.exampleShape());
        plan.add(new Normalize(plan, input, output));
        return output;
    }

    private final class Normalize extends Node {

        private final Backend backend;
        private final Signal input;
        private final Tensor gamma;
        private final Tensor beta;
        private final Tensor gammaGradient;
        private final Tensor betaGradient;
        /** Takes the gradient that nobody asks for, of a network's input. */
        private final Tensor unread;

        Normalize(Plan plan, Signal input, Signal output) {
            super(output, input);
            this.backend = plan.backend();
            this.input = input;
            this.gamma = plan.parameter(name + ".weight");
            this.beta = plan.parameter(name + ".bias");
            this.gammaGradient = plan.gradient(name + ".weight");
            this.betaGradient = plan.gradient(name + ".bias");
            this.unread = plan.training() && !input.needsGradient() ? backend.tensor(input.shape()) : null;
        }

        @Override
        public void forward() {
            backend.layerNormalize(input.value(), gamma, beta, EPSILON, output().value());
        }

        @Override
        public void backward() {
            boolean asked = unread == null;
            backend.layerNormalizeBackward(input.value(), gamma, EPSILON, output().gradient(), asked ? input.gradient() : unread,
                    asked && input.accumulatesGradient(), gammaGradient, betaGradient);
        }
    }
}

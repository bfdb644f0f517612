package org.equisphere.nn;

import org.equisphere.tensor.Backend;

/** y = x * Phi(x), element by element, Phi being the normal distribution function (Hendrycks and Gimpel 2016, the exact form). */
public record Gelu() implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        return input;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal output = plan.signal(input.exampleShape());
        plan.add(new Bend(plan.backend(), input, output));
        return output;
    }

    private static final class Bend extends Node {

        private final Backend backend;
        private final Signal input;

        Bend(Backend backend, Signal input, Signal output) {
            super(output, input);
            this.backend = backend;
            this.input = input;
        }

        @Override
        public boolean backwardInPlace() {
            return true;
        }

        @Override
        public void forward() {
            backend.gelu(input.value(), output().value());
        }

        @Override
        public void backward() {
            if (input.needsGradient()) {
                backend.geluBackward(input.value(), output().gradient(), input.gradient(), input.accumulatesGradient());
            }
        }
    }
}

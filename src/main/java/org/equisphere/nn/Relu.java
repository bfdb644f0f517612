package org.equisphere.nn;

import org.equisphere.tensor.Backend;

/** y = max(x, 0), element by element. Most layers have it built in; this one stands alone. */
public record Relu() implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        return input;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal output = plan.signal(input.exampleShape());
        plan.add(new Rectify(plan.backend(), input, output));
        return output;
    }

    private static final class Rectify extends Node {

        private final Backend backend;
        private final Signal input;

        Rectify(Backend backend, Signal input, Signal output) {
            super(output, input);
            this.backend = backend;
            this.input = input;
        }

        @Override
        public void forward() {
            backend.relu(input.value(), output().value());
        }

        @Override
        public void backward() {
            if (input.needsGradient()) {
                backend.reluBackward(output().value(), output().gradient(), input.gradient(), input.accumulatesGradient());
            }
        }
    }
}

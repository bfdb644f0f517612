package org.equisphere.nn;

import java.util.List;
import org.equisphere.tensor.Backend;

/** y = max(x, 0), element by element. Most layers have it built in; this one stands alone. */
public record Relu() implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        return input;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        int[] shape = input.shape();
        Signal output = plan.signal(java.util.Arrays.copyOfRange(shape, 1, shape.length));
        Backend backend = plan.backend();
        plan.add(new Node() {
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
                backend.relu(input.value(), output.value());
            }

            @Override
            public void backward() {
                if (input.needsGradient()) {
                    backend.reluBackward(output.value(), output.gradient(), input.gradient(), input.accumulatesGradient());
                }
            }
        });
        return output;
    }
}

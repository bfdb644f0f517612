package org.equisphere.nn;

import java.util.List;
import org.equisphere.tensor.Backend;

/** The mean over all positions: {height, width, channels} to {channels}. */
public record GlobalAveragePool() implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        if (input.length != 3) {
            throw new IllegalArgumentException("global average pooling needs images {height, width, channels}, got " + java.util.Arrays.toString(input));
        }
        return new int[] {input[2]};
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal output = plan.signal(input.dimension(3));
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
                backend.averagePool(input.value(), output.value());
            }

            @Override
            public void backward() {
                if (input.needsGradient()) {
                    backend.averagePoolBackward(output.gradient(), input.gradient(), input.accumulatesGradient());
                }
            }
        });
        return output;
    }
}

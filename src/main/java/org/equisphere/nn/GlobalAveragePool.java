package org.equisphere.nn;

import java.util.Arrays;
import org.equisphere.tensor.Backend;

/** The mean over all positions: {height, width, channels} to {channels}. */
public record GlobalAveragePool() implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        if (input.length != 3) {
            throw new IllegalArgumentException("global average pooling needs images {height, width, channels}, got " + Arrays.toString(input));
        }
        return new int[] {input[2]};
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal output = plan.signal(input.dimension(3));
        plan.add(new Average(plan.backend(), input, output));
        return output;
    }

    private static final class Average extends Node {

        private final Backend backend;
        private final Signal input;

        Average(Backend backend, Signal input, Signal output) {
            super(output, input);
            this.backend = backend;
            this.input = input;
        }

        @Override
        public void forward() {
            backend.averagePool(input.value(), output().value());
        }

        @Override
        public void backward() {
            if (input.needsGradient()) {
                backend.averagePoolBackward(output().gradient(), input.gradient(), input.accumulatesGradient());
            }
        }
    }
}

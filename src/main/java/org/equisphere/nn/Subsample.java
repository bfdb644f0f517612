package org.equisphere.nn;

import java.util.Arrays;
import org.equisphere.tensor.Backend;

/**
 * The parameter-free shortcut (He et al. 2016, option A): every stride-th position, channels in the middle of zeros; see
 * {@link Backend#shortcut}.
 *
 * @param name     for messages
 * @param channels output channels, at least the input's
 * @param stride   at least 1
 */
record Subsample(String name, int channels, int stride) implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        if (input.length != 3 || channels < input[2]) {
            throw new IllegalArgumentException(name + ": a parameter-free shortcut cannot go from " + Arrays.toString(input)
                    + " to " + channels + " channels");
        }
        return new int[] {(input[0] + stride - 1) / stride, (input[1] + stride - 1) / stride, channels};
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal output = plan.signal((input.dimension(1) + stride - 1) / stride, (input.dimension(2) + stride - 1) / stride, channels);
        plan.add(new Pick(plan.backend(), input, output));
        return output;
    }

    private final class Pick extends Node {

        private final Backend backend;
        private final Signal input;

        Pick(Backend backend, Signal input, Signal output) {
            super(output, input);
            this.backend = backend;
            this.input = input;
        }

        @Override
        public void forward() {
            backend.shortcut(input.value(), stride, output().value());
        }

        @Override
        public void backward() {
            if (input.needsGradient()) {
                backend.shortcutBackward(output().gradient(), stride, input.gradient(), input.accumulatesGradient());
            }
        }
    }
}

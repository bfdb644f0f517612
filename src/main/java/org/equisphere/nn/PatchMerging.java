package org.equisphere.nn;

import java.util.Arrays;
import org.equisphere.tensor.Backend;

/**
 * Every 2 x 2 square of tokens becomes one with twice the channels (Liu et al. 2021, section 3.1): the four side by side, normalised, and a dense
 * layer without bias. {height, width, c} to {ceil(height / 2), ceil(width / 2), 2c}.
 *
 * @param name parameters are {@code name.norm.*} and {@code name.reduction.weight}
 */
public record PatchMerging(String name) implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        if (input.length != 3) {
            throw new IllegalArgumentException("layer " + name + " needs tokens {height, width, channels}, got " + Arrays.toString(input));
        }
        return reduction(input[2]).declare(blueprint, norm().declare(blueprint, merged(input)));
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal merged = plan.signal(merged(input.exampleShape()));
        plan.add(new Merge(plan.backend(), input, merged));
        return reduction(input.dimension(3)).plan(plan, norm().plan(plan, merged));
    }

    private static int[] merged(int[] input) {
        return new int[] {(input[0] + 1) / 2, (input[1] + 1) / 2, 4 * input[2]};
    }

    private Layer norm() {
        return new LayerNorm(name + ".norm");
    }

    private Layer reduction(int channels) {
        return new Pointwise(name + ".reduction", 2 * channels, false);
    }

    private static final class Merge extends Node {

        private final Backend backend;
        private final Signal input;

        Merge(Backend backend, Signal input, Signal output) {
            super(output, input);
            this.backend = backend;
            this.input = input;
        }

        @Override
        public void forward() {
            backend.mergePatches(input.value(), output().value());
        }

        @Override
        public void backward() {
            if (input.needsGradient()) {
                backend.mergePatchesBackward(output().gradient(), input.gradient(), input.accumulatesGradient());
            }
        }
    }
}

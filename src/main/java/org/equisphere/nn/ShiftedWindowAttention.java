package org.equisphere.nn;

import java.util.Arrays;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;
import org.equisphere.tensor.WindowAttention;

/**
 * Multi-head self-attention within windows of tokens, with a learned bias for every relative place (Liu et al. 2021, section 3.2): queries, keys and
 * values by one dense layer, {@link Backend#windowAttention}, and a dense layer behind. Keeps the shape {height, width, channels}.
 *
 * @param name   parameters are {@code name.relative_position_bias_table} [(2 window - 1)^2, heads], {@code name.qkv.*} and {@code name.proj.*}
 * @param heads  divides the channels
 * @param window side of a window in tokens
 * @param shift  by how many tokens windows are shifted, 0 up to, not including, window
 */
public record ShiftedWindowAttention(String name, int heads, int window, int shift) implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        if (input.length != 3 || input[2] % heads != 0) {
            throw new IllegalArgumentException("layer " + name + " needs tokens {height, width, channels} with channels a multiple of " + heads
                    + " heads, got " + Arrays.toString(input));
        }
        WindowAttention g = geometry(1, input[0], input[1], input[2]);
        blueprint.table(table(), new Initial.Normal(Pointwise.DEVIATION), g.relativePlaces(), heads);
        queries(input[2]).declare(blueprint, input);
        return projection(input[2]).declare(blueprint, input);
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        int channels = input.dimension(3);
        Signal queries = queries(channels).plan(plan, input);
        Signal seen = plan.signal(input.exampleShape());
        plan.add(new Attend(plan, geometry(plan.batch(), input.dimension(1), input.dimension(2), channels), queries, seen));
        return projection(channels).plan(plan, seen);
    }

    private WindowAttention geometry(int batch, int height, int width, int channels) {
        return new WindowAttention(batch, height, width, heads, channels / heads, window, shift);
    }

    private String table() {
        return name + ".relative_position_bias_table";
    }

    /** Queries, keys and values. */
    private Layer queries(int channels) {
        return new Pointwise(name + ".qkv", 3 * channels, true);
    }

    private Layer projection(int channels) {
        return new Pointwise(name + ".proj", channels, true);
    }

    private final class Attend extends Node {

        private final Backend backend;
        private final WindowAttention geometry;
        private final Signal queries;
        private final Tensor bias;
        private final Tensor biasGradient;

        Attend(Plan plan, WindowAttention geometry, Signal queries, Signal seen) {
            super(seen, queries);
            this.backend = plan.backend();
            this.geometry = geometry;
            this.queries = queries;
            this.bias = plan.parameter(table());
            this.biasGradient = plan.gradient(table());
        }

        @Override
        public void forward() {
            backend.windowAttention(geometry, queries.value(), bias, output().value());
        }

        /** Nobody else reads the queries, so their gradient is written, not added. */
        @Override
        public void backward() {
            backend.windowAttentionBackward(geometry, queries.value(), bias, output().gradient(), queries.gradient(), biasGradient);
        }
    }
}

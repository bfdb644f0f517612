package org.equisphere.nn;

import java.util.Arrays;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Convolution;

/**
 * The largest value of every window, channel by channel; positions outside the image do not count.
 *
 * @param kernel  side of a window
 * @param stride  at least 1
 * @param padding positions by which windows may begin outside
 */
public record MaxPool(int kernel, int stride, int padding) implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        if (input.length != 3) {
            throw new IllegalArgumentException("max pooling needs images {height, width, channels}, got " + Arrays.toString(input));
        }
        Convolution g = geometry(1, input[0], input[1], input[2]);
        return new int[] {g.outHeight(), g.outWidth(), input[2]};
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Convolution g = geometry(input.dimension(0), input.dimension(1), input.dimension(2), input.dimension(3));
        Signal output = plan.signal(g.outHeight(), g.outWidth(), g.outChannels());
        plan.add(new Pool(plan.backend(), g, input, output));
        return output;
    }

    private Convolution geometry(int batch, int height, int width, int channels) {
        return new Convolution(batch, height, width, channels, channels, kernel, stride, padding);
    }

    private static final class Pool extends Node {

        private final Backend backend;
        private final Convolution geometry;
        private final Signal input;

        Pool(Backend backend, Convolution geometry, Signal input, Signal output) {
            super(output, input);
            this.backend = backend;
            this.geometry = geometry;
            this.input = input;
        }

        @Override
        public void forward() {
            backend.maxPool(geometry, input.value(), output().value());
        }

        @Override
        public void backward() {
            if (input.needsGradient()) {
                backend.maxPoolBackward(geometry, input.value(), output().gradient(), input.gradient(), input.accumulatesGradient());
            }
        }
    }
}

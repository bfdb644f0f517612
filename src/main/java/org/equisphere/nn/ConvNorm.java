package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BatchNormalization;
import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.FixedWeights;
import org.equisphere.tensor.Tensor;

/**
 * A convolution and the batch normalisation after it: two nodes in training, one in inference, where the normalisation
 * is folded into the convolution's weights and bias.
 *
 * @param conv the convolution
 * @param norm the normalisation of its output, with or without ReLU
 */
public record ConvNorm(Conv conv, BatchNorm norm) implements Layer {

    /** Checks that the convolution leaves the bias to the normalisation. */
    public ConvNorm {
        if (conv.biased()) {
            throw new IllegalArgumentException("layer " + conv.name() + " has a bias, expected none before a batch normalisation");
        }
    }

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        return norm.declare(blueprint, conv.declare(blueprint, input));
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        return plan(plan, input, null);
    }

    /** As {@link #plan(Plan, Signal)}, with a residual of the output's shape, or null, added before the ReLU. */
    Signal plan(Plan plan, Signal input, Signal residual) {
        if (plan.training()) {
            return norm.plan(plan, conv.plan(plan, input), residual);
        }
        Convolution g = conv.geometry(input);
        Signal output = plan.signal(g.outHeight(), g.outWidth(), g.outChannels());
        plan.add(new Folded(plan, g, input, residual, output));
        return output;
    }

    private final class Folded extends Node {

        private final Backend backend;
        private final Convolution geometry;
        private final Signal input;
        private final Signal residual;
        private final BatchNormalization state;
        private final Tensor weight;
        private final FixedWeights foldedWeight;
        private final Tensor foldedBias;

        Folded(Plan plan, Convolution geometry, Signal input, Signal residual, Signal output) {
            super(output, input, residual);
            this.backend = plan.backend();
            this.geometry = geometry;
            this.input = input;
            this.residual = residual;
            this.state = norm.state(plan);
            this.weight = plan.parameter(conv.name() + ".weight");
            this.foldedWeight = plan.derived(weight.shape());
            this.foldedBias = plan.derived(geometry.outChannels()).tensor();
        }

        @Override
        public void refresh() {
            backend.foldBatchNormalization(state, weight, foldedWeight.tensor(), foldedBias);
            foldedWeight.changed();
        }

        @Override
        public void forward() {
            backend.convolveFixed(geometry, input.value(), foldedWeight, foldedBias, residual == null ? null : residual.value(),
                    norm.relu(), output().value());
        }
    }
}

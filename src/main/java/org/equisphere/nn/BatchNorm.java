package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BatchNormalization;
import org.equisphere.tensor.Tensor;

/**
 * Batch normalisation over the last dimension, of features or of images, with ReLU if asked (Ioffe and Szegedy 2015). Epsilon 1e-5,
 * running averages with momentum 0.1.
 *
 * @param name parameters are {@code name.weight} (gamma) and {@code name.bias} (beta), statistics {@code name.running_mean} and
 *             {@code name.running_var}
 * @param relu whether ReLU follows
 */
public record BatchNorm(String name, boolean relu) implements Layer {

    private static final float EPSILON = 1e-5f;
    private static final float MOMENTUM = 0.1f;

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        int channels = input[input.length - 1];
        blueprint.parameter(name + ".weight", new Initial.Constant(1), channels);
        blueprint.parameter(name + ".bias", new Initial.Constant(0), channels);
        blueprint.statistic(name + ".running_mean", 0, channels);
        blueprint.statistic(name + ".running_var", 1, channels);
        return input;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        return plan(plan, input, null);
    }

    /** As {@link #plan(Plan, Signal)}, with a residual of the input's shape, or null, added before the ReLU. */
    Signal plan(Plan plan, Signal input, Signal residual) {
        int channels = input.dimension(input.shape().length - 1);
        if (plan.training() && plan.batch() * input.exampleSize() < 2 * channels) {
            throw new IllegalArgumentException("layer " + name + " normalises over the batch alone: batch is " + plan.batch()
                    + ", expected at least 2");
        }
        Signal output = plan.signal(input.exampleShape());
        plan.add(new Normalize(plan, input, residual, output));
        return output;
    }

    /** The state on a plan's backend; mean and inverse deviation of the batch only in training. */
    BatchNormalization state(Plan plan) {
        Tensor gamma = plan.parameter(name + ".weight");
        Tensor mean = plan.training() ? plan.backend().tensor(gamma.size()) : null;
        Tensor inverseDeviation = plan.training() ? plan.backend().tensor(gamma.size()) : null;
        return new BatchNormalization(gamma, plan.parameter(name + ".bias"), plan.parameter(name + ".running_mean"),
                plan.parameter(name + ".running_var"), mean, inverseDeviation, EPSILON, MOMENTUM);
    }

    private final class Normalize extends Node {

        private final Backend backend;
        private final boolean training;
        private final Signal input;
        private final Signal residual;
        private final BatchNormalization state;
        private final Tensor gammaGradient;
        private final Tensor betaGradient;

        Normalize(Plan plan, Signal input, Signal residual, Signal output) {
            super(output, input, residual);
            this.backend = plan.backend();
            this.training = plan.training();
            this.input = input;
            this.residual = residual;
            this.state = state(plan);
            this.gammaGradient = plan.gradient(name + ".weight");
            this.betaGradient = plan.gradient(name + ".bias");
        }

        @Override
        public boolean backwardInPlace() {
            return true;
        }

        @Override
        public void forward() {
            Tensor added = residual == null ? null : residual.value();
            if (training) {
                backend.batchNormalize(state, input.value(), added, relu, output().value());
            } else {
                backend.batchNormalizeInference(state, input.value(), added, relu, output().value());
            }
        }

        @Override
        public void backward() {
            Tensor dy = output().gradient();
            Tensor dresidual = residual != null && residual.needsGradient() ? residual.gradient() : null;
            boolean addResidual = dresidual != null && residual.accumulatesGradient();
            boolean addInput = input.needsGradient() && input.accumulatesGradient();
            Tensor dx = input.needsGradient() && !addInput ? input.gradient() : dy;
            backend.batchNormalizeBackward(state, input.value(), output().value(), relu, dy, dx, gammaGradient, betaGradient, dresidual, addResidual);
            if (addInput) {
                backend.addScaled(1, dx, input.gradient());
            }
        }
    }
}

package org.equisphere.nn;

import java.util.List;
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
        int[] shape = input.shape();
        Signal output = plan.signal(java.util.Arrays.copyOfRange(shape, 1, shape.length));
        plan.add(plan.training() ? new Training(plan, input, residual, output) : new Inference(plan, input, residual, output));
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

    private static List<Signal> present(Signal input, Signal residual) {
        return residual == null ? List.of(input) : List.of(input, residual);
    }

    private final class Training implements Node {

        private final Backend backend;
        private final Signal input;
        private final Signal residual;
        private final Signal output;
        private final List<Signal> inputs;
        private final BatchNormalization state;
        private final Tensor gammaGradient;
        private final Tensor betaGradient;

        Training(Plan plan, Signal input, Signal residual, Signal output) {
            this.backend = plan.backend();
            this.input = input;
            this.residual = residual;
            this.output = output;
            this.inputs = present(input, residual);
            this.state = state(plan);
            this.gammaGradient = plan.gradient(name + ".weight");
            this.betaGradient = plan.gradient(name + ".bias");
        }

        @Override
        public List<Signal> inputs() {
            return inputs;
        }

        @Override
        public Signal output() {
            return output;
        }

        @Override
        public boolean backwardInPlace() {
            return true;
        }

        @Override
        public void forward() {
            backend.batchNormalize(state, input.value(), residual == null ? null : residual.value(), relu, output.value());
        }

        @Override
        public void backward() {
            Tensor dresidual = residual != null && residual.needsGradient() ? residual.gradient() : null;
            boolean accumulate = dresidual != null && residual.accumulatesGradient();
            Tensor dx = input.gradient();
            if (!input.needsGradient()) {
                dx = output.gradient();
            } else if (input.accumulatesGradient()) {
                throw new IllegalStateException("the input of " + name + " has a second reader");
            }
            backend.batchNormalizeBackward(state, input.value(), output.value(), relu, output.gradient(), dx,
                    gammaGradient, betaGradient, dresidual, accumulate);
        }
    }

    private final class Inference implements Node {

        private final Backend backend;
        private final Signal input;
        private final Signal residual;
        private final Signal output;
        private final List<Signal> inputs;
        private final BatchNormalization state;

        Inference(Plan plan, Signal input, Signal residual, Signal output) {
            this.backend = plan.backend();
            this.input = input;
            this.residual = residual;
            this.output = output;
            this.inputs = present(input, residual);
            this.state = state(plan);
        }

        @Override
        public List<Signal> inputs() {
            return inputs;
        }

        @Override
        public Signal output() {
            return output;
        }

        @Override
        public void forward() {
            backend.batchNormalizeInference(state, input.value(), residual == null ? null : residual.value(), relu, output.value());
        }

        @Override
        public void backward() {
            throw new IllegalStateException("no backward pass in inference");
        }
    }
}

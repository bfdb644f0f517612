package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * A learned cosine classifier (Wang et al. 2017, NormFace): y_k = scale * cos(x, w_k), x being the example flattened to [in]. With
 * {@link SoftmaxLoss} it is the learned counterpart of fixed prototypes.
 *
 * @param name    the parameter is {@code name.weight}, [outputs, in]: one direction a row, as in PyTorch; only its direction counts, so that it is
 *                declared as a table, which {@link Parameter#linear} does not count among linear maps
 * @param outputs scores given, at least 1
 * @param scale   the fixed inverse temperature, above 0, for instance 16
 */
public record CosineDense(String name, int outputs, float scale) implements Layer {

    /** Checks the ranges. */
    public CosineDense {
        if (outputs < 1) {
            throw new IllegalArgumentException("layer " + name + ": outputs is " + outputs + ", expected at least 1");
        }
        if (!(scale > 0 && scale < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("layer " + name + ": scale is " + scale + ", expected a positive number");
        }
    }

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        int inputs = Tensor.sizeOf(input);
        blueprint.table(name + ".weight", new Initial.FanInUniform(inputs), outputs, inputs);
        return new int[] {outputs};
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal output = plan.signal(outputs);
        plan.add(new Cosines(plan, input, output));
        return output;
    }

    private final class Cosines extends Node {

        private final Backend backend;
        private final boolean training;
        private final Signal input;
        private final Tensor weight;
        private final Tensor weightGradient;
        private final Tensor unitInput;
        private final Tensor inputNorms;
        private final Tensor unitWeight;
        private final Tensor weightNorms;
        private final Tensor unitInputGradient;

        Cosines(Plan plan, Signal input, Signal output) {
            super(output, input);
            this.backend = plan.backend();
            this.training = plan.training();
            this.input = input;
            this.weight = plan.parameter(name + ".weight");
            this.weightGradient = plan.gradient(name + ".weight");
            this.unitInput = backend.tensor(plan.batch(), input.exampleSize());
            this.inputNorms = backend.tensor(plan.batch());
            this.unitWeight = plan.derived(weight.shape()).tensor();
            this.weightNorms = backend.tensor(outputs);
            this.unitInputGradient = training ? backend.tensor(unitInput.shape()) : null;
        }

        @Override
        public void refresh() {
            backend.normalizeRows(weight, unitWeight, weightNorms);
        }

        @Override
        public void forward() {
            if (training) {
                refresh();
            }
            backend.normalizeRows(input.valueMatrix(), unitInput, inputNorms);
            backend.gemm(false, true, scale, unitInput, unitWeight, 0, output().value());
        }

        @Override
        public void backward() {
            Tensor dy = output().gradient();
            backend.gemm(true, false, scale, dy, unitInput, 0, weightGradient);
            backend.normalizeRowsBackward(unitWeight, weightNorms, weightGradient, weightGradient);
            if (input.needsGradient()) {
                backend.gemm(false, false, scale, dy, unitWeight, 0, unitInputGradient);
                giveInputGradient();
            }
        }

        private void giveInputGradient() {
            if (input.accumulatesGradient()) {
                backend.normalizeRowsBackward(unitInput, inputNorms, unitInputGradient, unitInputGradient);
                backend.addScaled(1, unitInputGradient, input.gradientMatrix());
            } else {
                backend.normalizeRowsBackward(unitInput, inputNorms, unitInputGradient, input.gradientMatrix());
            }
        }
    }
}

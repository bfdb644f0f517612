package org.equisphere.nn;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * x + branch(x), the branch being left out of an example with the given probability in training, and divided by the probability that it is not where
 * it stays: stochastic depth (Huang et al. 2016), as torchvision's mode "row". Before the first
 * {@link TrainingPass#draw}, and in inference, it stays.
 *
 * @param branch layers one after the other, the last giving the shape the first takes
 * @param drop   0 up to, not including, 1
 */
public record Residual(List<Layer> branch, double drop) implements Layer {

    /** Checks the probability. */
    public Residual {
        branch = List.copyOf(branch);
        if (branch.isEmpty()) {
            throw new IllegalArgumentException("a branch has no layers, expected at least one");
        }
        if (!(drop >= 0 && drop < 1)) {
            throw new IllegalArgumentException("probability of leaving a branch out is " + drop + ", expected 0 up to, not including, 1");
        }
    }

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        int[] shape = input;
        for (Layer layer : branch) {
            shape = layer.declare(blueprint, shape);
        }
        if (!Arrays.equals(shape, input)) {
            throw new IllegalArgumentException("a branch gives " + Arrays.toString(shape) + ", expected " + Arrays.toString(input) + " to add");
        }
        return input;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal inner = input;
        for (Layer layer : branch) {
            inner = layer.plan(plan, inner);
        }
        Signal output = plan.signal(input.exampleShape());
        plan.add(new Sum(plan, input, inner, output));
        return output;
    }

    private final class Sum extends Node {

        private final Backend backend;
        private final Signal input;
        private final Signal inner;
        /** [batch]: what the branch of each example is multiplied by; null where nothing is left out. */
        private final Tensor factors;
        private final float[] drawn;

        Sum(Plan plan, Signal input, Signal inner, Signal output) {
            super(output, input, inner);
            this.backend = plan.backend();
            this.input = input;
            this.inner = inner;
            this.factors = plan.training() && drop > 0 ? backend.tensor(plan.batch()) : null;
            this.drawn = new float[plan.batch()];
            if (factors != null) {
                backend.fill(factors, 1);
            }
        }

        @Override
        public void draw(RandomGenerator random) {
            if (factors != null) {
                for (int i = 0; i < drawn.length; i++) {
                    drawn[i] = random.nextDouble() < drop ? 0 : (float) (1 / (1 - drop));
                }
                factors.set(drawn, 0, drawn.length);
            }
        }

        @Override
        public boolean backwardInPlace() {
            return true;
        }

        @Override
        public void forward() {
            backend.copy(input.value(), output().value());
            if (factors == null) {
                backend.addScaled(1, inner.value(), output().value());
            } else {
                backend.scaleExamples(factors, inner.value(), output().value(), true);
            }
        }

        /** The branch first: the input's gradient may lie where the output's does. */
        @Override
        public void backward() {
            Tensor dy = output().gradient();
            boolean add = inner.accumulatesGradient();
            if (factors != null) {
                backend.scaleExamples(factors, dy, inner.gradient(), add);
            } else {
                give(dy, inner.gradient(), add);
            }
            if (input.needsGradient()) {
                boolean addInput = input.accumulatesGradient();
                if (addInput || input.gradient().storage() != dy.storage()) {
                    give(dy, input.gradient(), addInput);
                }
            }
        }

        private void give(Tensor dy, Tensor dx, boolean add) {
            if (add) {
                backend.addScaled(1, dy, dx);
            } else {
                backend.copy(dy, dx);
            }
        }
    }
}

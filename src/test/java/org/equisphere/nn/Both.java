package org.equisphere.nn;

import org.equisphere.tensor.Backend;

/** The sum of two layers that read the same signal: each must add to the gradient the other wrote. */
record Both(Layer left, Layer right) implements Layer {

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        left.declare(blueprint, input);
        return right.declare(blueprint, input);
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal a = left.plan(plan, input);
        Signal b = right.plan(plan, input);
        Signal sum = plan.signal(a.exampleShape());
        Backend backend = plan.backend();
        plan.add(new Node(sum, a, b) {
            @Override
            public void forward() {
                backend.copy(a.value(), sum.value());
                backend.addScaled(1, b.value(), sum.value());
            }

            @Override
            public void backward() {
                backend.copy(sum.gradient(), a.gradient());
                backend.copy(sum.gradient(), b.gradient());
            }
        });
        return sum;
    }
}

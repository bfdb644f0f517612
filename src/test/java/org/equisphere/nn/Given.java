package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/** A layer that gives a learned parameter, [batch, example], whatever it reads: its gradient is the gradient of the next layer's input. */
record Given(int batch) implements Layer {

    static final String NAME = "given";

    @Override
    public int[] declare(Blueprint blueprint, int[] input) {
        int[] shape = new int[input.length + 1];
        shape[0] = batch;
        System.arraycopy(input, 0, shape, 1, input.length);
        blueprint.parameter(NAME, new Initial.KaimingNormal(2), shape);
        return input;
    }

    @Override
    public Signal plan(Plan plan, Signal input) {
        Signal output = plan.signal(input.exampleShape());
        Backend backend = plan.backend();
        Tensor given = plan.parameter(NAME);
        Tensor gradient = plan.gradient(NAME);
        plan.add(new Node(output, input) {
            @Override
            public void forward() {
                backend.copy(given, output.value());
            }

            @Override
            public void backward() {
                backend.copy(output.gradient(), gradient);
            }
        });
        return output;
    }
}

package org.equisphere.nn;

import org.equisphere.tensor.Tensor;

/**
 * A network planned for prediction on batches of one size: batch normalisation uses its running statistics and is folded into the convolution
 * before it. One thread at a time may use a pass, as its backend.
 */
public final class InferencePass {

    private final Plan plan;
    private final Signal input;
    private final Signal output;

    /**
     * @param weights not modified
     * @param batch   examples of a batch, at least 1
     */
    public InferencePass(Weights weights, int batch) {
        plan = new Plan(weights, batch, null);
        output = weights.network().plan(plan);
        input = plan.inputSignal();
        plan.close(output);
    }

    /** [batch, input shape]: to be filled before {@link #forward}. */
    public Tensor input() {
        return input.value();
    }

    /** [batch, output shape]: written by {@link #forward}. */
    public Tensor output() {
        return output.value();
    }

    /** Computes the output from the input. */
    public void forward() {
        plan.forward();
    }

    /** How many numbers input, output and everything between take: memory beside the weights. */
    public long plannedNumbers() {
        return plan.valueNumbers();
    }

    /** Takes changed weights into account: to be called after training moved them. */
    public void refresh() {
        plan.refresh();
    }
}

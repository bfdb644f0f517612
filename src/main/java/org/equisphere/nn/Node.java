package org.equisphere.nn;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;

/** One planned computation: reads some signals, writes one. Runs without allocating. */
public abstract class Node {

    private final List<Signal> inputs;
    private final Signal output;

    /**
     * @param output the signal written
     * @param inputs the signals read, all different; null ones are left out
     */
    protected Node(Signal output, Signal... inputs) {
        this.inputs = Arrays.stream(inputs).filter(Objects::nonNull).toList();
        this.output = output;
    }

    /** The signals read, whose gradients {@link #backward} writes. */
    public final List<Signal> inputs() {
        return inputs;
    }

    /** The signal written. */
    public final Signal output() {
        return output;
    }

    /** Computes the output's value from the inputs' values. */
    public abstract void forward();

    /**
     * Computes the inputs' gradients and the parameters' gradients from the output's gradient, which is spent by that: it may be overwritten.
     * A node that is only planned for inference has no backward pass.
     */
    public void backward() {
        throw new UnsupportedOperationException("planned for inference: there is no backward pass");
    }

    /** Recomputes what was derived from the weights, after they changed; nothing by default. */
    public void refresh() {
    }

    /** Draws what this node leaves to chance in the next training step; nothing by default. */
    public void draw(RandomGenerator random) {
    }

    /**
     * Whether {@link #backward} may write the gradient of {@code inputs().get(0)} over the output's gradient, in the same memory.
     */
    public boolean backwardInPlace() {
        return false;
    }
}

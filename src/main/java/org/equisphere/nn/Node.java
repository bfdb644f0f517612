package org.equisphere.nn;

import java.util.List;

/** One planned computation: reads some signals, writes one. Runs without allocating. */
public interface Node {

    /** The signals read, whose gradients {@link #backward} writes. */
    List<Signal> inputs();

    /** The signal written. */
    Signal output();

    /** Computes the output's value from the inputs' values. */
    void forward();

    /** Computes the inputs' gradients and the parameters' gradients from the output's gradient. Not called in inference. */
    void backward();

    /** Recomputes what was derived from the weights, after they changed; nothing by default. */
    default void refresh() {
    }

    /**
     * Whether {@link #backward} may write the gradient of {@code inputs().get(0)} over the output's gradient, in the same memory.
     */
    default boolean backwardInPlace() {
        return false;
    }
}

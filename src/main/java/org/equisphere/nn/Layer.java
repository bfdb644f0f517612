package org.equisphere.nn;

/** One layer of a {@link Network}: an immutable description that declares its parameters and plans its computation. */
public interface Layer {

    /**
     * Declares this layer's parameters and statistics, and checks that it can take its input.
     *
     * @param blueprint receives the declarations
     * @param input     the shape of one example, without the batch: {height, width, channels} or {features}; not modified
     * @return the shape of one output example
     * @throws IllegalArgumentException when the layer cannot take such an input
     */
    int[] declare(Blueprint blueprint, int[] input);

    /**
     * Adds this layer's nodes to a plan.
     *
     * @param plan  where the nodes go
     * @param input what the layer reads
     * @return what the layer writes
     */
    Signal plan(Plan plan, Signal input);
}

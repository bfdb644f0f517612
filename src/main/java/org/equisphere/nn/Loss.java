package org.equisphere.nn;

import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/**
 * A training objective planned for one batch size: from a network's output and labels to losses and the output's gradient.
 */
public interface Loss {

    /**
     * Takes note of a batch's labels before {@link #compute}, on the host and so outside a recorded step; most losses need nothing of it.
     *
     * @param labels one an example, as {@link #compute} will get them; not modified
     */
    default void prepare(int[] labels) {
    }

    /**
     * Computes the losses of a batch and their gradient.
     *
     * @param output         [batch, outputs]; not modified
     * @param labels         one an example
     * @param outputGradient [batch, outputs], overwritten
     */
    void compute(Tensor output, LabelVector labels, Tensor outputGradient);

    /** [batch]: each example's share of the batch's loss, written by {@link #compute}. */
    Tensor losses();
}

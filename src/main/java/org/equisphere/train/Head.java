package org.equisphere.train;

import java.util.Optional;
import org.equisphere.assignment.LabelAssignment;
import org.equisphere.nn.Loss;
import org.equisphere.nn.Network;
import org.equisphere.nn.Reduction;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/**
 * What stands at the end of a network: how its outputs become a loss and scores, and what is assigned to what.
 */
interface Head extends RunState {

    /** The network to train: the embedding, with what this head learns behind it. */
    Network network(Network embedding);

    /** The loss on outputs of that network, planned for a batch size. */
    Loss loss(Backend backend, int batch);

    /** How that loss makes one number of a batch. */
    Reduction reduction();

    /** The scores of outputs of that network, planned for a batch size. */
    Scores scores(Backend backend, int batch);

    /** From outputs [batch, outputs] to scores [batch, classes], valid until the next call. */
    @FunctionalInterface
    interface Scores {
        /** Computes the scores. */
        Tensor of(Tensor outputs);
    }

    /** What the scores are divided by to make confidences of them. */
    double temperature();

    /** Whether {@link #observe} is to be called. */
    default boolean observes() {
        return false;
    }

    /**
     * Sees the outputs of a training step, for examples that were not blended.
     *
     * @param outputs [count or more, outputs]; not modified
     * @param labels  of them, count or more
     * @param classes the same labels on the host; not modified
     */
    default void observe(Tensor outputs, LabelVector labels, int[] classes, int count) {
        // nothing to learn from
    }

    /**
     * Hears how alike classes are, where that does not come from what it observes.
     *
     * @param similarities [classes, classes], symmetric; kept, not copied
     */
    default void similarities(double[] similarities) {
        // nothing is matched to them
    }

    /** Solves the assignment again; not called on a head that does not observe. */
    default LabelAssignment.Update reassign() {
        return LabelAssignment.Update.NONE;
    }

    /** The class directions [classes, d] that {@link #reassign} works on; empty on a head without. */
    default double[] directions() {
        return new double[0];
    }

    /** The prototypes as they stand now, for a classifier of the {@link #embedding}; none where only logits decide. */
    Optional<Prototypes> prototypes(Weights trained);

    /** The prototype of each label, or an empty array where there are none. */
    int[] prototypeOfLabel();

    /** The part of trained weights that a classifier with these prototypes needs. */
    default Weights embedding(Network embedding, Weights trained) {
        return trained;
    }
}

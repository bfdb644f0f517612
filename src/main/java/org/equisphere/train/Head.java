package org.equisphere.train;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.equisphere.nn.Loss;
import org.equisphere.nn.Network;
import org.equisphere.nn.Reduction;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * What stands at the end of a network: how its outputs become a loss and scores, and what is assigned to what.
 */
public interface Head {

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
    boolean observes();

    /**
     * Sees the outputs of a training step.
     *
     * @param outputs [count, outputs] and more; not modified
     */
    void observe(float[] outputs, int[] labels, int count);

    /** Solves the assignment again, if it is not fixed. */
    AssignmentChange reassign();

    /** The prototype of each label, or an empty array where there are none. */
    int[] prototypeOfLabel();

    /** Saves what {@link #load} needs to go on exactly as before. */
    void save(DataOutput out) throws IOException;

    /** Goes on from what {@link #save} wrote. */
    void load(DataInput in) throws IOException;

    /**
     * What an assignment update did.
     *
     * @param labelsMoved     labels now at another prototype
     * @param objectiveBefore sum of cosines between class directions and prototypes; NaN where assignments are fixed
     * @param objectiveAfter  the same under the new assignment
     */
    record AssignmentChange(int labelsMoved, double objectiveBefore, double objectiveAfter) {

        /** Nothing moved. */
        static final AssignmentChange NONE = new AssignmentChange(0, Double.NaN, Double.NaN);
    }
}

package org.equisphere.nn;

import java.util.List;
import org.equisphere.tensor.Tensor;

/**
 * Moves weights along gradients. Order of use, for every step: {@link TrainingPass#backward}, then {@link #setRate}, then {@link #step}.
 */
public interface Optimizer {

    /** Sets the learning rate of the next step and counts it. */
    void setRate(double rate);

    /** Moves the weights one step: operations of the backend alone, so that a recorded step can be replayed. */
    void step();

    /** The tensors that must be saved to go on later exactly as before. */
    List<Tensor> state();

    /** How many steps were begun; part of what must be saved. */
    long steps();

    /** Goes on after {@code steps} steps; the tensors of {@link #state} are to be filled beside. */
    void resume(long steps);
}

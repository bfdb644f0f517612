package org.equisphere.nn;

import java.util.List;
import org.equisphere.tensor.Tensor;

/**
 * Moves weights along gradients. Order of use, for every step: {@link TrainingPass#backward}, then {@link #setRate}, then {@link #step}. The
 * backward pass and {@link #step} may be one recorded step that follows {@link #setRate}.
 */
public interface Optimizer {

    /** Begins a step: counts it and sets its learning rate. Called once a step, outside a recorded one. */
    void setRate(double rate);

    /** Moves the weights. May be recorded and replayed. */
    void step();

    /** The tensors that must be saved to go on later exactly as before. */
    List<Tensor> state();

    /** How many steps were begun; part of what must be saved. */
    long steps();

    /** Goes on after {@code steps} steps; the tensors of {@link #state} are to be filled beside. */
    void resume(long steps);
}

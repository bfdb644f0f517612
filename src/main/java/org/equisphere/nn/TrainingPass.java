package org.equisphere.nn;

import java.util.SplittableRandom;
import org.equisphere.tensor.Tensor;

/**
 * A network planned for training on batches of one size.
 *
 * <p>Order of use, for every step: fill {@link #input}; {@link #draw}; {@link #forward}; fill {@link #outputGradient} from {@link #output};
 * {@link #backward}; an {@link Optimizer} step from {@link #gradients}. Nothing is allocated after construction.
 */
public final class TrainingPass {

    private final Plan plan;
    private final Signal input;
    private final Signal output;
    private final Tensor gradients;

    /**
     * @param weights read by forward and backward; their running statistics are moved by forward
     * @param batch   examples of a batch, at least 1 (2 where the network normalises over the batch alone)
     */
    public TrainingPass(Weights weights, int batch) {
        gradients = weights.backend().tensor(weights.learned().size());
        plan = new Plan(weights, batch, gradients);
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

    /** [batch, output shape]: to be filled before {@link #backward}, which may overwrite it. */
    public Tensor outputGradient() {
        return output.gradient();
    }

    /** The learned parameters' gradients, laid out as {@link Weights#learned}; overwritten by {@link #backward}. */
    public Tensor gradients() {
        return gradients;
    }

    /**
     * Draws what the network leaves to chance in the next step. Outside a recorded step: its nodes read what was drawn.
     *
     * @param seed of the run
     * @param step the same numbers for the same step, so that a resumed run draws what it would have drawn
     */
    public void draw(long seed, long step) {
        // The step is hashed: from seed + step * SplittableRandom's increment, each would draw what the one before drew, moved by one.
        plan.draw(new SplittableRandom(seed + new SplittableRandom(step).nextLong()));
    }

    /** Computes the output from the input. */
    public void forward() {
        plan.forward();
    }

    /** Computes the gradients of all learned parameters from the output's gradient and the values of the last forward pass. */
    public void backward() {
        plan.backward();
    }
}

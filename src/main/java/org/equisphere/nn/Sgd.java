package org.equisphere.nn;

import java.util.List;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/** Stochastic gradient descent with momentum and weight decay, as PyTorch computes it. */
public final class Sgd implements Optimizer {

    private final Backend backend;
    private final Tensor velocity;
    private final Tensor rate;
    private final float[] rateValue = new float[1];
    private final float momentum;
    private final List<Part> parts;
    private final boolean nesterov;
    private long steps;

    /** Parameters side by side with one decay. */
    private record Part(Tensor weights, Tensor gradients, Tensor velocity, float decay) {
    }

    /** Decays all parameters; otherwise as {@link #Sgd(Weights, Tensor, double, double, boolean, boolean)}. */
    public Sgd(Weights weights, Tensor gradients, double momentum, double decay, boolean nesterov) {
        this(weights, gradients, momentum, decay, nesterov, false);
    }

    /**
     * @param weights   moved
     * @param gradients of the same layout, read
     * @param momentum  0 up to, not including, 1
     * @param decay     weight decay, at least 0
     * @param nesterov  whether the step looks ahead
     * @param linearAlone whether only the weights of linear maps decay: no scales, shifts and tables
     */
    public Sgd(Weights weights, Tensor gradients, double momentum, double decay, boolean nesterov, boolean linearAlone) {
        if (!(momentum >= 0 && (float) momentum < 1)) {
            throw new IllegalArgumentException("momentum is " + momentum + ", expected 0 up to, not including, 1");
        }
        if (!(decay >= 0)) {
            throw new IllegalArgumentException("weight decay is " + decay + ", expected at least 0");
        }
        this.backend = weights.backend();
        Tensor learned = weights.learned();
        this.velocity = backend.tensor(learned.size());
        this.rate = backend.tensor(1);
        this.momentum = (float) momentum;
        this.parts = DecaySpan.of(weights.network(), (float) decay, linearAlone).stream().map(span ->
                new Part(span.of(learned), span.of(gradients), span.of(velocity), span.decay())).toList();
        this.nesterov = nesterov;
    }

    @Override
    public void setRate(double value) {
        steps++;
        rateValue[0] = (float) value;
        rate.set(rateValue, 0, 1);
    }

    @Override
    public void step() {
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            backend.sgdStep(rate, momentum, part.decay, nesterov, part.weights, part.gradients, part.velocity);
        }
    }

    @Override
    public List<Tensor> state() {
        return List.of(velocity);
    }

    @Override
    public long steps() {
        return steps;
    }

    @Override
    public void resume(long stepsMade) {
        steps = stepsMade;
    }
}

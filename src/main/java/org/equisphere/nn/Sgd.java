package org.equisphere.nn;

import java.util.List;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/** Stochastic gradient descent with momentum and weight decay on all parameters, as PyTorch computes it. */
public final class Sgd implements Optimizer {

    private final Backend backend;
    private final Tensor weights;
    private final Tensor gradients;
    private final Tensor velocity;
    private final Tensor rate;
    private final float[] rateValue = new float[1];
    private final float momentum;
    private final float decay;
    private final boolean nesterov;
    private long steps;

    /**
     * @param weights   moved
     * @param gradients of the same layout, read
     * @param momentum  0 up to, not including, 1
     * @param decay     weight decay, at least 0
     * @param nesterov  whether the step looks ahead
     */
    public Sgd(Weights weights, Tensor gradients, double momentum, double decay, boolean nesterov) {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum is " + momentum + ", expected 0 up to, not including, 1");
        }
        if (!(decay >= 0)) {
            throw new IllegalArgumentException("weight decay is " + decay + ", expected at least 0");
        }
        this.backend = weights.backend();
        this.weights = weights.learned();
        this.gradients = gradients;
        this.velocity = backend.tensor(this.weights.size());
        this.rate = backend.tensor(1);
        this.momentum = (float) momentum;
        this.decay = (float) decay;
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
        backend.sgdStep(rate, momentum, decay, nesterov, weights, gradients, velocity);
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

package org.equisphere.nn;

import java.util.List;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), decay on all parameters. */
public final class AdamW implements Optimizer {

    private final Backend backend;
    private final Tensor weights;
    private final Tensor gradients;
    private final Tensor mean;
    private final Tensor square;
    private final Tensor rates;
    private final float[] rateValues = new float[3];
    private final float beta1;
    private final float beta2;
    private final float epsilon;
    private final float decay;
    private long steps;

    /**
     * @param weights   moved
     * @param gradients of the same layout, read
     * @param beta1     decay of the gradients' average, for instance 0.9
     * @param beta2     decay of the squares' average, for instance 0.999
     * @param epsilon   added to the square root, for instance 1e-8
     * @param decay     weight decay, for instance 0.01
     */
    public AdamW(Weights weights, Tensor gradients, double beta1, double beta2, double epsilon, double decay) {
        if (!(beta1 >= 0 && (float) beta1 < 1 && beta2 >= 0 && (float) beta2 < 1)) {
            throw new IllegalArgumentException("betas are " + beta1 + ", " + beta2 + ", expected 0 up to, not including, 1");
        }
        if (!(decay >= 0 && epsilon > 0)) {
            throw new IllegalArgumentException("weight decay " + decay + ", epsilon " + epsilon + ", expected at least 0 and above 0");
        }
        this.backend = weights.backend();
        this.weights = weights.learned();
        this.gradients = gradients;
        this.mean = backend.tensor(this.weights.size());
        this.square = backend.tensor(this.weights.size());
        this.rates = backend.tensor(3);
        this.beta1 = (float) beta1;
        this.beta2 = (float) beta2;
        this.epsilon = (float) epsilon;
        this.decay = (float) decay;
    }

    @Override
    public void setRate(double rate) {
        steps++;
        rateValues[0] = (float) rate;
        // from the rounded betas, which the step uses: 1 - 0.999f is off by 1.3e-5, and s / c2 would keep that error
        rateValues[1] = (float) (1 - Math.pow(beta1, steps));
        rateValues[2] = (float) (1 - Math.pow(beta2, steps));
        rates.set(rateValues, 0, 3);
    }

    @Override
    public void step() {
        backend.adamWStep(rates, beta1, beta2, epsilon, decay, weights, gradients, mean, square);
    }

    @Override
    public List<Tensor> state() {
        return List.of(mean, square);
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

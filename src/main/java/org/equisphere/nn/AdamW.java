package org.equisphere.nn;

import java.util.List;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019). */
public final class AdamW implements Optimizer {

    private final Backend backend;
    private final Tensor mean;
    private final Tensor square;
    private final Tensor rates;
    private final float[] rateValues = new float[3];
    private final float beta1;
    private final float beta2;
    private final float epsilon;
    private final List<Part> parts;
    private long steps;

    /** Parameters side by side with one decay. */
    private record Part(Tensor weights, Tensor gradients, Tensor mean, Tensor square, float decay) {
    }

    /** Decays all parameters; otherwise as {@link #AdamW(Weights, Tensor, double, double, double, double, boolean)}. */
    public AdamW(Weights weights, Tensor gradients, double beta1, double beta2, double epsilon, double decay) {
        this(weights, gradients, beta1, beta2, epsilon, decay, false);
    }

    /**
     * @param weights   moved
     * @param gradients of the same layout, read
     * @param beta1     decay of the gradients' average, for instance 0.9
     * @param beta2     decay of the squares' average, for instance 0.999
     * @param epsilon   added to the square root, for instance 1e-8
     * @param decay     weight decay, for instance 0.01
     * @param linearAlone whether only the weights of linear maps decay: no scales, shifts and tables
     */
    public AdamW(Weights weights, Tensor gradients, double beta1, double beta2, double epsilon, double decay, boolean linearAlone) {
        if (!(beta1 >= 0 && (float) beta1 < 1 && beta2 >= 0 && (float) beta2 < 1)) {
            throw new IllegalArgumentException("betas are " + beta1 + ", " + beta2 + ", expected 0 up to, not including, 1");
        }
        if (!(decay >= 0 && epsilon > 0)) {
            throw new IllegalArgumentException("weight decay " + decay + ", epsilon " + epsilon + ", expected at least 0 and above 0");
        }
        this.backend = weights.backend();
        Tensor learned = weights.learned();
        this.mean = backend.tensor(learned.size());
        this.square = backend.tensor(learned.size());
        this.rates = backend.tensor(3);
        this.beta1 = (float) beta1;
        this.beta2 = (float) beta2;
        this.epsilon = (float) epsilon;
        this.parts = DecaySpan.of(weights.network(), (float) decay, linearAlone).stream().map(span ->
                new Part(span.of(learned), span.of(gradients), span.of(mean), span.of(square), span.decay())).toList();
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
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            backend.adamWStep(rates, beta1, beta2, epsilon, part.decay, part.weights, part.gradients, part.mean, part.square);
        }
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

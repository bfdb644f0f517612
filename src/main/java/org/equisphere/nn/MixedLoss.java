package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Labels;
import org.equisphere.tensor.Tensor;

/**
 * The loss of blended examples (Zhang et al. 2018, mixup): lambda * L(y) + (1 - lambda) * L(y'), y being an example's own label and y' that of
 * the example blended into it.
 *
 * <p>Order of use, for every batch: {@link #mix}, {@link #prepare}, then {@link #compute}. A step with it may not be recorded and replayed: lambda
 * changes from batch to batch and is no tensor.
 */
public final class MixedLoss implements Loss {

    private final Backend backend;
    private final Loss loss;
    private final Labels secondLabels;
    private final Tensor gradient;
    private final Tensor losses;
    private float lambda = 1;

    /**
     * @param loss    L; its {@link Loss#prepare} sees the own labels, of which the others are a permutation
     * @param batch   examples of a batch
     * @param outputs of the network, an example
     */
    public MixedLoss(Backend backend, Loss loss, int batch, int outputs) {
        this.backend = backend;
        this.loss = loss;
        this.secondLabels = backend.labels(batch);
        this.gradient = backend.tensor(batch, outputs);
        this.losses = backend.tensor(batch);
    }

    /**
     * Takes the second labels of a batch.
     *
     * @param labels  y', one an example; not modified
     * @param count   examples of the batch
     * @param classes one more than the largest label
     * @param weight  lambda, 0 to 1
     */
    public void mix(int[] labels, int count, int classes, float weight) {
        secondLabels.set(labels, count, classes);
        lambda = weight;
    }

    @Override
    public void prepare(int[] labels) {
        loss.prepare(labels);
    }

    @Override
    public void compute(Tensor output, Labels labels, Tensor outputGradient) {
        backend.fill(outputGradient, 0);
        backend.fill(losses, 0);
        add(output, labels, lambda, outputGradient);
        add(output, secondLabels, 1 - lambda, outputGradient);
    }

    private void add(Tensor output, Labels labels, float weight, Tensor outputGradient) {
        loss.compute(output, labels, gradient);
        backend.addScaled(weight, gradient, outputGradient);
        backend.addScaled(weight, loss.losses(), losses);
    }

    @Override
    public Tensor losses() {
        return losses;
    }
}

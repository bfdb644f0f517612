package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/**
 * The loss of blended examples (Zhang et al. 2018, mixup): lambda * L(y) + (1 - lambda) * L(y'), y being an example's own label and y' that of
 * the example blended into it.
 *
 * <p>Order of use, for every batch: {@link #mix}, {@link #prepare}, then {@link #compute}. Lambda lies in a tensor, so that a recorded step can be
 * replayed with another.
 */
public final class MixedLoss implements Loss {

    private final Backend backend;
    private final Loss loss;
    private final LabelVector secondLabels;
    private final Tensor gradient;
    private final Tensor losses;
    private final Tensor share;
    private final Tensor otherShare;

    /**
     * @param loss    L; its {@link Loss#prepare} gets each example's first label: the second labels are the same labels in another order
     * @param batch   examples of a batch
     * @param outputs of the network, an example
     */
    public MixedLoss(Backend backend, Loss loss, int batch, int outputs) {
        this.backend = backend;
        this.loss = loss;
        this.secondLabels = backend.labels(batch);
        this.gradient = backend.tensor(batch, outputs);
        this.losses = backend.tensor(batch);
        this.share = backend.tensor(batch);
        this.otherShare = backend.tensor(batch);
        backend.fill(share, 1);
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
        backend.fill(share, weight);
        backend.fill(otherShare, 1 - weight);
    }

    @Override
    public void prepare(int[] labels) {
        loss.prepare(labels);
    }

    @Override
    public void compute(Tensor output, LabelVector labels, Tensor outputGradient) {
        add(output, labels, share, outputGradient, false);
        add(output, secondLabels, otherShare, outputGradient, true);
    }

    private void add(Tensor output, LabelVector labels, Tensor weights, Tensor outputGradient, boolean accumulate) {
        loss.compute(output, labels, gradient);
        backend.scaleExamples(weights, gradient, outputGradient, accumulate);
        backend.scaleExamples(weights, loss.losses(), losses, accumulate);
    }

    @Override
    public Tensor losses() {
        return losses;
    }
}

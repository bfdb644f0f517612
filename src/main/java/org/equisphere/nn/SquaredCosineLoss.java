package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/**
 * The loss of hyperspherical prototype learning (Mettes et al. 2019, eq. 1): the sum over the batch of (1 - cos(f, p))^2, p being the prototype
 * assigned to the example's label. It only pulls: nothing is learned in the classifier.
 */
public final class SquaredCosineLoss implements Loss {

    private final Backend backend;
    private final Tensor targets;
    private final float scale;
    private final Tensor losses;

    /**
     * @param targets   [classes, d]: each label's assigned prototype, unit rows; read at every step
     * @param batch     examples of a batch
     * @param reduction the sum as published, or the mean
     */
    public SquaredCosineLoss(Backend backend, Tensor targets, int batch, Reduction reduction) {
        this.backend = backend;
        this.targets = targets;
        this.scale = reduction.scale(batch);
        this.losses = backend.tensor(batch);
    }

    @Override
    public void compute(Tensor output, LabelVector labels, Tensor outputGradient) {
        backend.cosineLoss(output, targets, labels, scale, losses, outputGradient);
    }

    @Override
    public Tensor losses() {
        return losses;
    }
}

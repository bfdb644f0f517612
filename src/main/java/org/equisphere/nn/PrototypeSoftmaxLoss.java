package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Labels;
import org.equisphere.tensor.Tensor;

/**
 * Tempered softmax cross-entropy over fixed prototypes (Shen et al. 2023, EBV): logits are cos(f, p_k) / temperature for every label k;
 * the mean over the batch. It pulls toward the label's prototype and pushes away from the others.
 */
public final class PrototypeSoftmaxLoss implements Loss {

    private final Backend backend;
    private final Tensor targets;
    private final Tensor prior;
    private final float sharpness;
    private final float smoothing;
    private final float scale;
    private final Tensor unit;
    private final Tensor norms;
    private final Tensor logits;
    private final Tensor losses;

    /**
     * @param targets     [classes, d]: each label's assigned prototype, unit rows; read at every step
     * @param batch       examples of a batch
     * @param temperature above 0, for instance 0.07
     * @param smoothing   label smoothing, 0 up to, not including, 1
     * @param prior       [classes], added to the logits (log class frequencies for long tails), or null
     */
    public PrototypeSoftmaxLoss(Backend backend, Tensor targets, int batch, double temperature, double smoothing, Tensor prior) {
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("temperature is " + temperature + ", expected above 0");
        }
        if (!(smoothing >= 0 && smoothing < 1)) {
            throw new IllegalArgumentException("label smoothing is " + smoothing + ", expected 0 up to, not including, 1");
        }
        this.backend = backend;
        this.targets = targets;
        this.prior = prior;
        this.sharpness = (float) (1 / temperature);
        this.smoothing = (float) smoothing;
        this.scale = Reduction.MEAN.scale(batch);
        this.unit = backend.tensor(batch, targets.dimension(1));
        this.norms = backend.tensor(batch);
        this.logits = backend.tensor(batch, targets.dimension(0));
        this.losses = backend.tensor(batch);
    }

    @Override
    public void compute(Tensor output, Labels labels, Tensor outputGradient) {
        backend.normalizeRows(output, unit, norms);
        backend.gemm(false, true, sharpness, unit, targets, 0, logits);
        backend.softmaxCrossEntropy(logits, prior, labels, smoothing, scale, losses, logits);
        backend.gemm(false, false, sharpness, logits, targets, 0, outputGradient);
        backend.normalizeRowsBackward(unit, norms, outputGradient, outputGradient);
    }

    @Override
    public Tensor losses() {
        return losses;
    }
}

package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/**
 * Softmax cross-entropy over fixed prototypes, the mean over the batch: it pulls toward the label's prototype and pushes away from the
 * others. The logits of every label k are cos(f, p_k) / temperature (Shen et al. 2023, EBV), or, where the features keep their length,
 * &lt;f, p_k&gt; / temperature (Kasarla et al. 2022, whose radius is 1 / temperature).
 */
public final class PrototypeSoftmaxLoss implements Loss {

    private final Backend backend;
    private final Tensor targets;
    private final Tensor prior;
    private final float sharpness;
    private final float smoothing;
    private final float scale;
    private final Tensor unit; // null where the features keep their length
    private final Tensor norms;
    private final Tensor logits;
    private final Tensor losses;

    /** The loss over cosines; arguments as for {@link #PrototypeSoftmaxLoss(Backend, Tensor, int, double, double, Tensor, boolean)}. */
    public PrototypeSoftmaxLoss(Backend backend, Tensor targets, int batch, double temperature, double smoothing, Tensor prior) {
        this(backend, targets, batch, temperature, smoothing, prior, true);
    }

    /**
     * @param targets     [classes, d]: each label's assigned prototype, unit rows; read at every step
     * @param batch       examples of a batch
     * @param temperature above 0, for instance 0.07
     * @param smoothing   label smoothing, 0 up to, not including, 1
     * @param prior       [classes], added to the logits (log class frequencies for long tails), or null
     * @param normalized  whether features are divided by their length first
     */
    public PrototypeSoftmaxLoss(Backend backend, Tensor targets, int batch, double temperature, double smoothing, Tensor prior,
                                boolean normalized) {
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
        this.unit = normalized ? backend.tensor(batch, targets.dimension(1)) : null;
        this.norms = normalized ? backend.tensor(batch) : null;
        this.logits = backend.tensor(batch, targets.dimension(0));
        this.losses = backend.tensor(batch);
    }

    @Override
    public void compute(Tensor output, LabelVector labels, Tensor outputGradient) {
        if (unit != null) {
            backend.normalizeRows(output, unit, norms);
        }
        backend.gemm(false, true, sharpness, unit == null ? output : unit, targets, 0, logits);
        backend.softmaxCrossEntropy(logits, prior, labels, smoothing, scale, losses, logits);
        backend.gemm(false, false, sharpness, logits, targets, 0, outputGradient);
        if (unit != null) {
            backend.normalizeRowsBackward(unit, norms, outputGradient, outputGradient);
        }
    }

    @Override
    public Tensor losses() {
        return losses;
    }
}

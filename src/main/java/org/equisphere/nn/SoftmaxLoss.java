package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/** Softmax cross-entropy on the output itself, the mean over the batch: the parametric softmax classifier's loss. */
public final class SoftmaxLoss implements Loss {

    private final Backend backend;
    private final Tensor prior;
    private final float smoothing;
    private final float scale;
    private final Tensor losses;

    /**
     * @param batch     examples of a batch
     * @param smoothing label smoothing, 0 up to, not including, 1
     */
    public SoftmaxLoss(Backend backend, int batch, double smoothing) {
        this(backend, batch, smoothing, null);
    }

    /**
     * @param batch     examples of a batch
     * @param smoothing label smoothing, 0 up to, not including, 1
     * @param prior     [classes], added to the logits in training (log class frequencies: balanced softmax, Ren et al. 2020), or null
     */
    public SoftmaxLoss(Backend backend, int batch, double smoothing, Tensor prior) {
        if (!(smoothing >= 0 && smoothing < 1)) {
            throw new IllegalArgumentException("label smoothing is " + smoothing + ", expected 0 up to, not including, 1");
        }
        this.backend = backend;
        this.prior = prior;
        this.smoothing = (float) smoothing;
        this.scale = Reduction.MEAN.scale(batch);
        this.losses = backend.tensor(batch);
    }

    @Override
    public void compute(Tensor output, LabelVector labels, Tensor outputGradient) {
        backend.softmaxCrossEntropy(output, prior, labels, smoothing, scale, losses, outputGradient);
    }

    @Override
    public Tensor losses() {
        return losses;
    }
}

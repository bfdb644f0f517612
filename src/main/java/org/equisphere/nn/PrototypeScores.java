package org.equisphere.nn;

import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * The readout of a prototype classifier, planned for one batch size: the cosine of every feature to every label's prototype, or their inner product
 * where the features keep their length. The largest stands at the same label either way.
 */
public final class PrototypeScores {

    private final Backend backend;
    private final Tensor targets;
    private final boolean normalized;
    private final Tensor unit;
    private final Tensor norms;
    private final Tensor scores;

    /**
     * @param targets    [classes, d]: each label's assigned prototype, unit rows; read at every call
     * @param batch      examples of a batch
     * @param normalized whether features are divided by their length first
     */
    public PrototypeScores(Backend backend, Tensor targets, int batch, boolean normalized) {
        this.backend = backend;
        this.targets = targets;
        this.normalized = normalized;
        this.unit = backend.tensor(batch, targets.dimension(1));
        this.norms = backend.tensor(batch);
        this.scores = backend.tensor(batch, targets.dimension(0));
    }

    /**
     * Computes the scores.
     *
     * @param features [batch, d]; not modified
     * @return [batch, classes], overwritten by the next call
     */
    public Tensor of(Tensor features) {
        backend.normalizeRows(features, unit, norms);
        backend.gemm(false, true, 1, normalized ? unit : features, targets, 0, scores);
        return scores;
    }

    /** [batch, d]: the features of the last call, normalised. */
    public Tensor unitFeatures() {
        return unit;
    }
}

package org.equisphere.nn;

import java.util.Arrays;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;

/**
 * The class-balanced dot-regression loss for long-tailed data (Yang et al. 2022, eq. 10): the mean over the batch of
 * (&lt;z, m_y&gt; - |m_y|)^2 / 2, z = f / |f| being the normalised feature and m_k = sqrt(gamma / n_k) * p_k the label's prototype scaled by how rare
 * the label is in the batch: n_k counts it, gamma is the batch divided by the number of different labels. For unit prototypes
 * an example's loss is gamma / n_y * (1 - cos(f, p_y))^2 / 2.
 *
 * <p>Order of use, for every batch: {@link #prepare}, then {@link #compute} with the same labels.
 */
public final class DotRegressionLoss implements Loss {

    private final Backend backend;
    private final Tensor targets;
    private final int batch;
    private final float scale;
    private final Tensor scaledTargets;
    private final Tensor unit;
    private final Tensor norms;
    private final Tensor losses;
    private final int[] counts;
    private final float[] rows;

    /**
     * @param targets [classes, d]: each label's assigned prototype, unit rows; read by {@link #prepare}
     * @param batch   examples of a batch
     */
    public DotRegressionLoss(Backend backend, Tensor targets, int batch) {
        this.backend = backend;
        this.targets = targets;
        this.batch = batch;
        this.scale = Reduction.MEAN.scale(batch);
        this.scaledTargets = backend.tensor(targets.shape());
        this.unit = backend.tensor(batch, targets.dimension(1));
        this.norms = backend.tensor(batch);
        this.losses = backend.tensor(batch);
        this.counts = new int[targets.dimension(0)];
        this.rows = new float[targets.size()];
        targets.get(rows, 0, rows.length);
        scaledTargets.set(rows);
    }

    @Override
    public void prepare(int[] labels) {
        double gamma = (double) batch / count(labels);
        int d = targets.dimension(1);
        targets.get(rows, 0, rows.length);
        for (int i = 0; i < rows.length; i++) {
            int count = counts[i / d];
            rows[i] *= count == 0 ? 1 : (float) Math.sqrt(gamma / count);
        }
        scaledTargets.set(rows, 0, rows.length);
    }

    /** Counts the batch's labels. Returns how many different ones there are. */
    private int count(int[] labels) {
        if (labels.length < batch) {
            throw new IllegalArgumentException(labels.length + " labels, expected " + batch);
        }
        Arrays.fill(counts, 0);
        int different = 0;
        for (int i = 0; i < batch; i++) {
            if (labels[i] < 0 || labels[i] >= counts.length) {
                throw new IllegalArgumentException("label " + labels[i] + " at " + i + " is not in 0.." + (counts.length - 1));
            }
            if (counts[labels[i]]++ == 0) {
                different++;
            }
        }
        return different;
    }

    @Override
    public void compute(Tensor output, LabelVector labels, Tensor outputGradient) {
        backend.normalizeRows(output, unit, norms);
        backend.dotRegressionLoss(unit, scaledTargets, labels, scale, losses, outputGradient);
        backend.normalizeRowsBackward(unit, norms, outputGradient, outputGradient);
    }

    @Override
    public Tensor losses() {
        return losses;
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;
import static org.equisphere.tensor.HostBackend.get;
import static org.equisphere.tensor.HostBackend.set;

/** The softmax cross-entropy of {@link Backend}, row by row with the row maximum taken out, each row in an array that stays in the cache. */
final class PlainSoftmax extends RangeTask {

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final RowLoops loops;
    private Tensor logits;
    private Tensor prior;
    private LabelVector labels;
    private float smoothing;
    private float scale;
    private Tensor losses;
    private Tensor dlogits;

    PlainSoftmax(Workers workers, Scratch.OfThread scratch, RowLoops loops) {
        this.workers = workers;
        this.scratch = scratch;
        this.loops = loops;
    }

    void crossEntropy(Tensor scores, Tensor added, LabelVector classes, float smooth, float factor, Tensor values, Tensor gradient) {
        logits = scores;
        prior = added;
        labels = classes;
        smoothing = smooth;
        scale = factor;
        losses = values;
        dlogits = gradient;
        run(workers, logits.dimension(0), logits.dimension(1));
    }

    @Override
    void range(int index, int from, int to) {
        int c = logits.dimension(1);
        float[] row = scratch.get().first(RowLoops.room(c));
        for (int i = from; i < to; i++) {
            System.arraycopy(array(logits), logits.offset() + i * c, row, 0, c);
            set(losses, i, row(row, c, array(labels)[i]));
            System.arraycopy(row, 0, array(dlogits), dlogits.offset() + i * c, c);
        }
    }

    /** With a_k = logit + prior: -log q_k = logSum - (a_k - max), so the loss is logSum - sum_k t_k (a_k - max). Leaves the gradient in the row. */
    private double row(float[] row, int c, int label) {
        for (int k = 0; prior != null && k < c; k++) {
            row[k] += get(prior, k);
        }
        RowLoops.shift(row, c);
        double targeted = (1 - smoothing) * row[label];
        for (int k = 0; smoothing != 0 && k < c; k++) {
            targeted += smoothing / c * row[k];
        }
        double sum = loops.exponentials(row, c);
        float share = (float) (scale / sum);
        float elsewhere = scale * smoothing / c;
        for (int k = 0; k < c; k++) {
            row[k] = row[k] * share - elsewhere;
        }
        row[label] -= scale * (1 - smoothing);
        return scale * (Math.log(sum) - targeted);
    }
}

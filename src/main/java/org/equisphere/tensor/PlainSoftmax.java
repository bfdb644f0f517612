package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/** The softmax cross-entropy of {@link Backend}, row by row, sums in double with the row maximum taken out. */
final class PlainSoftmax {

    private final Workers workers;
    private final CrossEntropy crossEntropy = new CrossEntropy();

    PlainSoftmax(Workers workers) {
        this.workers = workers;
    }

    void crossEntropy(Tensor logits, Tensor prior, Labels labels, float smoothing, float scale, Tensor losses, Tensor dlogits) {
        crossEntropy.logits = logits;
        crossEntropy.prior = prior;
        crossEntropy.labels = labels;
        crossEntropy.smoothing = smoothing;
        crossEntropy.scale = scale;
        crossEntropy.losses = losses;
        crossEntropy.dlogits = dlogits;
        crossEntropy.run(workers, logits.dimension(0), logits.dimension(1));
    }

    private static final class CrossEntropy extends RangeTask {

        private Tensor logits;
        private Tensor prior;
        private Labels labels;
        private float smoothing;
        private float scale;
        private Tensor losses;
        private Tensor dlogits;

        @Override
        void range(int index, int from, int to) {
            for (int row = from; row < to; row++) {
                row(row);
            }
        }

        /** With a_k = logit + prior: -log q_k = logSum - (a_k - max), so the loss is logSum - sum_k t_k (a_k - max). */
        private void row(int row) {
            int c = logits.dimension(1);
            int label = array(labels)[row];
            double max = Double.NEGATIVE_INFINITY;
            for (int k = 0; k < c; k++) {
                max = Math.max(max, logit(row, k));
            }
            double sum = 0;
            double targeted = 0;
            for (int k = 0; k < c; k++) {
                double a = logit(row, k) - max;
                sum += Math.exp(a);
                targeted += target(k == label, c) * a;
            }
            array(losses)[losses.offset() + row] = (float) (scale * (Math.log(sum) - targeted));
            float[] gradient = array(dlogits);
            for (int k = 0; k < c; k++) {
                double q = Math.exp(logit(row, k) - max) / sum;
                gradient[dlogits.offset() + row * c + k] = (float) (scale * (q - target(k == label, c)));
            }
        }

        private double logit(int row, int k) {
            double logit = array(logits)[logits.offset() + row * logits.dimension(1) + k];
            return prior == null ? logit : logit + array(prior)[prior.offset() + k];
        }

        private double target(boolean labelled, int c) {
            double share = (double) smoothing / c;
            return labelled ? 1 - smoothing + share : share;
        }
    }
}

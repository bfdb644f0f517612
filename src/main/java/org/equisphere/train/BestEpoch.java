package org.equisphere.train;

import org.equisphere.nn.Weights;

/**
 * The network as it was after the epoch that did best on the data it is judged by; of equal epochs the first. Chosen by that data: its accuracy is
 * that of the luckiest epoch, not what new data will show.
 *
 * @param epoch            from 1
 * @param top1             share of test examples whose best label is right
 * @param learned          the learned parameters, flat
 * @param statistics       the kept statistics, flat
 * @param prototypeOfLabel the assignment the epoch was trained and judged with; empty for a softmax head
 */
public record BestEpoch(int epoch, double top1, float[] learned, float[] statistics, int[] prototypeOfLabel) {

    /** These numbers on the backend of a run's weights. */
    public Weights weights(Weights run) {
        return run.network().weights(run.backend(), learned, statistics);
    }
}

package org.equisphere.train;

import java.util.List;

/**
 * What a run is about.
 *
 * @param settings       how it trains
 * @param trainExamples  how many examples it learns from
 * @param testExamples   how many test examples there are; each epoch is judged by them, or by training examples held out where there are any
 * @param classes        labels
 * @param parameters     numbers learned
 * @param stepsPerEpoch  batches of an epoch
 * @param history        the epochs that were over before; empty unless the run was resumed
 * @param stepsDone      steps of the first epoch made before; 0 unless the run was resumed
 * @param backend        what computes
 */
public record RunDescription(TrainingSettings settings, int trainExamples, int testExamples, int classes, int parameters, int stepsPerEpoch,
                             List<EpochSummary> history, int stepsDone, String backend) {

    /** From 1: where the run goes on. */
    public int firstEpoch() {
        return history.size() + 1;
    }
}

package org.equisphere.train;

/**
 * What a run is about.
 *
 * @param settings       how it trains
 * @param trainExamples  how many examples it learns from
 * @param testExamples   how many examples it is judged by
 * @param classes        labels
 * @param parameters     numbers learned
 * @param stepsPerEpoch  batches of an epoch
 * @param firstEpoch     1, or where a checkpoint left off
 * @param backend        what computes
 */
public record RunDescription(TrainingSettings settings, int trainExamples, int testExamples, int classes, int parameters, int stepsPerEpoch,
                             int firstEpoch, String backend) {
}

package org.equisphere.train;

/**
 * What one epoch gave.
 *
 * @param epoch           from 1
 * @param loss            mean over the epoch's training examples, as each batch was met
 * @param top1            share of the examples judged by whose best label is right, under the assignment trained with.
 *                        Judged by are the test examples, or the held-out ones where the settings hold some out
 * @param top5            share whose label is among the five best
 * @param labelsMoved     labels that stand at another prototype from the next epoch on; 0 where assignments are fixed
 * @param objectiveBefore sum over labels of the cosine between class direction and its prototype before the update; NaN where fixed
 * @param objectiveAfter  the same after it
 * @param rate            learning rate of the last step
 * @param examplesPerSecond training examples met a second, evaluation not counted
 * @param seconds         training, evaluation and assignment together
 * @param assignmentSeconds the part of them that went to assignments: following the class directions and solving; 0 where assignments are fixed
 */
public record EpochSummary(int epoch, double loss, double top1, double top5, int labelsMoved, double objectiveBefore, double objectiveAfter,
                           double rate, double examplesPerSecond, double seconds, double assignmentSeconds) {
}

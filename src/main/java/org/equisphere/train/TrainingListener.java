package org.equisphere.train;

/**
 * Hears of a run as it goes, on the training thread. Listeners do not depend on one another's order.
 */
public interface TrainingListener {

    /** Before the first step. */
    default void started(RunDescription run) {
    }

    /**
     * After each step.
     *
     * @param epoch from 1
     * @param step  of this epoch, from 1
     * @param steps of an epoch
     * @param loss  mean over the step's examples
     */
    default void stepped(int epoch, int step, int steps, double loss) {
    }

    /**
     * After each assignment that was solved from class directions.
     *
     * @param epoch            from 1
     * @param directions       [classes, d] row-major, the directions it was solved from; a copy
     * @param prototypeOfLabel [classes], what it found; a copy
     */
    default void assigned(int epoch, double[] directions, int[] prototypeOfLabel) {
    }

    /** After each epoch, its evaluation and its assignment update. */
    default void epochEnded(EpochSummary epoch) {
    }
}

package org.equisphere.train;

/** The loss is no longer a finite number; the message says where and what may help. */
public final class TrainingDivergedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TrainingDivergedException(int epoch, int step, double loss, double rate) {
        super("the loss became " + loss + " in epoch " + epoch + ", step " + step + ", at learning rate " + rate
                + ": try a lower rate or a warm-up");
    }
}

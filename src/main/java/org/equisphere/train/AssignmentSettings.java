package org.equisphere.train;

import java.util.Locale;
import java.util.Objects;

/**
 * How labels come to their prototypes, and when that is solved again.
 *
 * @param rule       what is solved
 * @param period     epochs from one solution to the next, at least 1; not used where {@code steps} is above 0
 * @param steps      training steps from one solution to the next (Li et al. 2022, TSC: 1), or 0 for whole epochs
 * @param margin     hysteresis, at least 0: under the linear rule and with a rotation, a label leaves its prototype only as part of an exchange that
 *                   gains more than this for each label moved, in cosine; under the quadratic rule an exchange must gain more than this of
 *                   its own objective, too
 * @param warmUp     first epochs in which nothing moves, at least 0
 * @param freeze     the last epoch in which labels, or class means, move, or 0 for no such end
 * @param similarity what the quadratic rule takes for the likeness of classes
 * @param freeEpochs epochs of the preliminary run under {@link Similarity#FREE}, at least 1
 * @param momentum   weight of the past in the class directions' moving averages, 0 up to, not including, 1
 */
public record AssignmentSettings(Rule rule, int period, int steps, double margin, int warmUp, int freeze, Similarity similarity, int freeEpochs,
                                 double momentum) {

    /** What is solved. */
    public enum Rule {
        /** Nothing: the first assignment stays. */
        FIXED,
        /** The largest sum of cosines between class directions and prototypes: the method. */
        LINEAR,
        /** The same, together with the rotation of the whole prototype set that makes it largest (orthogonal Procrustes), in alternation. */
        ROTATION,
        /** Similar classes to near prototypes, by local search from the linear solution. */
        QUADRATIC;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Where the likeness of classes comes from. */
    public enum Similarity {
        /** Cosines of the centred class directions. */
        MEANS,
        /** How often each class is taken for each other, on held-out training data. */
        CONFUSION,
        /** Cosines of centred class means after a short preliminary run with a learned classifier, which no prototype has pulled. */
        FREE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Checks the ranges. */
    public AssignmentSettings {
        Objects.requireNonNull(rule, "assignment");
        Objects.requireNonNull(similarity, "similarity");
        TrainingSettings.require(period >= 1, "assignment period", period, "at least 1 epoch");
        TrainingSettings.require(steps >= 0, "assignment steps", steps, "at least 1 training step, or 0 for whole epochs");
        TrainingSettings.require(margin >= 0 && margin < Double.POSITIVE_INFINITY, "assignment margin", margin, "a finite number, at least 0");
        TrainingSettings.require(warmUp >= 0, "assignment warm-up", warmUp, "at least 0 epochs");
        TrainingSettings.require(freeze == 0 || freeze > warmUp, "assignment freeze", freeze, "an epoch after the warm-up, or 0 for none");
        TrainingSettings.require(freeEpochs >= 1, "free epochs", freeEpochs, "at least 1");
        TrainingSettings.require(momentum >= 0 && momentum < 1, "direction momentum", momentum, "0 up to, not including, 1");
    }

    private boolean open(int epoch) {
        return epoch > warmUp && (freeze == 0 || epoch <= freeze);
    }

    /** Whether the end of an epoch, counted from 1, is a time to solve. */
    boolean dueAfterEpoch(int epoch) {
        return steps == 0 && open(epoch) && epoch % period == 0;
    }

    /**
     * Whether the end of a step is a time to solve.
     *
     * @param epoch from 1
     * @param step  of the whole run, from 1
     */
    boolean dueAfterStep(int epoch, long step) {
        return steps > 0 && open(epoch) && step % steps == 0;
    }

    /** The settings in words that tell everything that can change a result; under the fixed rule period and momentum are those of class means. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(rule.toString());
        if (rule == Rule.QUADRATIC) {
            text.append(" of ").append(similarity).append(similarity == Similarity.FREE ? " " + freeEpochs : "");
        }
        text.append(steps > 0 ? ", every " + steps + " steps" : ", every " + period + " epochs");
        text.append(margin > 0 ? ", margin " + margin : "").append(warmUp > 0 ? ", after " + warmUp : "")
                .append(freeze > 0 ? ", until " + freeze : "");
        return text.append(", momentum ").append(momentum).toString();
    }
}

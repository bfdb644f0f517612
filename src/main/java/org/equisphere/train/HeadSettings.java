package org.equisphere.train;

import java.util.Locale;
import java.util.Map;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.AssignmentSettings.Similarity;

/**
 * What stands at the end of a network: prototypes x loss x assignment, each chosen for itself.
 *
 * @param prototypes  the directions that stand for labels
 * @param spread      iterations of the Gaussian potential that push class means apart as they become prototypes, or 0 to take them as they are
 * @param loss        what pulls features to them
 * @param temperature what scores are divided by in the softmax losses, above 0, and 1 where class vectors of any length are learned; the other
 *                    losses have use for it in confidences alone
 * @param smoothing   label smoothing of the softmax losses, 0 up to, not including, 1
 * @param prior       whether the softmax losses add log class frequencies to the logits in training (Ren et al. 2020)
 * @param assignment  which label stands at which prototype
 */
public record HeadSettings(PrototypeKind prototypes, int spread, LossKind loss, double temperature, double smoothing, boolean prior,
                           AssignmentSettings assignment) {

    /** Short names of heads: combinations of prototypes, loss and assignment, to begin settings from. */
    public enum HeadKind {
        /** Evenly spread prototypes, squared cosine loss, labels assigned anew after every epoch: the method. */
        DYNAMIC(PrototypeKind.UNIFORMITY, LossKind.COSINE, Rule.LINEAR),
        /** The same, labels assigned once by chance (Mettes et al. 2019, HPN). */
        STATIC(PrototypeKind.UNIFORMITY, LossKind.COSINE, Rule.FIXED),
        /** A learned linear classifier with softmax cross-entropy. */
        SOFTMAX(PrototypeKind.LEARNED, LossKind.SOFTMAX, Rule.FIXED),
        /** A learned cosine classifier with tempered softmax cross-entropy (Wang et al. 2017). */
        NORMFACE(PrototypeKind.LEARNED, LossKind.TEMPERED, Rule.FIXED),
        /** A fixed simplex with dot regression (Yang et al. 2022). */
        ETF(PrototypeKind.ETF, LossKind.DOT_REGRESSION, Rule.FIXED),
        /** Fixed equiangular basis vectors with tempered softmax, label smoothing 0.1 (Shen et al. 2023). */
        EBV(PrototypeKind.EBV, LossKind.TEMPERED, Rule.FIXED, LossKind.TEMPERED.temperature(), 0.1, 0),
        /** The class means with tempered softmax (Jiang et al. 2024). */
        MEANS(PrototypeKind.MEANS, LossKind.TEMPERED, Rule.FIXED),
        /** The maximum-separation matrix before a softmax, radius 0.1, so temperature 10 (Kasarla et al. 2022). */
        MAXSEP(PrototypeKind.MAXSEP, LossKind.SOFTMAX, Rule.FIXED, 10, 0, 0),
        /**
         * Evenly spread prototypes, tempered softmax, labels assigned anew after every step: the matching of Li et al. 2022,
         * without its contrastive stage.
         */
        TSC(PrototypeKind.UNIFORMITY, LossKind.TEMPERED, Rule.LINEAR, LossKind.TEMPERED.temperature(), 0, 1);

        final PrototypeKind prototypes;
        final LossKind loss;
        final Rule rule;
        final double temperature;
        final double smoothing;
        final int steps; // from one assignment to the next, or 0 for whole epochs

        HeadKind(PrototypeKind prototypes, LossKind loss, Rule rule) {
            this(prototypes, loss, rule, loss.temperature(), 0, 0);
        }

        HeadKind(PrototypeKind prototypes, LossKind loss, Rule rule, double temperature, double smoothing, int steps) {
            this.prototypes = prototypes;
            this.loss = loss;
            this.rule = rule;
            this.temperature = temperature;
            this.smoothing = smoothing;
            this.steps = steps;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What pulls features to prototypes. */
    public enum LossKind {
        /** Sum over the batch of (1 - cos)^2: the published loss. */
        COSINE,
        /** The mean of the same. */
        COSINE_MEAN,
        /** Softmax cross-entropy over the cosines to all prototypes, tempered, mean over the batch (Shen et al. 2023): it pushes, too. */
        TEMPERED,
        /** Dot regression with rare classes weighted up (Yang et al. 2022); wants an architecture with {@code +norm}. */
        DOT_REGRESSION,
        /** Softmax cross-entropy over inner products with features of any length, mean over the batch. */
        SOFTMAX;

        /** Whether it compares an example's label with all others. */
        public boolean pushes() {
            return this == TEMPERED || this == SOFTMAX;
        }

        /** Whether it is one of cosines, features being divided by their length, and not of inner products. */
        public boolean normalizes() {
            return this != SOFTMAX;
        }

        double temperature() {
            return this == SOFTMAX ? 1 : 0.07;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Checks the ranges, and that the parts mean something together. */
    public HeadSettings {
        TrainingSettings.require(spread >= 0, "spread", spread, "at least 0 iterations");
        if (spread > 0 && prototypes != PrototypeKind.MEANS) {
            throw new IllegalArgumentException("spread is " + spread + ", but prototypes are " + prototypes + ", expected means");
        }
        TrainingSettings.require(temperature > 0 && temperature < Double.POSITIVE_INFINITY, "temperature", temperature, "above 0");
        TrainingSettings.require(smoothing >= 0 && smoothing < 1, "label smoothing", smoothing, "0 up to, not including, 1");
        if (!loss.pushes() && (smoothing > 0 || prior)) {
            throw new IllegalArgumentException("label smoothing and logit prior belong to a softmax, but the loss is "
                    + loss + ", expected tempered or softmax");
        }
        if (prototypes.learned() && !loss.pushes()) {
            throw new IllegalArgumentException("learned prototypes would all fall together under the loss "
                    + loss + ", which only pulls; expected tempered or softmax");
        }
        if (prototypes.learned() && loss == LossKind.SOFTMAX) {
            TrainingSettings.require(temperature == 1, "temperature", temperature, "1 for learned class vectors of any length");
        }
        if ((prototypes.learned() || prototypes == PrototypeKind.MEANS) && assignment.rule() != Rule.FIXED) {
            throw new IllegalArgumentException(prototypes + " prototypes belong to their labels: assignment is "
                    + assignment.rule() + ", expected fixed");
        }
    }

    /** Begins with a short name's combination. */
    public static Builder builder(HeadKind kind) {
        return new Builder(kind);
    }

    /** Begins with these settings. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Whether labels may come to other prototypes than their first. */
    public boolean dynamic() {
        return assignment.rule() != Rule.FIXED;
    }

    /** Adds all settings that can change a result, as texts. */
    void describe(Map<String, String> map) {
        map.put("prototypes", prototypesInWords());
        map.put("loss", loss + (loss.pushes() || temperature != loss.temperature() ? " " + temperature : "")
                + (smoothing > 0 ? ", smoothing " + smoothing : "") + (prior ? ", prior" : ""));
        if (!prototypes.learned()) {
            map.put("assignment", assignment.toString());
        }
    }

    private String prototypesInWords() {
        return spread > 0 ? prototypes + ", spread " + spread : prototypes.toString();
    }

    /** In a few words, for people. */
    @Override
    public String toString() {
        return prototypesInWords() + " x " + loss + " x "
                + (assignment.steps() > 0 ? assignment.rule() + " every " + assignment.steps() + " steps" : assignment.rule());
    }

    /** Collects settings; {@link #build} checks them. */
    public static final class Builder {

        private PrototypeKind prototypes;
        private int spread;
        private LossKind loss;
        private double temperature;
        private double smoothing;
        private boolean prior;
        private Rule rule;
        private int period = 1;
        private int steps;
        private double margin;
        private int warmUp;
        private int freeze;
        private Similarity similarity = Similarity.MEANS;
        private int freeEpochs = 3;
        private double momentum = 0.9;

        private Builder(HeadKind kind) {
            prototypes(kind.prototypes).loss(kind.loss).assignment(kind.rule);
            temperature = kind.temperature;
            smoothing = kind.smoothing;
            steps = kind.steps;
        }

        private Builder(HeadSettings s) {
            prototypes = s.prototypes;
            spread = s.spread;
            loss = s.loss;
            temperature = s.temperature;
            smoothing = s.smoothing;
            prior = s.prior;
            rule = s.assignment.rule();
            period = s.assignment.period();
            steps = s.assignment.steps();
            margin = s.assignment.margin();
            warmUp = s.assignment.warmUp();
            freeze = s.assignment.freeze();
            similarity = s.assignment.similarity();
            freeEpochs = s.assignment.freeEpochs();
            momentum = s.assignment.momentum();
        }

        /** The directions that stand for labels. */
        public Builder prototypes(PrototypeKind kind) {
            prototypes = kind;
            return this;
        }

        /** Iterations that push class means apart as they become prototypes, 0 for none; for {@link PrototypeKind#MEANS} alone. */
        public Builder spread(int iterations) {
            spread = iterations;
            return this;
        }

        /** What pulls features to them, at its usual temperature (0.07 tempered, 1 plain), without smoothing and prior. */
        public Builder loss(LossKind kind) {
            loss = kind;
            temperature = kind.temperature();
            smoothing = 0;
            prior = false;
            return this;
        }

        /** What scores are divided by in the softmax losses, above 0; with other losses in confidences alone. */
        public Builder temperature(double value) {
            temperature = value;
            return this;
        }

        /** Label smoothing of the softmax losses, 0 up to, not including, 1. */
        public Builder smoothing(double value) {
            smoothing = value;
            return this;
        }

        /** Whether the softmax losses add log class frequencies to the logits. */
        public Builder prior(boolean added) {
            prior = added;
            return this;
        }

        /** What is solved for the assignment. */
        public Builder assignment(Rule what) {
            rule = what;
            return this;
        }

        /** Epochs from one assignment to the next, at least 1; whole ones, whatever {@link #steps} was before. */
        public Builder period(int epochs) {
            period = epochs;
            steps = 0;
            return this;
        }

        /** Training steps from one assignment to the next; 0 for whole epochs. */
        public Builder steps(int count) {
            steps = count;
            return this;
        }

        /** Hysteresis, at least 0. */
        public Builder margin(double gain) {
            margin = gain;
            return this;
        }

        /** First epochs in which nothing moves. */
        public Builder warmUp(int epochs) {
            warmUp = epochs;
            return this;
        }

        /** The last epoch in which labels move; 0 for no such end. */
        public Builder freeze(int epoch) {
            freeze = epoch;
            return this;
        }

        /** What the quadratic rule takes for the likeness of classes. */
        public Builder similarity(Similarity source) {
            similarity = source;
            return this;
        }

        /** Epochs of the preliminary run with a free head, at least 1. */
        public Builder freeEpochs(int epochs) {
            freeEpochs = epochs;
            return this;
        }

        /** Weight of the past in the class directions' moving averages. */
        public Builder momentum(double value) {
            momentum = value;
            return this;
        }

        /**
         * Checks and closes the settings.
         *
         * @throws IllegalArgumentException naming the setting, its value and what was expected
         */
        public HeadSettings build() {
            return new HeadSettings(prototypes, spread, loss, temperature, smoothing, prior,
                    new AssignmentSettings(rule, period, steps, margin, warmUp, freeze, similarity, freeEpochs, momentum));
        }
    }
}

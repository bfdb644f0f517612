package org.equisphere.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.equisphere.data.Augmentation;
import org.equisphere.data.Dataset;
import org.equisphere.data.LongTail;
import org.equisphere.data.Splits;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Schedule;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.HeadSettings.HeadKind;

/**
 * How to train: immutable, complete, checked when built. Everything that can change the result is here; what cannot (threads) is not.
 */
public final class TrainingSettings {

    /** What moves the weights. */
    public enum OptimizerKind {
        /** Stochastic gradient descent with momentum. */
        SGD,
        /** Adam with decoupled weight decay. */
        ADAMW;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Which epoch's model is kept. */
    public enum Selection {
        /** The last epoch's. */
        LAST,
        /** That of the epoch with the best top-1 on held-out training examples. */
        HELD_OUT,
        /** That of the epoch with the best top-1 on the test examples: only to compare with figures published so, and an optimistic one. */
        BEST_ON_TEST
    }

    private final Builder b;
    private final HeadSettings head;

    private TrainingSettings(Builder builder) {
        b = builder.copy();
        head = b.head.build();
        int least = head.loss().normalizes() ? 2 : 1; // a cosine on a line has no gradient
        require(b.dimension >= least, "dimension", b.dimension, "at least " + least + " for the loss " + head.loss());
        require(b.epochs >= 1, "epochs", b.epochs, "at least 1");
        require(b.batch >= 2, "batch", b.batch, "at least 2");
        require(b.momentum >= 0 && b.momentum < 1, "momentum", b.momentum, "0 up to, not including, 1");
        if (b.nesterov && b.optimizer != OptimizerKind.SGD) {
            throw new IllegalArgumentException("looking ahead (Nesterov) belongs to gradient descent: optimizer is adamw, expected sgd");
        }
        require(b.weightDecay >= 0 && b.weightDecay < 1, "weight decay", b.weightDecay, "0 up to, not including, 1");
        require(b.mixup >= 0 && b.mixup < Double.POSITIVE_INFINITY, "mixup alpha", b.mixup, "0 for none, or a finite number above 0");
        require(b.cutmix >= 0 && b.cutmix < Double.POSITIVE_INFINITY, "CutMix alpha", b.cutmix, "0 for none, or a finite number above 0");
        require(b.holdout >= 0 && b.holdout < 1, "held-out share", b.holdout, "0 for none, up to, not including, 1");
        learningRate();
        if (b.bestOnTest && b.holdout > 0) {
            throw new IllegalArgumentException("the best epoch is chosen on held-out data or on the test data, not on both");
        }
        if (head.assignment().rule() == Rule.QUADRATIC && head.assignment().similarity() == AssignmentSettings.Similarity.CONFUSION) {
            require(b.holdout > 0, "class similarities from confusion need held-out data: the held-out share", b.holdout, "for instance 0.1");
            require(head.assignment().steps() == 0, "class similarities from confusion are known after an epoch: assignment steps",
                    head.assignment().steps(), "0 for whole epochs");
        }
    }

    static void require(boolean condition, String name, Number value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + expected);
        }
    }

    /** Begins settings: ResNet-20, d = 64, dynamic, 30 epochs of one cycle to 0.003, batch 128, AdamW with decay 0.01, crop and flip. */
    public static Builder builder() {
        return new Builder();
    }

    /** Begins with these settings. */
    public Builder toBuilder() {
        return b.copy();
    }

    /** The network's family and sizes. */
    public Architecture architecture() {
        return b.architecture;
    }

    /** Of the embedding. */
    public int dimension() {
        return b.dimension;
    }

    /** What stands at the end of the network. */
    public HeadSettings head() {
        return head;
    }

    /** How many epochs. */
    public int epochs() {
        return b.epochs;
    }

    /** Examples of a batch. */
    public int batch() {
        return b.batch;
    }

    /** The highest learning rate. */
    public double peakRate() {
        return b.rate;
    }

    /** The schedule, as {@link Schedule#parse} reads it. */
    public String schedule() {
        return b.schedule;
    }

    /** The learning rate along the run. */
    public Schedule learningRate() {
        return Schedule.parse(b.schedule, b.rate, b.epochs);
    }

    /** What moves the weights. */
    public OptimizerKind optimizer() {
        return b.optimizer;
    }

    /** Of gradient descent; AdamW has moments of its own. */
    public double momentum() {
        return b.momentum;
    }

    /** On all parameters, or on those that {@link #linearDecayAlone} leaves. */
    public double weightDecay() {
        return b.weightDecay;
    }

    /** Whether only the weights of linear maps decay: no scales, shifts and position tables, as transformers are trained. */
    public boolean linearDecayAlone() {
        return b.linearDecayAlone;
    }

    /** Whether gradient descent looks ahead. */
    public boolean nesterov() {
        return b.nesterov;
    }

    /** Random changes to training images; vectors are never changed. */
    public Augmentation augmentation() {
        return b.augmentation;
    }

    /** Alpha of mixup, 0 for none. */
    public double mixup() {
        return b.mixup;
    }

    /** Alpha of CutMix, 0 for none. */
    public double cutmix() {
        return b.cutmix;
    }

    /** How the training set is made long-tailed, if it is. */
    public Optional<LongTail> longTail() {
        return Optional.ofNullable(b.longTail);
    }

    /** Share of every class's training examples held out, 0 for none. */
    public double holdout() {
        return b.holdout;
    }

    /** Which epoch's model is kept: by held-out examples where there are any. */
    public Selection selection() {
        return b.bestOnTest ? Selection.BEST_ON_TEST : b.holdout > 0 ? Selection.HELD_OUT : Selection.LAST;
    }

    /** What all chance comes from. */
    public long seed() {
        return b.seed;
    }

    /** What of the data is trained on, and what judges each epoch: the examples held out, or those of the test. */
    public Splits split(Splits data) {
        Dataset whole = longTail().map(tail -> tail.apply(data.train(), Splits.HELD_OUT_SEED)).orElse(data.train());
        return holdout() > 0 ? whole.split(holdout(), Splits.HELD_OUT_SEED) : new Splits(whole, data.test());
    }

    /** All settings as texts, for logs, provenance and to tell whether a checkpoint belongs to them. */
    public Map<String, String> toMap() {
        Map<String, String> map = new LinkedHashMap<>();
        map.put("network", b.architecture.toString());
        map.put("dimension", String.valueOf(b.dimension));
        head.describe(map);
        map.put("epochs", String.valueOf(b.epochs));
        map.put("batch", String.valueOf(b.batch));
        map.put("rate", String.valueOf(b.rate));
        map.put("schedule", b.schedule);
        map.put("optimizer", b.optimizer.toString());
        map.put("momentum", String.valueOf(b.momentum));
        map.put("weight_decay", String.valueOf(b.weightDecay));
        if (b.linearDecayAlone) {
            map.put("weight_decay_on", "linear maps");
        }
        map.put("nesterov", String.valueOf(b.nesterov));
        map.put("augmentation", b.augmentation.toString());
        if (b.mixup > 0) {
            map.put("mixup", String.valueOf(b.mixup));
        }
        if (b.cutmix > 0) {
            map.put("cutmix", String.valueOf(b.cutmix));
        }
        longTail().ifPresent(tail -> map.put("imbalance", tail.profile().name().toLowerCase(Locale.ROOT) + " " + tail.factor()));
        if (selection() != Selection.LAST) {
            map.put("selection", b.bestOnTest ? "best epoch on test" : "held-out " + b.holdout);
        }
        map.put("seed", String.valueOf(b.seed));
        return map;
    }

    /** Collects settings; {@link #build} checks them. */
    public static final class Builder implements Cloneable {

        private Architecture architecture = Architecture.parse("resnet20");
        private int dimension = 64;
        private HeadSettings.Builder head = HeadSettings.builder(HeadKind.DYNAMIC);
        private int epochs = 30;
        private int batch = 128;
        private double rate = 0.003;
        private String schedule = "onecycle";
        private OptimizerKind optimizer = OptimizerKind.ADAMW;
        private double momentum = 0.9; // of SGD alone
        private double weightDecay = 0.01;
        private boolean linearDecayAlone;
        private boolean nesterov;
        private Augmentation augmentation = Augmentation.cropAndFlip(4);
        private double mixup;
        private double cutmix;
        private LongTail longTail;
        private double holdout;
        private boolean bestOnTest;
        private long seed;

        private Builder() {
        }

        private Builder copy() {
            try {
                Builder copy = (Builder) clone();
                copy.head = head.build().toBuilder();
                return copy;
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** As {@link Architecture#parse} reads it. */
        public Builder network(String text) {
            architecture = Architecture.parse(text);
            return this;
        }

        /** Of the embedding, at least 1; 2 for a loss of cosines, which has no gradient on a line. */
        public Builder dimension(int d) {
            dimension = d;
            return this;
        }

        /** What stands at the end of the network, by its short name. */
        public Builder head(HeadKind kind) {
            head = HeadSettings.builder(Objects.requireNonNull(kind, "head"));
            return this;
        }

        /** Changes what stands at the end of the network. */
        public Builder head(Consumer<HeadSettings.Builder> change) {
            change.accept(head);
            return this;
        }

        /** At least 1. */
        public Builder epochs(int count) {
            epochs = count;
            return this;
        }

        /** At least 2. */
        public Builder batch(int size) {
            batch = size;
            return this;
        }

        /** The peak learning rate, above 0, and the schedule as {@link Schedule#parse} reads it. */
        public Builder learningRate(double peak, String scheduleText) {
            rate = peak;
            schedule = scheduleText;
            return this;
        }

        /** What moves the weights. */
        public Builder optimizer(OptimizerKind kind) {
            optimizer = Objects.requireNonNull(kind, "optimizer");
            return this;
        }

        /** Of gradient descent, 0 up to, not including, 1; AdamW does not use it. */
        public Builder momentum(double value) {
            momentum = value;
            return this;
        }

        /** 0 up to, not including, 1, on all parameters unless {@link #linearDecayAlone} says otherwise. */
        public Builder weightDecay(double value) {
            weightDecay = value;
            return this;
        }

        /** Whether only the weights of linear maps decay. */
        public Builder linearDecayAlone(boolean value) {
            linearDecayAlone = value;
            return this;
        }

        /** Whether gradient descent looks ahead; not with AdamW. */
        public Builder nesterov(boolean value) {
            nesterov = value;
            return this;
        }

        /** Random changes to training images. */
        public Builder augmentation(Augmentation changes) {
            augmentation = Objects.requireNonNull(changes, "augmentation");
            return this;
        }

        /** Blends the examples of each batch, lambda ~ Beta(alpha, alpha) (Zhang et al. 2018); 0 for none. */
        public Builder mixup(double alpha) {
            mixup = alpha;
            return this;
        }

        /**
         * Pastes a box of one image of each batch into another, lambda ~ Beta(alpha, alpha) of the area staying (Yun et al. 2019); 0 for none. Where
         * mixup is asked for, too, each batch has one of them by chance.
         */
        public Builder cutmix(double alpha) {
            cutmix = alpha;
            return this;
        }

        /** Makes the training set long-tailed; null leaves it as it is. */
        public Builder longTail(LongTail tail) {
            longTail = tail;
            return this;
        }

        /** Holds out a share of every class's training examples, by which the best epoch is chosen; 0 for none. */
        public Builder holdout(double share) {
            holdout = share;
            return this;
        }

        /** Whether the best epoch is chosen on the test examples, as some published figures were. */
        public Builder bestOnTest(boolean chosen) {
            bestOnTest = chosen;
            return this;
        }

        /** What all chance comes from. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /**
         * Checks and closes the settings.
         *
         * @throws IllegalArgumentException naming the setting, its value and what was expected
         */
        public TrainingSettings build() {
            return new TrainingSettings(this);
        }
    }
}

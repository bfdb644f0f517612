package org.equisphere.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.equisphere.data.Augmentation;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Schedule;

/**
 * How to train: immutable, complete, checked when built. Everything that can change the result is here; what cannot (threads) is not.
 */
public final class TrainingSettings {

    /** What stands at the end of the network. */
    public enum HeadKind {
        /** Fixed prototypes, labels assigned anew as training goes: the method. */
        DYNAMIC,
        /** Fixed prototypes, labels assigned once by chance (Mettes et al. 2019). */
        STATIC,
        /** A learned linear classifier with softmax cross-entropy. */
        SOFTMAX
    }

    /** What pulls features to the prototypes; a softmax head has cross-entropy in any case. */
    public enum LossKind {
        /** Sum over the batch of (1 - cos)^2: the published loss. */
        COSINE,
        /** Tempered softmax cross-entropy over all prototypes, mean over the batch (Shen et al. 2023): it pushes, too. */
        TEMPERED
    }

    /** What moves the weights. */
    public enum OptimizerKind {
        /** Stochastic gradient descent with momentum. */
        SGD,
        /** Adam with decoupled weight decay. */
        ADAMW
    }

    private final Architecture architecture;
    private final int dimension;
    private final HeadKind head;
    private final LossKind loss;
    private final double temperature;
    private final int epochs;
    private final int batch;
    private final double rate;
    private final String schedule;
    private final OptimizerKind optimizer;
    private final double momentum;
    private final double weightDecay;
    private final boolean nesterov;
    private final int assignmentPeriod;
    private final double directionMomentum;
    private final Augmentation augmentation;
    private final long seed;

    private TrainingSettings(Builder b) {
        architecture = b.architecture;
        dimension = b.dimension;
        head = b.head;
        loss = b.loss;
        temperature = b.temperature;
        epochs = b.epochs;
        batch = b.batch;
        rate = b.rate;
        schedule = b.schedule;
        optimizer = b.optimizer;
        momentum = b.momentum;
        weightDecay = b.weightDecay;
        nesterov = b.nesterov;
        assignmentPeriod = b.assignmentPeriod;
        directionMomentum = b.directionMomentum;
        augmentation = b.augmentation;
        seed = b.seed;
        require(dimension >= 1, "dimension", dimension, "at least 1");
        require(temperature > 0 && temperature < Double.POSITIVE_INFINITY, "temperature", temperature, "above 0");
        require(epochs >= 1, "epochs", epochs, "at least 1");
        require(batch >= 2, "batch", batch, "at least 2");
        require(momentum >= 0 && momentum < 1, "momentum", momentum, "0 up to, not including, 1");
        require(weightDecay >= 0 && weightDecay < 1, "weight decay", weightDecay, "0 up to, not including, 1");
        require(assignmentPeriod >= 1, "assignment period", assignmentPeriod, "at least 1 epoch");
        require(directionMomentum >= 0 && directionMomentum < 1, "direction momentum", directionMomentum, "0 up to, not including, 1");
        learningRate();
    }

    private static void require(boolean condition, String name, Number value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + expected);
        }
    }

    /** Begins settings: ResNet-20, d = 64, dynamic, 30 epochs of one cycle to 0.003, batch 128, AdamW with decay 0.01, crop and flip. */
    public static Builder builder() {
        return new Builder();
    }

    /** The network's family and sizes. */
    public Architecture architecture() {
        return architecture;
    }

    /** Of the embedding. */
    public int dimension() {
        return dimension;
    }

    /** What stands at the end of the network. */
    public HeadKind head() {
        return head;
    }

    /** What pulls features to the prototypes. */
    public LossKind loss() {
        return loss;
    }

    /** What cosines are divided by in the tempered loss. */
    public double temperature() {
        return temperature;
    }

    /** How many epochs. */
    public int epochs() {
        return epochs;
    }

    /** Examples of a batch. */
    public int batch() {
        return batch;
    }

    /** The learning rate along the run. */
    public Schedule learningRate() {
        return Schedule.parse(schedule, rate, epochs);
    }

    /** What moves the weights. */
    public OptimizerKind optimizer() {
        return optimizer;
    }

    /** Of gradient descent. */
    public double momentum() {
        return momentum;
    }

    /** On all parameters. */
    public double weightDecay() {
        return weightDecay;
    }

    /** Whether gradient descent looks ahead. */
    public boolean nesterov() {
        return nesterov;
    }

    /** Epochs from one assignment update to the next. */
    public int assignmentPeriod() {
        return assignmentPeriod;
    }

    /** Weight of the past in the class directions' moving averages. */
    public double directionMomentum() {
        return directionMomentum;
    }

    /** Random changes to training images; vectors are never changed. */
    public Augmentation augmentation() {
        return augmentation;
    }

    /** What all chance comes from. */
    public long seed() {
        return seed;
    }

    /** All settings as texts, for logs, provenance and to tell whether a checkpoint belongs to them. */
    public Map<String, String> toMap() {
        Map<String, String> map = new LinkedHashMap<>();
        map.put("network", architecture.toString());
        map.put("dimension", String.valueOf(dimension));
        map.put("head", head.name().toLowerCase(java.util.Locale.ROOT));
        if (head != HeadKind.SOFTMAX) {
            map.put("loss", loss == LossKind.COSINE ? "cosine" : "tempered " + temperature);
        }
        map.put("epochs", String.valueOf(epochs));
        map.put("batch", String.valueOf(batch));
        map.put("rate", String.valueOf(rate));
        map.put("schedule", schedule);
        map.put("optimizer", optimizer.name().toLowerCase(java.util.Locale.ROOT));
        map.put("momentum", String.valueOf(momentum));
        map.put("weight_decay", String.valueOf(weightDecay));
        map.put("nesterov", String.valueOf(nesterov));
        map.put("assignment_period", String.valueOf(assignmentPeriod));
        map.put("direction_momentum", String.valueOf(directionMomentum));
        map.put("augmentation", augmentation.isNone() ? "none" : "pad " + augmentation.pad() + (augmentation.flip() ? ", flip" : ""));
        map.put("seed", String.valueOf(seed));
        return map;
    }

    /** Collects settings; {@link #build} checks them. */
    public static final class Builder {

        private Architecture architecture = Architecture.parse("resnet20");
        private int dimension = 64;
        private HeadKind head = HeadKind.DYNAMIC;
        private LossKind loss = LossKind.COSINE;
        private double temperature = 0.07;
        private int epochs = 30;
        private int batch = 128;
        private double rate = 0.003;
        private String schedule = "onecycle";
        private OptimizerKind optimizer = OptimizerKind.ADAMW;
        private double momentum = 0.9; // of SGD alone
        private double weightDecay = 0.01;
        private boolean nesterov;
        private int assignmentPeriod = 1;
        private double directionMomentum = 0.9;
        private Augmentation augmentation = Augmentation.cropAndFlip(4);
        private long seed;

        private Builder() {
        }

        /** As {@link Architecture#parse} reads it. */
        public Builder network(String text) {
            architecture = Architecture.parse(text);
            return this;
        }

        /** Of the embedding, at least 1. */
        public Builder dimension(int d) {
            dimension = d;
            return this;
        }

        /** What stands at the end of the network. */
        public Builder head(HeadKind kind) {
            head = Objects.requireNonNull(kind, "head");
            return this;
        }

        /** What pulls features to the prototypes. */
        public Builder loss(LossKind kind) {
            loss = Objects.requireNonNull(kind, "loss");
            return this;
        }

        /** What cosines are divided by in the tempered loss, above 0. */
        public Builder temperature(double value) {
            temperature = value;
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

        /** Of gradient descent, 0 up to, not including, 1. */
        public Builder momentum(double value) {
            momentum = value;
            return this;
        }

        /** On all parameters, at least 0. */
        public Builder weightDecay(double value) {
            weightDecay = value;
            return this;
        }

        /** Whether gradient descent looks ahead. */
        public Builder nesterov(boolean value) {
            nesterov = value;
            return this;
        }

        /** Epochs from one assignment update to the next, at least 1. */
        public Builder assignmentPeriod(int periodInEpochs) {
            assignmentPeriod = periodInEpochs;
            return this;
        }

        /** Weight of the past in the class directions' moving averages, 0 up to, not including, 1. */
        public Builder directionMomentum(double value) {
            directionMomentum = value;
            return this;
        }

        /** Random changes to training images. */
        public Builder augmentation(Augmentation changes) {
            augmentation = Objects.requireNonNull(changes, "augmentation");
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

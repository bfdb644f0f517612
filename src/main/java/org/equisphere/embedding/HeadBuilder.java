package org.equisphere.embedding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.equisphere.data.Augmentation;
import org.equisphere.data.FeatureDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Normalization;
import org.equisphere.data.Splits;
import org.equisphere.model.Classifier;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingListener;
import org.equisphere.train.HeadSettings;
import org.equisphere.train.TrainingSettings;

/**
 * Collects how a {@link HypersphericalHead} is trained; {@link #fit} refuses what makes no sense before it starts. Features are centred and scaled
 * to deviation 1, one by one, as measured on the training features.
 */
public final class HeadBuilder {

    /** Of the features, of the prototypes' matrix, and of that of their cosines with the classes: an array holds no more. */
    private static final int MOST_NUMBERS = Integer.MAX_VALUE - 64;

    private final int dimension;
    private final List<TrainingListener> listeners = new ArrayList<>();
    private int[] hidden = {};
    private int spare;
    private int epochs = 40;
    private int batch = 128;
    private double rate = 0.01;
    private long seed;
    private List<String> names;
    private Backend backend;

    HeadBuilder(int dimension) {
        this.dimension = require("dimension", dimension, 2);
    }

    private static int require(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ", expected at least " + least);
        }
        return value;
    }

    /** Widths of hidden layers with ReLU before the projection; none when left out: the projection is linear. */
    public HeadBuilder hidden(int... widths) {
        Arrays.stream(widths).forEach(width -> require("hidden width", width, 1));
        hidden = widths.clone();
        return this;
    }

    /** Prototypes beyond the number of classes, for classes to be added later; none when left out. */
    public HeadBuilder sparePrototypes(int count) {
        spare = require("number of spare prototypes", count, 0);
        return this;
    }

    /** Passes over the features, at least 1; 40 when left out. */
    public HeadBuilder epochs(int count) {
        epochs = require("epochs", count, 1);
        return this;
    }

    /** Features of a step, at least 2; 128 when left out, or as many as there are. */
    public HeadBuilder batch(int size) {
        batch = require("batch", size, 2);
        return this;
    }

    /** Peak learning rate of AdamW, above 0; 0.01 when left out. */
    public HeadBuilder learningRate(double peak) {
        if (!(peak > 0 && peak < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("learning rate is " + peak + ", expected a positive number");
        }
        rate = peak;
        return this;
    }

    /** What all chance comes from, 0 when left out; equal seeds and features give equal heads. */
    public HeadBuilder seed(long value) {
        seed = value;
        return this;
    }

    /** Names in label order, all different; "0", "1", ... when left out. */
    public HeadBuilder labelNames(List<String> inLabelOrder) {
        names = List.copyOf(inLabelOrder);
        Set<String> met = new HashSet<>();
        for (String name : names) {
            if (!met.add(name)) {
                throw new IllegalArgumentException("label name \"" + name + "\" is given twice, expected names that differ");
            }
        }
        return this;
    }

    /** Where to train; the backend stays the caller's to close. When left out, the best one here is opened and closed for each {@link #fit}. */
    public HeadBuilder backend(Backend given) {
        backend = given;
        return this;
    }

    /** Adds someone who hears of the training. */
    public HeadBuilder listener(TrainingListener listener) {
        listeners.add(listener);
        return this;
    }

    /**
     * Trains.
     *
     * @param features one vector a row, all of one length, finite
     * @param labels   one a row, 0 up to the number of classes - 1, each with an example; at least two classes, for one alone teaches nothing
     * @throws IllegalArgumentException when features, labels and settings do not fit together
     */
    public HypersphericalHead fit(float[][] features, int[] labels) {
        if (features.length < 2 || features.length != labels.length) {
            throw new IllegalArgumentException(features.length + " features and " + labels.length + " labels, expected as many, at least 2");
        }
        int width = require("length of a feature", row(features, 0).length, 1);
        int classes = require("number of classes", classes(labels), 2);
        Labels named = names == null ? Labels.numbered(classes) : Labels.named(names);
        if (named.classes() != classes) {
            throw new IllegalArgumentException(named.classes() + " label names for " + classes + " classes");
        }
        int most = MOST_NUMBERS / Math.max(classes, dimension);
        if ((long) classes + spare > most) {
            throw new IllegalArgumentException("number of spare prototypes is " + spare + ", expected at most " + most
                    + " prototypes in all for " + classes + " classes in " + dimension + " dimensions");
        }
        float[] flat = flat(features, width);
        FeatureDataset dataset = new FeatureDataset("features", flat, width, labels, named);
        Standardization scale = Standardization.of(flat, width);
        scale.apply(flat);
        return HypersphericalHead.of(train(dataset, settings(features.length), scale));
    }

    private TrainingSettings settings(int examples) {
        String widths = String.join(",", Arrays.stream(hidden).mapToObj(String::valueOf).toList());
        return TrainingSettings.builder().network(hidden.length == 0 ? "mlp" : "mlp:" + widths).dimension(dimension).epochs(epochs)
                .batch(Math.min(batch, examples)).learningRate(rate, "onecycle").head(head -> head.loss(HeadSettings.LossKind.TEMPERED))
                .augmentation(Augmentation.none()).seed(seed).build();
    }

    private Classifier train(FeatureDataset dataset, TrainingSettings settings, Standardization scale) {
        Backend used = backend == null ? Backends.best() : backend;
        try {
            Trainer trainer = new Trainer(settings, used)
                    .prototypes(new PrototypeOptimizer(dataset.classes() + spare, dimension).seed(seed).optimize().prototypes());
            listeners.forEach(trainer::listener);
            TrainedNetwork run = trainer.fit(new Splits(dataset, dataset.subset(new int[] {0})));
            return Classifier.builder(settings.architecture(), run.weights(), run.labelNames())
                    .nearest(run.prototypes().orElseThrow(), run.prototypeOfLabel()).normalization(new Normalization(scale.mean, scale.deviation))
                    .provenance(settings.toMap()).build();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("training was interrupted", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of checkpoints: there are none
        } finally {
            if (backend == null) {
                used.close();
            }
        }
    }

    private static int classes(int[] labels) {
        int least = Arrays.stream(labels).min().orElseThrow();
        int most = Arrays.stream(labels).max().orElseThrow();
        boolean[] seen = new boolean[Math.max(0, Math.min(most, labels.length - 1) + 1)];
        Arrays.stream(labels).filter(label -> label >= 0 && label < seen.length).forEach(label -> seen[label] = true);
        int missing = IntStream.range(0, seen.length).filter(label -> !seen[label]).findFirst().orElse(-1);
        if (missing >= 0 || most >= labels.length || least < 0) {
            throw new IllegalArgumentException("labels lie in " + least + ".." + most
                    + (missing >= 0 ? " and label " + missing + " has no example" : "") + ", expected 0, 1, ... without gaps");
        }
        return most + 1;
    }

    /** [count, width] in a row. */
    static float[] flat(float[][] features, int width) {
        if ((long) features.length * width > MOST_NUMBERS) {
            throw new IllegalArgumentException(features.length + " features of " + width + " numbers, expected at most " + MOST_NUMBERS
                    + " numbers in all");
        }
        float[] flat = new float[features.length * width];
        for (int i = 0; i < features.length; i++) {
            if (row(features, i).length != width) {
                throw new IllegalArgumentException("feature " + i + " has " + features[i].length + " numbers, expected " + width);
            }
            System.arraycopy(features[i], 0, flat, i * width, width);
        }
        return flat;
    }

    /** Feature i, which may not be null. */
    static float[] row(float[][] features, int i) {
        if (features[i] == null) {
            throw new IllegalArgumentException("feature " + i + " is null, expected a vector");
        }
        return features[i];
    }

    /** Mean and deviation of every position of the features. */
    private record Standardization(float[] mean, float[] deviation) {

        /** Above what rounding to float32 makes of equal numbers: seconds since 1970 spread over an hour stay information. */
        private static final float ROUNDING = 2e-7f;

        static Standardization of(float[] flat, int width) {
            double[] sum = new double[width];
            double[] squares = new double[width];
            int rows = flat.length / width;
            for (int i = 0; i < flat.length; i++) {
                sum[i % width] += flat[i];
            }
            for (int i = 0; i < flat.length; i++) {
                double away = flat[i] - sum[i % width] / rows;
                squares[i % width] += away * away;
            }
            float[] mean = new float[width];
            float[] deviation = new float[width];
            for (int k = 0; k < width; k++) {
                mean[k] = (float) (sum[k] / rows);
                float spread = (float) Math.sqrt(squares[k] / rows);
                deviation[k] = spread > ROUNDING * Math.abs(mean[k]) ? spread : 1; // a constant is only centred, whatever its unit
            }
            return new Standardization(mean, deviation);
        }

        void apply(float[] flat) {
            for (int i = 0; i < flat.length; i++) {
                flat[i] = (flat[i] - mean[i % mean.length]) / deviation[i % mean.length];
            }
        }
    }
}

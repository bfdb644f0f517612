package org.equisphere.model;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.equisphere.data.Normalization;
import org.equisphere.data.RgbImage;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.Tensor;

/**
 * A trained classifier: immutable, thread-safe, loaded from one file.
 *
 * <p>An input is an array of one example's values: for images NHWC in 0..1, as {@link #example(BufferedImage)} makes them; for vectors the values
 * as they are. The model normalises them itself.
 *
 * <p>Every call works on a {@link Predictor} of its own, taken from a lock-free pool that grows to as many as were ever at work at once. All share
 * one set of weights and transformed kernels, up to seven times the model's file; each has activations of its own. Idle ones are given up before
 * the JVM runs out of memory.
 */
public final class Classifier {

    /** Examples a predictor takes at once when a caller brings several. */
    private static final int MANY = 32;

    private final ModelContents contents;
    private final ConcurrentLinkedQueue<SoftReference<Predictor>> idleForOne = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<SoftReference<Predictor>> idleForMany = new ConcurrentLinkedQueue<>();
    private volatile SoftReference<Predictor> first = new SoftReference<>(null); // whose weights the others share

    private Classifier(ModelContents contents) {
        this.contents = contents;
    }

    /** A classifier of the given parts. */
    public static Classifier of(ModelContents contents) {
        return new Classifier(contents);
    }

    /**
     * Begins a classifier of freshly trained parts.
     *
     * @param architecture the network's family and sizes
     * @param weights      of the trained network; copied when built
     * @param labelNames   in label order
     */
    public static Builder builder(Architecture architecture, Weights weights, List<String> labelNames) {
        return new Builder(architecture, weights, labelNames);
    }

    /** Collects what a classifier is made of: a readout is needed, the rest may be left out. */
    public static final class Builder {

        private final Architecture architecture;
        private final Weights weights;
        private final List<String> labelNames;
        private Readout readout;
        private int dimension;
        private Normalization normalization = Normalization.identity();
        private Map<String, String> provenance = Map.of();

        private Builder(Architecture architecture, Weights weights, List<String> labelNames) {
            this.architecture = architecture;
            this.weights = weights;
            this.labelNames = labelNames;
        }

        /** The nearest assigned prototype decides; scores are cosines. */
        public Builder nearest(Prototypes prototypes, int[] prototypeOfLabel) {
            return nearest(prototypes, prototypeOfLabel, true);
        }

        /** The nearest assigned prototype decides; scores are cosines where features are normalised first, otherwise inner products. */
        public Builder nearest(Prototypes prototypes, int[] prototypeOfLabel, boolean normalized) {
            readout = new Readout.Nearest(prototypes, prototypeOfLabel, normalized);
            dimension = prototypes.dimension();
            return this;
        }

        /** The largest logit decides; the embedding before the logits has the given dimension. */
        public Builder softmax(int embeddingDimension) {
            readout = new Readout.Softmax();
            dimension = embeddingDimension;
            return this;
        }

        /** What is done to an input before the network sees it; nothing when left out. */
        public Builder normalization(Normalization ofInput) {
            normalization = ofInput;
            return this;
        }

        /** Where the model comes from: no dates, so that equal runs give equal files. */
        public Builder provenance(Map<String, String> entries) {
            provenance = entries;
            return this;
        }

        /**
         * Checks that the parts fit together.
         *
         * @throws IllegalArgumentException that says which do not
         */
        public Classifier build() {
            if (readout == null) {
                throw new IllegalArgumentException("a classifier needs a readout: nearest(...) or softmax(...)");
            }
            return new Classifier(new ModelContents(architecture, weights.network().inputShape(), dimension, labelNames, normalization, readout,
                    weights.learned().toArray(), weights.statistics().toArray(), provenance));
        }
    }

    /**
     * Loads a model file.
     *
     * @throws ModelFormatException when the file is damaged or no model of a known version
     * @throws IOException          when it cannot be read
     */
    public static Classifier load(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new ModelFormatException(file + " is a folder, expected a model file");
        }
        return new Classifier(ModelFile.read(file));
    }

    /** Saves to a file: written beside and renamed, so that a failure leaves what was there before. */
    public void save(Path file) throws IOException {
        ModelFile.write(contents, file);
    }

    /** This classifier with another {@linkplain ModelContents#temperature() temperature}, above 0, for instance one fitted on held-out data. */
    public Classifier withTemperature(double temperature) {
        return new Classifier(contents.withTemperature(temperature));
    }

    /**
     * This classifier, taking images as they were taken in its training where more than a square of the shorter side was cut off.
     *
     * @param side what the shorter side is scaled to before the middle is cut out: at least both sides of the input, or 0 for as large as can be
     */
    public Classifier withResize(int side) {
        return new Classifier(contents.withResize(side));
    }

    /** All the model holds. */
    public ModelContents contents() {
        return contents;
    }

    /** The label names in label order. */
    public List<String> labelNames() {
        return contents.labelNames();
    }

    /** Where the model comes from. */
    public Map<String, String> provenance() {
        return contents.provenance();
    }

    /** The best label for one example. */
    public Prediction predict(float[] example) {
        return best(scores(example), 0);
    }

    /** The best label for an image of any size: scaled and cropped to the network's input. */
    public Prediction predict(BufferedImage image) {
        return predict(example(image));
    }

    /**
     * The best label for each of several examples: what {@link #predict(float[])} gives for each, to the bit.
     *
     * @param examples [count, input shape], row-major
     */
    public List<Prediction> predict(float[] examples, int count) {
        List<Prediction> best = new ArrayList<>();
        int labels = contents.labelNames().size();
        inBatches(examples, count, labels, (predictor, first, at, n, scores) -> {
            predictor.scores(examples, at, n, scores);
            for (int i = 0; i < n; i++) {
                best.add(best(scores, i * labels));
            }
        });
        return List.copyOf(best);
    }

    /** The k best labels for one example, best first; k is at most the number of labels. */
    public List<Prediction> top(float[] example, int k) {
        float[] scores = scores(example);
        if (k < 1 || k > scores.length) {
            throw new IllegalArgumentException("k is " + k + ", expected 1.." + scores.length);
        }
        int[] best = new int[k];
        for (int label = 0; label < scores.length; label++) {
            int place = Math.min(label, k);
            while (place > 0 && scores[label] > scores[best[place - 1]]) {
                place--;
            }
            if (place < k) {
                System.arraycopy(best, place, best, place + 1, k - 1 - place);
                best[place] = label;
            }
        }
        return Arrays.stream(best).mapToObj(label -> new Prediction(label, contents.labelNames().get(label), scores[label])).toList();
    }

    /**
     * Every label's score for one example: cosines to the assigned prototypes or inner products with them, as it was trained,
     * or a softmax classifier's logits.
     */
    public float[] scores(float[] example) {
        float[] scores = new float[contents.labelNames().size()];
        inBatches(example, 1, 0, (predictor, first, at, n, out) -> predictor.scores(example, 0, 1, scores));
        return scores;
    }

    /**
     * Every label's probability at the {@linkplain ModelContents#temperature() model's temperature}: that of the loss that
     * trained it, or one fitted since.
     */
    public double[] probabilities(float[] example) {
        return probabilities(example, contents.temperature());
    }

    /**
     * Probabilities by a softmax over scores / temperature. Cosines are not calibrated: choose the temperature on held-out data.
     *
     * @param temperature above 0
     */
    public double[] probabilities(float[] example, double temperature) {
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("temperature is " + temperature + ", expected above 0");
        }
        float[] scores = scores(example);
        double max = Double.NEGATIVE_INFINITY;
        for (float score : scores) {
            max = Math.max(max, score);
        }
        double sum = 0;
        double[] p = new double[scores.length];
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp((scores[i] - max) / temperature);
            sum += p[i];
        }
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
        return p;
    }

    /** One example's place on the sphere: a unit vector in d dimensions. */
    public float[] embed(float[] example) {
        return embed(example, 1);
    }

    /**
     * The places of several examples.
     *
     * @param examples [count, input shape], row-major
     * @return [count, d], unit rows
     */
    public float[] embed(float[] examples, int count) {
        int d = contents.dimension();
        float[] features = new float[Tensor.sizeOf(count, d)];
        inBatches(examples, count, d, (predictor, first, at, n, some) -> {
            predictor.embed(examples, at, n, some);
            System.arraycopy(some, 0, features, first * d, n * d);
        });
        return features;
    }

    /**
     * An image as the network's input: RGB or luma in 0..1, NHWC, the shorter side scaled to the input's, or to {@link ModelContents#resize}, and
     * the middle cut out. {@code ImageIO} converts a JPEG that has a colour profile; data sets take its samples as they are stored.
     *
     * @throws IllegalArgumentException when the network takes no images
     */
    public float[] example(BufferedImage image) {
        return example(RgbImage.of(image));
    }

    /** As {@link #example(BufferedImage)}. */
    public float[] example(RgbImage image) {
        int[] shape = contents.inputShape();
        if (shape.length != 3 || shape[2] != 1 && shape[2] != 3) {
            throw new IllegalArgumentException("this classifier takes " + Arrays.toString(shape) + ", not an image");
        }
        int side = contents.resize();
        RgbImage fitted = image.fit(Math.max(side, shape[0]), Math.max(side, shape[1]), shape[0], shape[1]);
        byte[] samples = shape[2] == 1 ? fitted.grey() : fitted.rgb();
        float[] example = new float[samples.length];
        for (int i = 0; i < example.length; i++) {
            example[i] = (samples[i] & 0xFF) / 255f;
        }
        return example;
    }

    /**
     * A predictor of one's own for many examples at once.
     *
     * @param backend closed with it
     * @param batch   the most examples a call scores
     */
    public Predictor predictor(Backend backend, int batch) {
        return new Predictor(contents, backend, batch);
    }

    private Prediction best(float[] scores, int at) {
        int best = 0;
        for (int label = 1; label < contents.labelNames().size(); label++) {
            if (scores[at + label] > scores[at + best]) {
                best = label;
            }
        }
        return new Prediction(best, contents.labelNames().get(best), scores[at + best]);
    }

    /** What is done with as many examples as a predictor takes at once. */
    private interface Work {

        /**
         * Does it.
         *
         * @param first the first example
         * @param at    its first value
         * @param out   room for the results
         */
        void run(Predictor predictor, int first, int at, int count, float[] out);
    }

    /** Does {@code work} on all examples, batch by batch, with room for {@code width} numbers an example. */
    private void inBatches(float[] examples, int count, int width, Work work) {
        int exampleSize = Tensor.sizeOf(contents.inputShape());
        if (examples.length != (long) count * exampleSize) {
            throw new IllegalArgumentException(examples.length + " values for " + count + " examples, expected " + (long) count * exampleSize
                    + ": " + Arrays.toString(contents.inputShape()) + " each");
        }
        ConcurrentLinkedQueue<SoftReference<Predictor>> idle = count == 1 ? idleForOne : idleForMany;
        Predictor predictor = take(idle, count == 1 ? 1 : MANY);
        try {
            float[] out = new float[predictor.batch() * width];
            for (int first = 0; first < count; first += predictor.batch()) {
                work.run(predictor, first, first * exampleSize, Math.min(predictor.batch(), count - first), out);
            }
        } finally {
            idle.offer(new SoftReference<>(predictor));
        }
    }

    private Predictor take(ConcurrentLinkedQueue<SoftReference<Predictor>> idle, int batch) {
        for (SoftReference<Predictor> kept = idle.poll(); kept != null; kept = idle.poll()) {
            Predictor predictor = kept.get();
            if (predictor != null) {
                return predictor;
            }
        }
        return another(batch);
    }

    private Predictor another(int batch) {
        Backend backend = Backends.host(1);
        Predictor shared = first.get();
        if (shared == null) {
            // locked, so that callers who begin together do not each make the weights
            synchronized (this) {
                shared = first.get();
                if (shared == null) {
                    shared = new Predictor(contents, backend, batch);
                    first = new SoftReference<>(shared);
                    return shared;
                }
            }
        }
        return shared.on(backend, batch);
    }
}

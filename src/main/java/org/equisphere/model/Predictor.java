package org.equisphere.model;

import java.util.Arrays;
import org.equisphere.nn.InferencePass;
import org.equisphere.nn.PrototypeScores;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * A classifier planned on one backend for batches up to a size: the fast way to score many examples. One thread at a time.
 */
public final class Predictor implements AutoCloseable {

    private final Backend backend;
    private final ModelContents contents;
    private final InferencePass pass;
    private final Tensor targets; // [labels, d], or null for a softmax classifier
    private final PrototypeScores readout;
    private final int batch;
    private final int exampleSize;
    private final float[] input;
    private final Tensor unit; // the features of a softmax classifier, and their lengths
    private final Tensor norms;

    /**
     * @param backend closed with this predictor
     * @param batch   the most examples one call scores, at least 1
     */
    Predictor(ModelContents contents, Backend backend, int batch) {
        this(contents, batch, new InferencePass(contents.network().weights(backend, contents.learned(), contents.statistics()), batch),
                contents.readout() instanceof Readout.Nearest nearest
                        ? backend.tensor(nearest.targets(), contents.labelNames().size(), contents.dimension()) : null);
    }

    private Predictor(ModelContents contents, int batch, InferencePass pass, Tensor targets) {
        this.contents = contents;
        this.batch = batch;
        this.pass = pass;
        this.targets = targets;
        this.backend = pass.backend();
        this.exampleSize = Tensor.sizeOf(contents.inputShape());
        this.input = new float[Tensor.sizeOf(batch, exampleSize)];
        if (contents.readout() instanceof Readout.Nearest nearest) {
            this.readout = new PrototypeScores(backend, targets, batch, nearest.normalized());
            this.unit = readout.unitFeatures();
            this.norms = null;
        } else {
            this.readout = null;
            this.unit = backend.tensor(batch, contents.dimension());
            this.norms = backend.tensor(batch);
        }
    }

    /** A predictor for another thread, at any time: the weights of this one, which lie in the Java heap once. */
    Predictor on(Backend other, int examples) {
        return new Predictor(contents, examples, pass.on(other, examples), targets == null ? null : other.shared(targets));
    }

    /** The most examples one call scores. */
    public int batch() {
        return batch;
    }

    /**
     * Scores examples.
     *
     * @param examples [count, input shape], as {@link Classifier} takes them
     * @param at       where the first starts
     * @param count    1 up to {@link #batch}
     * @param scores   [count, labels], overwritten
     * @throws IllegalArgumentException for a NaN or infinity, naming example and element, counted from the array's beginning
     */
    public void scores(float[] examples, int at, int count, float[] scores) {
        take(examples, at, count);
        score().get(scores, 0, count * contents.labelNames().size());
    }

    /**
     * Scores examples and embeds them, as {@link #scores(float[], int, int, float[])} and {@link #embed} do.
     *
     * @param scores   [count, labels], overwritten
     * @param features [count, d], overwritten
     */
    public void scores(float[] examples, int at, int count, float[] scores, float[] features) {
        scores(examples, at, count, scores);
        unitFeatures().get(features, 0, count * contents.dimension());
    }

    /**
     * Embeds examples: unit vectors in d dimensions. Those of a softmax classifier are what goes into its last layer, normalised.
     *
     * @param features [count, d], overwritten
     */
    public void embed(float[] examples, int at, int count, float[] features) {
        take(examples, at, count);
        score();
        unitFeatures().get(features, 0, count * contents.dimension());
    }

    /** [batch, labels]: the scores of the input as it stands. */
    private Tensor score() {
        pass.input().set(input);
        pass.forward();
        return readout == null ? pass.output() : readout.of(pass.output());
    }

    /** [batch, d]: the features of what was scored last. */
    private Tensor unitFeatures() {
        if (readout == null) {
            backend.normalizeRows(pass.lastRead(), unit, norms);
        }
        return unit;
    }

    /** Checks examples and makes them the input, normalised. */
    private void take(float[] examples, int at, int count) {
        if (count < 1 || count > batch || at < 0 || at > examples.length - count * exampleSize) {
            throw new IllegalArgumentException(count + " examples of " + exampleSize + " values at " + at + " in an array of " + examples.length
                    + ", with batches of " + batch);
        }
        for (int i = at; i < at + count * exampleSize; i++) {
            if (!Float.isFinite(examples[i])) {
                throw new IllegalArgumentException("example " + i / exampleSize + ", element " + i % exampleSize + " is " + examples[i]
                        + ", expected a finite number");
            }
        }
        System.arraycopy(examples, at, input, 0, count * exampleSize);
        contents.normalization().apply(input, 0, count * exampleSize);
        Arrays.fill(input, count * exampleSize, input.length, 0);
    }

    @Override
    public void close() {
        backend.close();
    }
}

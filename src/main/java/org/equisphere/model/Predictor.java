package org.equisphere.model;

import java.util.Arrays;
import org.equisphere.nn.InferencePass;
import org.equisphere.nn.Network;
import org.equisphere.nn.PrototypeScores;
import org.equisphere.nn.Weights;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * A classifier planned on one backend for batches up to a size: the fast way to score many examples. One thread at a time.
 */
public final class Predictor implements AutoCloseable {

    private final Backend backend;
    private final ModelContents contents;
    private final InferencePass pass;
    private final PrototypeScores readout;
    private final int batch;
    private final int exampleSize;
    private final float[] input;
    private InferencePass embedding; // of a softmax classifier, planned when first asked for; its features have any length
    private Tensor unit;
    private Tensor norms;

    /**
     * @param backend closed with this predictor
     * @param batch   the most examples one call scores, at least 1
     */
    Predictor(ModelContents contents, Backend backend, int batch) {
        this.backend = backend;
        this.contents = contents;
        this.batch = batch;
        this.exampleSize = Tensor.sizeOf(contents.inputShape());
        this.input = new float[Tensor.sizeOf(batch, exampleSize)];
        Weights weights = contents.network().weights(backend, contents.learned(), contents.statistics());
        this.pass = new InferencePass(weights, batch);
        if (contents.readout() instanceof Readout.Nearest nearest) {
            Tensor targets = backend.tensor(nearest.targets(), contents.labelNames().size(), contents.dimension());
            this.readout = new PrototypeScores(backend, targets, batch, nearest.normalized());
        } else {
            this.readout = null;
        }
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
        if (readout != null) {
            score();
        }
        unitFeatures().get(features, 0, count * contents.dimension());
    }

    /** [batch, labels]: the scores of the input as it stands. */
    private Tensor score() {
        pass.input().set(input);
        pass.forward();
        return readout == null ? pass.output() : readout.of(pass.output());
    }

    /** [batch, d]: the features of the input as it stands; where prototypes are read out, those that were scored last. */
    private Tensor unitFeatures() {
        if (readout != null) {
            return readout.unitFeatures();
        }
        if (embedding == null) {
            Network network = contents.architecture().build(contents.inputShape(), contents.dimension());
            // The last layer stands last, so its parameters do.
            Weights weights = network.weights(backend, Arrays.copyOf(contents.learned(), network.parameterCount()), contents.statistics());
            embedding = new InferencePass(weights, batch);
            unit = backend.tensor(batch, contents.dimension());
            norms = backend.tensor(batch);
        }
        embedding.input().set(input);
        embedding.forward();
        backend.normalizeRows(embedding.output(), unit, norms);
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

package org.equisphere.model;

import java.util.Arrays;
import org.equisphere.nn.CosineScores;
import org.equisphere.nn.InferencePass;
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
    private final CosineScores cosines;
    private final int batch;
    private final int exampleSize;
    private final float[] input;

    /**
     * @param backend closed with this predictor
     * @param batch   the most examples one call scores, at least 1
     */
    Predictor(ModelContents contents, Backend backend, int batch) {
        this.backend = backend;
        this.contents = contents;
        this.batch = batch;
        this.exampleSize = Tensor.sizeOf(contents.inputShape());
        this.input = new float[batch * exampleSize];
        Weights weights = contents.network().weights(backend, contents.learned(), contents.statistics());
        this.pass = new InferencePass(weights, batch);
        if (contents.readout() instanceof Readout.Nearest nearest) {
            Tensor targets = backend.tensor(nearest.targets(), contents.labelNames().size(), contents.dimension());
            this.cosines = new CosineScores(backend, targets, batch);
        } else {
            this.cosines = null;
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
     * @throws IllegalArgumentException for a NaN or infinity, naming example and element
     */
    public void scores(float[] examples, int at, int count, float[] scores) {
        run(examples, at, count);
        Tensor result = cosines == null ? pass.output() : cosines.of(pass.output());
        result.get(scores, 0, count * contents.labelNames().size());
    }

    /**
     * Embeds examples: unit vectors in d dimensions.
     *
     * @param features [count, d], overwritten
     * @throws IllegalStateException for a softmax classifier, which has no embedding on the sphere
     */
    public void embed(float[] examples, int at, int count, float[] features) {
        if (cosines == null) {
            throw new IllegalStateException("a softmax classifier gives logits, not an embedding on the sphere");
        }
        run(examples, at, count);
        cosines.of(pass.output());
        cosines.unitFeatures().get(features, 0, count * contents.dimension());
    }

    private void run(float[] examples, int at, int count) {
        if (count < 1 || count > batch || at < 0 || at > examples.length - count * exampleSize) {
            throw new IllegalArgumentException(count + " examples of " + exampleSize + " values at " + at + " in an array of " + examples.length
                    + ", with batches of " + batch);
        }
        for (int i = 0; i < count * exampleSize; i++) {
            if (!Float.isFinite(examples[at + i])) {
                throw new IllegalArgumentException("example " + i / exampleSize + ", element " + i % exampleSize + " is " + examples[at + i]
                        + ", expected a finite number");
            }
        }
        contents.normalization().apply(examples, at, input, 0, count * exampleSize);
        Arrays.fill(input, count * exampleSize, input.length, 0);
        pass.input().set(input);
        pass.forward();
    }

    @Override
    public void close() {
        backend.close();
    }
}

package org.equisphere.model;

/**
 * One label proposed for one input.
 *
 * @param label its index
 * @param name  its name
 * @param score the cosine to the label's prototype, -1 to 1, or the inner product with it, or a logit ({@link Classifier#scores}); not a probability
 */
public record Prediction(int label, String name, float score) {
}

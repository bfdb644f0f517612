package org.equisphere.model;

/**
 * One label proposed for one input.
 *
 * @param label its index
 * @param name  its name
 * @param score the cosine to the label's prototype, -1 to 1 (a logit for a softmax classifier); not a calibrated probability
 */
public record Prediction(int label, String name, float score) {
}

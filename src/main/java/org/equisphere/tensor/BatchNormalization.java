package org.equisphere.tensor;

/**
 * Everything batch normalisation of {@code c} channels keeps (Ioffe and Szegedy, 2015, algorithms 1 and 2). All tensors are [c].
 *
 * @param gamma            scale, learned
 * @param beta             shift, learned
 * @param runningMean      moving average of batch means, used in evaluation
 * @param runningVariance  moving average of unbiased batch variances, used in evaluation
 * @param mean             this batch's mean, written by the forward pass for the backward pass; null in evaluation
 * @param inverseDeviation this batch's 1 / sqrt(variance + epsilon), likewise (biased variance); null in evaluation
 * @param epsilon          added to variances, for instance 1e-5
 * @param momentum         weight of the newest batch in the running averages, for instance 0.1
 */
public record BatchNormalization(Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance,
                                 Tensor mean, Tensor inverseDeviation, float epsilon, float momentum) {
}

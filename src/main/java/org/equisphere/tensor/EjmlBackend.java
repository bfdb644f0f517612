package org.equisphere.tensor;

/**
 * The backend that is always there: plain Java loops over the crew of threads, matrix products through EJML. It is the readable
 * definition of every operation; the faster backends are held against the same contract.
 */
final class EjmlBackend extends HostBackend {

    static final String NAME = "ejml";

    private final PlainElementwise elementwise = new PlainElementwise(workers);
    private final EjmlGemm gemm = new EjmlGemm(workers);
    private final PlainBias bias = new PlainBias(workers);
    private final PlainCorrelation correlation = new PlainCorrelation(workers);
    private final PlainWeightGradient weightGradient = new PlainWeightGradient(workers);
    private final PlainBatchNormalization batchNormalization = new PlainBatchNormalization(workers);
    private final PlainPooling pooling = new PlainPooling(workers);
    private final PlainLosses losses = new PlainLosses(workers);
    private final PlainSoftmax softmax = new PlainSoftmax(workers);
    private final PlainGaussianPotential potential = new PlainGaussianPotential(workers);
    private final PlainOptimizers optimizers = new PlainOptimizers(workers);

    /** @param threads how many threads work, at least 1 */
    EjmlBackend(int threads) {
        super(threads);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return NAME + ": plain Java on " + threads() + (threads() == 1 ? " thread" : " threads");
    }

    @Override
    protected void computeFill(Tensor x, float value) {
        elementwise.fill(x, value);
    }

    @Override
    protected void computeCopy(Tensor x, Tensor y) {
        elementwise.copy(x, y);
    }

    @Override
    protected void computeAddScaled(float alpha, Tensor x, Tensor y) {
        elementwise.addScaled(alpha, x, y);
    }

    @Override
    protected void computeRelu(Tensor x, Tensor y) {
        elementwise.relu(x, y);
    }

    @Override
    protected void computeReluBackward(Tensor y, Tensor dy, Tensor dx, boolean accumulate) {
        elementwise.reluBackward(y, dy, dx, accumulate);
    }

    @Override
    protected void computeGemm(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, Tensor a, Tensor b,
                               float beta, Tensor c) {
        gemm.multiply(transposeA, transposeB, m, n, k, alpha, a, b, beta, c);
    }

    @Override
    protected void computeAddBias(Tensor y, Tensor bias, boolean relu) {
        this.bias.addBias(y, bias, relu);
    }

    @Override
    protected void computeAddBiasBackward(Tensor y, boolean relu, Tensor dy, Tensor dbias) {
        bias.addBiasBackward(y, relu, dy, dbias);
    }

    @Override
    protected void computeConvolve(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        correlation.convolve(g, x, w, bias, residual, relu, y);
    }

    @Override
    protected void computeConvolveBackwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        correlation.backwardData(g, dy, w, dx, accumulate);
    }

    @Override
    protected void computeConvolveBackwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        weightGradient.backwardWeights(g, x, dy, dw);
    }

    @Override
    protected void computeBatchNormalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        batchNormalization.normalize(n, x, residual, relu, y);
    }

    @Override
    protected void computeBatchNormalizeBackward(BatchNormalization n, Tensor x, Tensor y, boolean relu, Tensor dy, Tensor dx,
                                                 Tensor dgamma, Tensor dbeta, Tensor dresidual, boolean accumulateResidual) {
        batchNormalization.backward(n, x, y, relu, dy, dx, dgamma, dbeta, dresidual, accumulateResidual);
    }

    @Override
    protected void computeBatchNormalizeInference(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        batchNormalization.inference(n, x, residual, relu, y);
    }

    @Override
    protected void computeFoldBatchNormalization(BatchNormalization n, Tensor w, Tensor folded, Tensor bias) {
        batchNormalization.fold(n, w, folded, bias);
    }

    @Override
    protected void computeAveragePool(Tensor x, Tensor y) {
        pooling.averagePool(x, y);
    }

    @Override
    protected void computeAveragePoolBackward(Tensor dy, Tensor dx, boolean accumulate) {
        pooling.averagePoolBackward(dy, dx, accumulate);
    }

    @Override
    protected void computeShortcut(Tensor x, int stride, Tensor y) {
        pooling.shortcut(x, stride, y);
    }

    @Override
    protected void computeShortcutBackward(Tensor dy, int stride, Tensor dx, boolean accumulate) {
        pooling.shortcutBackward(dy, stride, dx, accumulate);
    }

    @Override
    protected void computeNormalizeRows(Tensor x, Tensor y, Tensor norms) {
        losses.normalizeRows(x, y, norms);
    }

    @Override
    protected void computeNormalizeRowsBackward(Tensor y, Tensor norms, Tensor dy, Tensor dx) {
        losses.normalizeRowsBackward(y, norms, dy, dx);
    }

    @Override
    protected void computeCosineLoss(Tensor f, Tensor prototypes, Labels labels, float scale, Tensor losses, Tensor df) {
        this.losses.cosineLoss(f, prototypes, labels, scale, losses, df);
    }

    @Override
    protected void computeDotRegressionLoss(Tensor f, Tensor targets, Labels labels, float scale, Tensor losses, Tensor df) {
        this.losses.dotRegressionLoss(f, targets, labels, scale, losses, df);
    }

    @Override
    protected void computeSoftmaxCrossEntropy(Tensor logits, Tensor prior, Labels labels, float smoothing, float scale,
                                              Tensor losses, Tensor dlogits) {
        softmax.crossEntropy(logits, prior, labels, smoothing, scale, losses, dlogits);
    }

    @Override
    protected double computeGaussianPotential(Tensor w, float t, Tensor dw) {
        return potential.potential(w, t, dw);
    }

    @Override
    protected void computeSgdStep(Tensor rate, float momentum, float decay, boolean nesterov, Tensor w, Tensor g, Tensor v) {
        optimizers.sgd(rate, momentum, decay, nesterov, w, g, v);
    }

    @Override
    protected void computeAdamWStep(Tensor rates, float beta1, float beta2, float epsilon, float decay, Tensor w, Tensor g,
                                    Tensor m, Tensor s) {
        optimizers.adamW(rates, beta1, beta2, epsilon, decay, w, g, m, s);
    }
}

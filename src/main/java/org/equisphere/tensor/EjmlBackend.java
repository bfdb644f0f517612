package org.equisphere.tensor;

/**
 * The backend that is always there: plain Java loops over the crew of threads, matrix products through EJML. It is the readable
 * definition of every operation; the faster backends are held against the same contract.
 */
final class EjmlBackend extends HostBackend {

    static final String NAME = "ejml";

    private final EjmlGemm gemm = new EjmlGemm(workers);
    private final PlainCorrelation correlation = new PlainCorrelation(workers);
    private final PlainWeightGradient weightGradient = new PlainWeightGradient(workers);
    private final PlainBatchNormalization batchNormalization = new PlainBatchNormalization(workers);

    /** @param threads how many threads work, at least 1 */
    EjmlBackend(int threads) {
        super(threads, new RowLoops());
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
    protected void computeGemm(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, Tensor a, Tensor b,
                               float beta, Tensor c) {
        gemm.multiply(transposeA, transposeB, m, n, k, alpha, a, b, beta, c);
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
}

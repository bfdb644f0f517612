package org.equisphere.tensor;

/**
 * The fast backend on the CPU, on the JDK's Vector API: matrix products and convolutions in register tiles. What is not hot is left to the
 * plain loops.
 */
final class VectorBackend extends HostBackend {

    static final String NAME = "vector";

    private final RowKernels kernels = new RowKernels();
    private final VectorGemm gemm = new VectorGemm(workers, scratch);
    private final VectorConvolution convolution = new VectorConvolution(workers, scratch, kernels);
    private final VectorWeightGradient weightGradient = new VectorWeightGradient(workers, scratch, gemm);
    private final WinogradConvolution winograd = new WinogradConvolution(workers, scratch, kernels);
    private final WinogradStridedConvolution strided = new WinogradStridedConvolution(workers, scratch, kernels);
    private final WinogradWeightGradient winogradWeights = new WinogradWeightGradient(workers, scratch, kernels);
    private final WinogradWideGradient wideWeights = new WinogradWideGradient(workers, scratch);
    private final VectorBatchNormalization batchNormalization = new VectorBatchNormalization(workers, scratch);

    /** @param threads how many threads work, at least 1 */
    VectorBackend(int threads) {
        super(threads, new VectorRowLoops());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public int lanes() {
        return Lanes.COUNT;
    }

    @Override
    public String description() {
        return NAME + ": " + 32 * Lanes.COUNT + "-bit lanes on " + threads() + (threads() == 1 ? " thread" : " threads");
    }

    @Override
    protected void computeGemm(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, Tensor a, Tensor b,
                               float beta, Tensor c) {
        gemm.multiply(transposeA, transposeB, m, n, k, alpha, a, b, beta, c);
    }

    @Override
    protected void computeConvolve(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        convolve(g, x, w, null, bias, residual, relu, y);
    }

    @Override
    protected void computeConvolveFixed(Convolution g, Tensor x, FixedWeights w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        convolve(g, x, w.tensor(), w, bias, residual, relu, y);
    }

    private void convolve(Convolution g, Tensor x, Tensor w, FixedWeights fixed, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        if (WinogradConvolution.fitForward(g)) {
            winograd.convolve(g, x, w, fixed, bias, residual, relu, y);
        } else if (residual == null && WinogradStridedConvolution.fit(g)) {
            strided.convolve(g, x, w, fixed, bias, relu, y);
        } else {
            convolution.convolve(g, x, w, fixed, bias, residual, relu, y);
        }
    }

    @Override
    protected void computeConvolveBackwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        if (WinogradConvolution.fitBackwardData(g)) {
            winograd.backwardData(g, dy, w, dx, accumulate);
        } else {
            convolution.backwardData(g, dy, w, dx, accumulate);
        }
    }

    @Override
    protected void computeConvolveBackwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        if (WinogradWideGradient.fit(g)) {
            wideWeights.compute(g, x, dy, dw);
        } else if (WinogradWeightGradient.fit(g)) {
            winogradWeights.compute(g, x, dy, dw);
        } else {
            weightGradient.compute(g, x, dy, dw);
        }
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

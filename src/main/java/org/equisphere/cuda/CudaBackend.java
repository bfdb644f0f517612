package org.equisphere.cuda;

import java.lang.System.Logger.Level;
import java.lang.ref.Reference;
import java.util.Optional;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BatchNormalization;
import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.DirectionAverages;
import org.equisphere.tensor.ImageBank;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Storage;
import org.equisphere.tensor.Tensor;
import org.equisphere.tensor.WindowAttention;

/**
 * The operations as kernels on one device. Each is a handful of launches whose shapes and order follow from the tensors' sizes and alignment, so
 * that a result repeats bit for bit; products by a library repeat on the same card and library.
 */
final class CudaBackend extends Backend {

    static final String NAME = "cuda";

    private static final System.Logger LOG = System.getLogger(CudaBackend.class.getName());
    private static final long RESERVE = 256L << 20;
    /** Kernels count in ints, and a little past the end of a tensor: by a tile, or by the places of all threads. */
    private static final int MOST_NUMBERS = Integer.MAX_VALUE - (1 << 20);

    private final KernelLauncher launcher;
    private final DeviceMemory memory;
    private final Launch launch;
    private final CudaGemm gemm;
    private final CudaConvolution convolution;
    private final CudaBatchNormalization batchNormalization;
    private final CudaPooling pooling;
    private final CudaTransformer transformer;
    private final CudaPotential potential;
    private boolean closed;

    /** @param launcher closed with this backend */
    CudaBackend(KernelLauncher launcher, CudaSettings settings) {
        this.launcher = launcher;
        memory = new DeviceMemory(launcher);
        launch = new Launch(launcher);
        gemm = new CudaGemm(launcher, launch, memory, settings);
        convolution = new CudaConvolution(launcher, launch, memory, settings);
        batchNormalization = new CudaBatchNormalization(launch, memory);
        pooling = new CudaPooling(launch, memory);
        transformer = new CudaTransformer(launch, memory);
        potential = new CudaPotential(launcher, launch, memory, gemm, settings);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return NAME + ": " + launcher.description();
    }

    @Override
    public int threads() {
        return 1;
    }

    @Override
    public LabelVector labels(int size) {
        return new CudaLabels(this, launcher, memory, countable(size));
    }

    @Override
    protected Storage allocate(int size) {
        return new CudaStorage(this, launcher, memory, countable(size));
    }

    private static int countable(int size) {
        if (size > MOST_NUMBERS) {
            throw new IllegalArgumentException("a tensor of " + size + " numbers, expected at most " + MOST_NUMBERS + " on a device");
        }
        return size;
    }

    @Override
    public void synchronize() {
        launcher.synchronize();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            launcher.close();
        }
    }

    /** Records the step as a graph the second time it runs; the first time grows the scratch. */
    @Override
    public Runnable recorded(Runnable step) {
        return launcher.recorded(step);
    }

    /** Leaves as much free as the images take, {@value #RESERVE} bytes at most: scratch grows in the first step. */
    @Override
    public Optional<ImageBank> imageBank(int count, int height, int width, int channels, float[] table) {
        long bytes = (long) count * height * width * channels;
        try {
            long reserve = memory.allocate(Math.max(1, Math.min(bytes, RESERVE)));
            try {
                return Optional.of(new CudaImages(this, launcher, memory, launch, new int[] {count, height, width, channels}, table));
            } finally {
                launcher.free(reserve);
            }
        } catch (OutOfDeviceMemoryException e) {
            LOG.log(Level.INFO, "{0} images stay on the host: {1}", count, e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public Optional<DirectionAverages> directionAverages(int classes, int dimension, double momentum) {
        return Optional.of(new CudaDirections(this, launcher, memory, launch, classes, dimension, momentum));
    }

    @Override
    protected void computeFill(Tensor x, float value) {
        launch.of(Kernel.FILL).elements(x.size()).memory(x).wide(x.size()).real(value).run();
    }

    @Override
    protected void computeCopy(Tensor x, Tensor y) {
        launch.of(Kernel.COPY).elements(x.size()).memory(x).memory(y).wide(x.size()).run();
    }

    @Override
    protected void computeAddScaled(float alpha, Tensor x, Tensor y) {
        launch.of(Kernel.ADD_SCALED).elements(x.size()).real(alpha).memory(x).memory(y).wide(x.size()).run();
    }

    @Override
    protected void computeRelu(Tensor x, Tensor y) {
        launch.of(Kernel.RELU).elements(x.size()).memory(x).memory(y).wide(x.size()).run();
    }

    @Override
    protected void computeReluBackward(Tensor y, Tensor dy, Tensor dx, boolean accumulate) {
        launch.of(Kernel.RELU_BACKWARD).elements(y.size()).memory(y).memory(dy).memory(dx).wide(y.size()).flag(accumulate).run();
    }

    @Override
    protected void computeGelu(Tensor x, Tensor y) {
        launch.of(Kernel.GELU).elements(x.size()).memory(x).memory(y).wide(x.size()).run();
    }

    @Override
    protected void computeGeluBackward(Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        launch.of(Kernel.GELU_BACKWARD).elements(x.size()).memory(x).memory(dy).memory(dx).wide(x.size()).flag(accumulate).run();
    }

    @Override
    protected void computeScaleExamples(Tensor factors, Tensor x, Tensor y, boolean accumulate) {
        if (x.size() > 0) {
            launch.of(Kernel.SCALE_EXAMPLES).elements(x.size()).memory(factors).memory(x).memory(y).wide(x.size())
                    .divisor(x.size() / factors.size()).flag(accumulate).run();
        }
    }

    @Override
    protected void computeGemm(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, Tensor a, Tensor b,
                               float beta, Tensor c) {
        gemm.multiply(transposeA, transposeB, m, n, k, alpha, CudaStorage.address(a), CudaStorage.address(b), beta, CudaStorage.address(c));
        // A product may allocate before its launch, which names addresses alone: until then nobody else need refer to the factors.
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
    }

    @Override
    protected void computeAddBias(Tensor y, Tensor bias, boolean relu) {
        if (y.size() > 0) {
            launch.of(Kernel.ADD_BIAS).elements(y.size()).memory(y).memory(bias).wide(y.size()).divisor(bias.size()).flag(relu).run();
        }
    }

    @Override
    protected void computeAddBiasBackward(Tensor y, boolean relu, Tensor dy, Tensor dbias) {
        batchNormalization.biasGradient(y, relu, dy, dbias);
    }

    @Override
    protected void computeConvolve(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        convolution.forward(g, x, w, bias, residual, relu, y);
    }

    @Override
    protected void computeConvolveBackwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        convolution.backwardData(g, dy, w, dx, accumulate);
    }

    @Override
    protected void computeConvolveBackwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        convolution.backwardWeights(g, x, dy, dw);
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
        pooling.average(x, y);
    }

    @Override
    protected void computeAveragePoolBackward(Tensor dy, Tensor dx, boolean accumulate) {
        pooling.averageBackward(dy, dx, accumulate);
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
    protected void computeMaxPool(Convolution g, Tensor x, Tensor y) {
        pooling.max(g, x, y);
    }

    @Override
    protected void computeMaxPoolBackward(Convolution g, Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        pooling.maxBackward(g, x, dy, dx, accumulate);
    }

    @Override
    protected void computeMergePatches(Tensor x, Tensor y) {
        pooling.mergePatches(x, y);
    }

    @Override
    protected void computeMergePatchesBackward(Tensor dy, Tensor dx, boolean accumulate) {
        pooling.mergePatchesBackward(dy, dx, accumulate);
    }

    @Override
    protected void computeLayerNormalize(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) {
        transformer.layerNormalize(x, gamma, beta, epsilon, y);
    }

    @Override
    protected void computeLayerNormalizeBackward(Tensor x, Tensor gamma, float epsilon, Tensor dy, Tensor dx, boolean accumulate,
                                                 Tensor dgamma, Tensor dbeta) {
        transformer.layerNormalizeBackward(x, gamma, epsilon, dy, dx, accumulate, dgamma, dbeta);
    }

    @Override
    protected void computeWindowAttention(WindowAttention g, Tensor qkv, Tensor bias, Tensor y) {
        transformer.attention(g, qkv, bias, y);
    }

    @Override
    protected void computeWindowAttentionBackward(WindowAttention g, Tensor qkv, Tensor bias, Tensor dy, Tensor dqkv, Tensor dbias) {
        transformer.attentionBackward(g, qkv, bias, dy, dqkv, dbias);
    }

    @Override
    protected void computeNormalizeRows(Tensor x, Tensor y, Tensor norms) {
        rows(Kernel.NORMALIZE_ROWS, x).memory(x).memory(y).memory(norms).integer(x.dimension(0)).integer(x.dimension(1)).run();
    }

    @Override
    protected void computeNormalizeRowsBackward(Tensor y, Tensor norms, Tensor dy, Tensor dx) {
        rows(Kernel.NORMALIZE_ROWS_BACKWARD, y).memory(y).memory(norms).memory(dy).memory(dx)
                .integer(y.dimension(0)).integer(y.dimension(1)).run();
    }

    @Override
    protected void computeCosineLoss(Tensor f, Tensor prototypes, LabelVector labels, float scale, Tensor losses, Tensor df) {
        targetLoss(Kernel.COSINE_LOSS, f, prototypes, labels, scale, losses, df);
    }

    @Override
    protected void computeDotRegressionLoss(Tensor f, Tensor targets, LabelVector labels, float scale, Tensor losses, Tensor df) {
        targetLoss(Kernel.DOT_REGRESSION_LOSS, f, targets, labels, scale, losses, df);
    }

    private void targetLoss(Kernel kernel, Tensor f, Tensor targets, LabelVector labels, float scale, Tensor losses, Tensor df) {
        rows(kernel, f).memory(f).memory(targets).memory(labels).real(scale).memory(losses).memory(df)
                .integer(f.dimension(0)).integer(f.dimension(1)).run();
    }

    @Override
    protected void computeSoftmaxCrossEntropy(Tensor logits, Tensor prior, LabelVector labels, float smoothing, float scale,
                                              Tensor losses, Tensor dlogits) {
        rows(Kernel.SOFTMAX_CROSS_ENTROPY, logits).memory(logits).optional(prior).memory(labels).real(smoothing).real(scale)
                .memory(losses).memory(dlogits).integer(logits.dimension(0)).integer(logits.dimension(1)).run();
    }

    /** A warp for each row, four a block. */
    private Launch rows(Kernel kernel, Tensor x) {
        return launch.of(kernel).grid(Launch.blocks(x.dimension(0), 4), 1, 1).block(128, 1);
    }

    @Override
    protected double computeGaussianPotential(Tensor w, float t, Tensor dw) {
        return potential.potential(w, t, dw);
    }

    @Override
    protected void computeSgdStep(Tensor rate, float momentum, float decay, boolean nesterov, Tensor w, Tensor g, Tensor v) {
        launch.of(Kernel.SGD_STEP).elements(w.size()).memory(rate).real(momentum).real(decay).flag(nesterov)
                .memory(w).memory(g).memory(v).wide(w.size()).run();
    }

    @Override
    protected void computeAdamWStep(Tensor rates, float beta1, float beta2, float epsilon, float decay,
                                    Tensor w, Tensor g, Tensor m, Tensor s) {
        launch.of(Kernel.ADAMW_STEP).elements(w.size()).memory(rates).real(beta1).real(beta2).real(epsilon).real(decay)
                .memory(w).memory(g).memory(m).memory(s).wide(w.size()).run();
    }
}

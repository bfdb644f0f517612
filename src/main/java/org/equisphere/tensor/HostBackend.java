package org.equisphere.tensor;

/**
 * What the backends in the Java heap share: their memory, their crew of threads, and the plain loops of every operation that is not hot.
 */
abstract class HostBackend extends Backend {

    final Workers workers;
    final Scratch.OfThread scratch = new Scratch.OfThread();
    private final PlainElementwise elementwise;
    private final PlainBias bias;
    private final PlainPooling pooling;
    private final PlainLosses losses;
    private final PlainSoftmax softmax;
    private final PlainGaussianPotential potential;
    private final PlainOptimizers optimizers;
    private final PlainGelu gelu;
    private final PlainLayerNormalization layerNormalization;
    private final PlainWindowAttention attention;

    HostBackend(int threads, RowLoops loops) {
        workers = new Workers(threads);
        elementwise = new PlainElementwise(workers, scratch, loops);
        bias = new PlainBias(workers, scratch);
        pooling = new PlainPooling(workers, scratch, loops);
        losses = new PlainLosses(workers);
        softmax = new PlainSoftmax(workers, scratch, loops);
        potential = new PlainGaussianPotential(this, scratch, loops);
        optimizers = new PlainOptimizers(workers, scratch);
        gelu = new PlainGelu(workers, scratch, loops);
        layerNormalization = new PlainLayerNormalization(workers);
        attention = new PlainWindowAttention(workers, loops);
    }

    @Override
    public final int threads() {
        return workers.threads();
    }

    /**
     * Half a megabyte a thread: eight images of 32x32x16. With the other two tensors of a residual block that is 1.5 MB,
     * little more than a second cache.
     */
    @Override
    public final long cachedNumbers() {
        return (long) threads() << 17;
    }

    @Override
    public final LabelVector labels(int size) {
        return new HostLabels(this, size);
    }

    @Override
    protected final Storage allocate(int size) {
        return new HostStorage(this, new float[size]);
    }

    @Override
    public final Tensor shared(Tensor x) {
        return x.storage() instanceof HostStorage host ? new Tensor(new HostStorage(this, host.data), x.offset(), x.shape()) : super.shared(x);
    }

    @Override
    public final void synchronize() {
        // every operation is done when it returns
    }

    @Override
    public void close() {
        workers.close();
    }

    /** The array below a tensor; its elements start at {@link Tensor#offset}. */
    static float[] array(Tensor x) {
        return ((HostStorage) x.storage()).data;
    }

    /** The array below labels. */
    static int[] array(LabelVector labels) {
        return ((HostLabels) labels).data;
    }

    /** One element. */
    static float get(Tensor x, int i) {
        return array(x)[x.offset() + i];
    }

    /** Sets one element, rounded. */
    static void set(Tensor x, int i, double value) {
        array(x)[x.offset() + i] = (float) value;
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
    protected void computeGelu(Tensor x, Tensor y) {
        gelu.run(x, null, y, false);
    }

    @Override
    protected void computeGeluBackward(Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        gelu.run(x, dy, dx, accumulate);
    }

    @Override
    protected void computeScaleExamples(Tensor factors, Tensor x, Tensor y, boolean accumulate) {
        elementwise.scaleExamples(factors, x, y, accumulate);
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
    protected void computeAveragePool(Tensor x, Tensor y) {
        pooling.averagePool(x, y);
    }

    @Override
    protected void computeAveragePoolBackward(Tensor dy, Tensor dx, boolean accumulate) {
        pooling.averagePoolBackward(dy, dx, accumulate);
    }

    @Override
    protected void computeShortcut(Tensor x, int stride, Tensor y) {
        pooling.shortcut(x, stride, y, false, false);
    }

    @Override
    protected void computeShortcutBackward(Tensor dy, int stride, Tensor dx, boolean accumulate) {
        pooling.shortcut(dx, stride, dy, true, accumulate);
    }

    @Override
    protected void computeMaxPool(Convolution g, Tensor x, Tensor y) {
        pooling.maxPool(g, x, y);
    }

    @Override
    protected void computeMaxPoolBackward(Convolution g, Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        pooling.maxPoolBackward(g, x, dy, dx, accumulate);
    }

    @Override
    protected void computeMergePatches(Tensor x, Tensor y) {
        pooling.mergePatches(x, y, false, false);
    }

    @Override
    protected void computeMergePatchesBackward(Tensor dy, Tensor dx, boolean accumulate) {
        pooling.mergePatches(dx, dy, true, accumulate);
    }

    @Override
    protected void computeLayerNormalize(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) {
        layerNormalization.forward(x, gamma, beta, epsilon, y);
    }

    @Override
    protected void computeLayerNormalizeBackward(Tensor x, Tensor gamma, float epsilon, Tensor dy, Tensor dx, boolean accumulate,
                                                 Tensor dgamma, Tensor dbeta) {
        layerNormalization.backward(x, gamma, epsilon, dy, dx, accumulate, dgamma, dbeta);
    }

    @Override
    protected void computeWindowAttention(WindowAttention g, Tensor qkv, Tensor bias, Tensor y) {
        attention.forward(g, qkv, bias, y);
    }

    @Override
    protected void computeWindowAttentionBackward(WindowAttention g, Tensor qkv, Tensor bias, Tensor dy, Tensor dqkv, Tensor dbias) {
        attention.backward(g, qkv, bias, dy, dqkv, dbias);
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
    protected void computeCosineLoss(Tensor f, Tensor prototypes, LabelVector labels, float scale, Tensor losses, Tensor df) {
        this.losses.cosineLoss(f, prototypes, labels, scale, losses, df);
    }

    @Override
    protected void computeDotRegressionLoss(Tensor f, Tensor targets, LabelVector labels, float scale, Tensor losses, Tensor df) {
        this.losses.dotRegressionLoss(f, targets, labels, scale, losses, df);
    }

    @Override
    protected void computeSoftmaxCrossEntropy(Tensor logits, Tensor prior, LabelVector labels, float smoothing, float scale,
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

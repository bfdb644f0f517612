package org.equisphere.tensor;

import java.util.Arrays;

/**
 * The reference operations as a backend: every number is a double, so that what is built on {@link Backend} can be held against
 * finite differences. Numbers enter and leave in double by {@link #get} and {@link #set}. Overlap of outputs and inputs that an operation
 * does not allow is an error. One thread, slow.
 */
public final class DoubleBackend extends Backend {

    private static final class DoubleStorage extends Storage {

        private final double[] data;

        DoubleStorage(Backend owner, int size) {
            super(owner, size);
            data = new double[size];
        }

        @Override
        protected void read(int from, float[] destination, int at, int count) {
            for (int i = 0; i < count; i++) {
                destination[at + i] = (float) data[from + i];
            }
        }

        @Override
        protected void write(int to, float[] source, int at, int count) {
            for (int i = 0; i < count; i++) {
                data[to + i] = source[at + i];
            }
        }
    }

    /** A copy of all elements. */
    public static double[] get(Tensor x) {
        return Arrays.copyOfRange(data(x), x.offset(), x.offset() + x.size());
    }

    /** One element. */
    public static double get(Tensor x, int i) {
        return data(x)[x.offset() + i];
    }

    /** Sets one element. */
    public static void set(Tensor x, int i, double value) {
        data(x)[x.offset() + i] = value;
    }

    private static double[] data(Tensor x) {
        return ((DoubleStorage) x.storage()).data;
    }

    private static double[] getIf(boolean wanted, Tensor x) {
        return wanted ? get(x) : null;
    }

    private static double[] getIfPresent(Tensor x) {
        return getIf(x != null, x);
    }

    private static void put(Expected from, Tensor x) {
        System.arraycopy(from.value, 0, data(x), x.offset(), x.size());
    }

    private static void put(Expected[] from, Tensor... to) {
        for (int i = 0; i < to.length; i++) {
            put(from[i], to[i]);
        }
    }

    private static double[] masked(boolean relu, Tensor y, Tensor dy) {
        return relu ? ReferenceMath.reluBackward(get(y), get(dy), null).value : get(dy);
    }

    /** Checks what the contract asks of callers: an output overlaps no input but those its operation names. */
    private static void apart(Tensor output, Tensor... inputs) {
        for (Tensor input : inputs) {
            if (output != null && input != null && input.storage() == output.storage()
                    && input.offset() < output.offset() + output.size() && output.offset() < input.offset() + input.size()) {
                throw new IllegalStateException("the output " + output + " overlaps the input " + input);
            }
        }
    }

    private static int positions(Tensor x) {
        return x.dimension(1) * x.dimension(2);
    }

    @Override
    public String name() {
        return "double";
    }

    @Override
    public String description() {
        return "double: the reference in double";
    }

    @Override
    public int threads() {
        return 1;
    }

    @Override
    public LabelVector labels(int size) {
        return new HostLabels(this, size);
    }

    @Override
    protected Storage allocate(int size) {
        return new DoubleStorage(this, size);
    }

    @Override
    public void synchronize() {
        // every operation is done when it returns
    }

    @Override
    public void close() {
        // nothing is held but heap memory
    }

    @Override
    protected void computeFill(Tensor x, float value) {
        Arrays.fill(data(x), x.offset(), x.offset() + x.size(), value);
    }

    @Override
    protected void computeCopy(Tensor x, Tensor y) {
        apart(y, x);
        put(ReferenceMath.exactly(get(x)), y);
    }

    @Override
    protected void computeAddScaled(float alpha, Tensor x, Tensor y) {
        apart(y, x);
        put(ReferenceMath.addScaled(alpha, get(x), get(y)), y);
    }

    @Override
    protected void computeRelu(Tensor x, Tensor y) {
        put(ReferenceMath.relu(get(x)), y);
    }

    @Override
    protected void computeReluBackward(Tensor y, Tensor dy, Tensor dx, boolean accumulate) {
        apart(accumulate ? dx : null, dy);
        apart(dx, y);
        put(ReferenceMath.reluBackward(get(y), get(dy), getIf(accumulate, dx)), dx);
    }

    @Override
    protected void computeGelu(Tensor x, Tensor y) {
        apart(y, x);
        put(ReferenceTransformer.gelu(get(x)), y);
    }

    @Override
    protected void computeGeluBackward(Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        apart(accumulate ? dx : null, dy);
        apart(dx, x);
        put(ReferenceTransformer.geluBackward(get(x), get(dy), getIf(accumulate, dx)), dx);
    }

    @Override
    protected void computeScaleExamples(Tensor factors, Tensor x, Tensor y, boolean accumulate) {
        apart(accumulate ? y : null, x);
        apart(y, factors);
        put(ReferenceTransformer.scaleExamples(get(factors), get(x), getIf(accumulate, y)), y);
    }

    @Override
    protected void computeGemm(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, Tensor a, Tensor b,
                               float beta, Tensor c) {
        apart(c, a, b);
        put(ReferenceMath.gemm(transposeA, transposeB, m, n, k, alpha, get(a), get(b), beta, get(c)), c);
    }

    @Override
    protected void computeAddBias(Tensor y, Tensor bias, boolean relu) {
        apart(y, bias);
        put(ReferenceMath.addBias(get(y), get(bias), relu), y);
    }

    @Override
    protected void computeAddBiasBackward(Tensor y, boolean relu, Tensor dy, Tensor dbias) {
        apart(dbias, y, dy);
        apart(dy, y);
        double[] g = masked(relu, y, dy);
        put(ReferenceMath.exactly(g), dy);
        put(ReferenceMath.columnSums(g, dbias.size()), dbias);
    }

    @Override
    protected void computeConvolve(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        apart(y, x, w, bias, residual);
        put(ReferenceMath.convolve(g, get(x), get(w), getIfPresent(bias), getIfPresent(residual), relu), y);
    }

    @Override
    protected void computeConvolveBackwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        apart(dx, dy, w);
        put(ReferenceMath.convolveBackwardData(g, get(dy), get(w), getIf(accumulate, dx)), dx);
    }

    @Override
    protected void computeConvolveBackwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        apart(dw, x, dy);
        put(ReferenceMath.convolveBackwardWeights(g, get(x), get(dy)), dw);
    }

    @Override
    protected void computeBatchNormalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        apart(y, x, residual);
        double[] in = get(x);
        ReferenceNormalization reference = new ReferenceNormalization(in, n.gamma().size());
        put(reference.mean(in), n.mean());
        put(reference.inverseDeviation(n.epsilon()), n.inverseDeviation());
        put(reference.runningMean(get(n.runningMean()), n.momentum()), n.runningMean());
        put(reference.runningVariance(get(n.runningVariance()), n.momentum()), n.runningVariance());
        put(reference.forward(in, get(n.gamma()), get(n.beta()), n.epsilon(), getIfPresent(residual), relu), y);
    }

    @Override
    protected void computeBatchNormalizeBackward(BatchNormalization n, Tensor x, Tensor y, boolean relu, Tensor dy, Tensor dx,
                                                 Tensor dgamma, Tensor dbeta, Tensor dresidual, boolean accumulateResidual) {
        apart(dx, x, y, dresidual);
        apart(dresidual, x, y, dy);
        double[] g = masked(relu, y, dy);
        put(ReferenceNormalization.backward(get(x), g, get(n.gamma()), get(n.mean()), get(n.inverseDeviation())), dbeta, dgamma, dx);
        if (dresidual != null) {
            put(ReferenceMath.addScaled(1, g, accumulateResidual ? get(dresidual) : new double[g.length]), dresidual);
        }
    }

    @Override
    protected void computeBatchNormalizeInference(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        put(ReferenceNormalization.inference(get(x), get(n.gamma()), get(n.beta()), get(n.runningMean()), get(n.runningVariance()),
                n.epsilon(), getIfPresent(residual), relu), y);
    }

    @Override
    protected void computeFoldBatchNormalization(BatchNormalization n, Tensor w, Tensor folded, Tensor bias) {
        put(ReferenceNormalization.fold(get(w), get(n.gamma()), get(n.beta()), get(n.runningMean()), get(n.runningVariance()),
                n.epsilon()), folded, bias);
    }

    @Override
    protected void computeAveragePool(Tensor x, Tensor y) {
        apart(y, x);
        put(ReferenceMath.averagePool(get(x), x.dimension(0), positions(x), x.dimension(3)), y);
    }

    @Override
    protected void computeAveragePoolBackward(Tensor dy, Tensor dx, boolean accumulate) {
        apart(dx, dy);
        put(ReferenceMath.averagePoolBackward(get(dy), dx.dimension(0), positions(dx), dx.dimension(3), getIf(accumulate, dx)), dx);
    }

    @Override
    protected void computeShortcut(Tensor x, int stride, Tensor y) {
        apart(y, x);
        put(ReferenceMath.shortcut(get(x), x.dimension(0), x.dimension(1), x.dimension(2), x.dimension(3), y.dimension(3), stride), y);
    }

    @Override
    protected void computeShortcutBackward(Tensor dy, int stride, Tensor dx, boolean accumulate) {
        apart(dx, dy);
        put(ReferenceMath.shortcutBackward(get(dy), dx.dimension(0), dx.dimension(1), dx.dimension(2), dx.dimension(3), dy.dimension(3),
                stride, getIf(accumulate, dx)), dx);
    }

    @Override
    protected void computeMaxPool(Convolution g, Tensor x, Tensor y) {
        apart(y, x);
        put(ReferenceTransformer.maxPool(g, get(x)), y);
    }

    @Override
    protected void computeMaxPoolBackward(Convolution g, Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        apart(dx, x, dy);
        put(ReferenceTransformer.maxPoolBackward(g, get(x), get(dy), getIf(accumulate, dx)), dx);
    }

    @Override
    protected void computeMergePatches(Tensor x, Tensor y) {
        apart(y, x);
        put(ReferenceTransformer.mergePatches(get(x), x.dimension(0), x.dimension(1), x.dimension(2), x.dimension(3)), y);
    }

    @Override
    protected void computeMergePatchesBackward(Tensor dy, Tensor dx, boolean accumulate) {
        apart(dx, dy);
        put(ReferenceTransformer.mergePatchesBackward(get(dy), dx.dimension(0), dx.dimension(1), dx.dimension(2), dx.dimension(3),
                getIf(accumulate, dx)), dx);
    }

    @Override
    protected void computeLayerNormalize(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) {
        apart(y, x, gamma, beta);
        put(ReferenceTransformer.layerNormalize(get(x), get(gamma), get(beta), epsilon), y);
    }

    @Override
    protected void computeLayerNormalizeBackward(Tensor x, Tensor gamma, float epsilon, Tensor dy, Tensor dx, boolean accumulate,
                                                 Tensor dgamma, Tensor dbeta) {
        apart(dx, x, dy, gamma);
        put(ReferenceTransformer.layerNormalizeBackward(get(x), get(gamma), epsilon, get(dy), getIf(accumulate, dx)), dx, dgamma, dbeta);
    }

    @Override
    protected void computeWindowAttention(WindowAttention g, Tensor qkv, Tensor bias, Tensor y) {
        apart(y, qkv, bias);
        put(ReferenceTransformer.windowAttention(g, get(qkv), get(bias)), y);
    }

    @Override
    protected void computeWindowAttentionBackward(WindowAttention g, Tensor qkv, Tensor bias, Tensor dy, Tensor dqkv, Tensor dbias) {
        apart(dqkv, qkv, bias, dy);
        apart(dbias, qkv, bias, dy);
        put(ReferenceTransformer.windowAttentionBackward(g, get(qkv), get(bias), get(dy)), dqkv, dbias);
    }

    @Override
    protected void computeNormalizeRows(Tensor x, Tensor y, Tensor norms) {
        put(ReferenceLosses.normalizeRows(get(x), x.dimension(0), x.dimension(1)), y, norms);
    }

    @Override
    protected void computeNormalizeRowsBackward(Tensor y, Tensor norms, Tensor dy, Tensor dx) {
        apart(dx, y, norms);
        put(ReferenceLosses.normalizeRowsBackward(get(y), get(norms), get(dy), y.dimension(1)), dx);
    }

    @Override
    protected void computeCosineLoss(Tensor f, Tensor prototypes, LabelVector labels, float scale, Tensor losses, Tensor df) {
        apart(df, f, prototypes);
        put(ReferenceLosses.cosine(get(f), get(prototypes), HostBackend.array(labels), scale, f.dimension(0), f.dimension(1)), losses, df);
    }

    @Override
    protected void computeDotRegressionLoss(Tensor f, Tensor targets, LabelVector labels, float scale, Tensor losses, Tensor df) {
        apart(df, f, targets);
        put(ReferenceLosses.dotRegression(get(f), get(targets), HostBackend.array(labels), scale, f.dimension(0), f.dimension(1)), losses, df);
    }

    @Override
    protected void computeSoftmaxCrossEntropy(Tensor logits, Tensor prior, LabelVector labels, float smoothing, float scale,
                                              Tensor losses, Tensor dlogits) {
        put(ReferenceLosses.softmaxCrossEntropy(get(logits), getIfPresent(prior), HostBackend.array(labels), smoothing, scale,
                logits.dimension(0), logits.dimension(1)), losses, dlogits);
    }

    @Override
    protected double computeGaussianPotential(Tensor w, float t, Tensor dw) {
        Expected[] found = ReferenceLosses.gaussianPotential(get(w), t, w.dimension(0), w.dimension(1));
        if (dw != null) {
            put(found[1], dw);
        }
        return found[0].value[0];
    }

    @Override
    protected void computeSgdStep(Tensor rate, float momentum, float decay, boolean nesterov, Tensor w, Tensor g, Tensor v) {
        put(ReferenceLosses.sgd(get(rate, 0), momentum, decay, nesterov, 1, get(w), get(g), get(v)), w, v);
    }

    @Override
    protected void computeAdamWStep(Tensor rates, float beta1, float beta2, float epsilon, float decay,
                                    Tensor w, Tensor g, Tensor m, Tensor s) {
        put(ReferenceLosses.adamW(get(rates), beta1, beta2, epsilon, decay, get(w), get(g), get(m), get(s)), w, m, s);
    }
}

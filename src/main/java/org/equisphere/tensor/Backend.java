package org.equisphere.tensor;

import java.util.Optional;

/**
 * What computes: a set of whole tensor operations, and the memory they work on.
 *
 * <p><b>Use.</b> Public methods check ownership and shapes, throw {@link IllegalArgumentException} where something does not fit, and then
 * hand over to the implementation, which checks nothing. Every tensor must come from this backend's {@link #tensor}. Where a tensor is to have
 * the shape of another, as many elements as that has will do. Outputs never overlap inputs unless an operation says so; outputs
 * are written whole (whatever they held before, NaN included, does not matter) unless {@code accumulate} is asked for, which adds to
 * what is there. After its first call with given shapes an operation allocates nothing.
 *
 * <p><b>Threads.</b> A backend may work on many threads inside, but is called by one thread at a time, like a stream. It gives the same
 * result bit for bit for the same inputs, whatever its number of threads.
 *
 * <p><b>Numbers.</b> float32; sums over a batch or over channels are taken blockwise or in double, so that an error grows with the square
 * root of a sum's length at most. Convolutions of 3 x 3 taps may go by tiles (Winograd): their errors follow the largest value of a tile, and what
 * is not finite spoils all of it. {@code BackendContract} holds every operation of every backend against plain double arithmetic.
 */
public abstract class Backend implements AutoCloseable {

    // ---- what it is, and its memory

    /** A short name: {@code ejml}, {@code vector}, {@code cuda}. */
    public abstract String name();

    /** One line for people: the name, lanes or device, threads. */
    public abstract String description();

    /** How many threads work at most; 1 for a device. */
    public abstract int threads();

    /** How many float32 numbers one instruction works on, where that is known; 1 elsewhere. */
    public int lanes() {
        return 1;
    }

    /** How many numbers one layer may hand to the next through a cache; boundless where that makes no difference. */
    public long cachedNumbers() {
        return Long.MAX_VALUE;
    }

    /** A new tensor of zeros. */
    public final Tensor tensor(int... shape) {
        return new Tensor(allocate(Tensor.sizeOf(shape)), 0, shape);
    }

    /** A new tensor of the given shape and contents. */
    public final Tensor tensor(float[] values, int... shape) {
        Tensor made = tensor(shape);
        made.set(values);
        return made;
    }

    /**
     * A tensor of another backend on this one, for numbers that stay as they are: the very memory where both compute in the Java heap, a copy
     * otherwise. Threads of both may read it at a time, none may write it.
     */
    public Tensor shared(Tensor x) {
        return tensor(x.toArray(), x.shape());
    }

    /** A new vector of class indices, all 0. */
    public abstract LabelVector labels(int size);

    /** New storage of zeros. */
    protected abstract Storage allocate(int size);

    /** Waits until every operation called so far is done. */
    public abstract void synchronize();

    /**
     * Frees threads and a device's memory; tensors of this backend may not be used after it. A backend that is referred to may keep the last operands
     * of its operations, and with them a training pass, from being collected.
     */
    @Override
    public abstract void close();

    // ---- elementary

    /** Sets every element of x to {@code value}. */
    public final void fill(Tensor x, float value) {
        own(x);
        computeFill(x, value);
    }

    /** y = x; same size. */
    public final void copy(Tensor x, Tensor y) {
        own(x, y);
        sameSize("copy", x, y);
        computeCopy(x, y);
    }

    /** y += alpha * x; same size. */
    public final void addScaled(float alpha, Tensor x, Tensor y) {
        own(x, y);
        sameSize("addScaled", x, y);
        computeAddScaled(alpha, x, y);
    }

    /** y = max(x, 0); same size; y may be x. */
    public final void relu(Tensor x, Tensor y) {
        own(x, y);
        sameSize("relu", x, y);
        computeRelu(x, y);
    }

    /** dx (+)= dy where y &gt; 0, else 0, y being the output of {@link #relu}; same size; dx may be dy when not accumulating. */
    public final void reluBackward(Tensor y, Tensor dy, Tensor dx, boolean accumulate) {
        own(y, dy, dx);
        sameSize("reluBackward", y, dy);
        sameSize("reluBackward", y, dx);
        computeReluBackward(y, dy, dx, accumulate);
    }

    /** y = x * Phi(x), Phi being the normal distribution function (Hendrycks and Gimpel 2016, the exact form); same size. */
    public final void gelu(Tensor x, Tensor y) {
        own(x, y);
        sameSize("gelu", x, y);
        computeGelu(x, y);
    }

    /** dx (+)= dy * (Phi(x) + x * phi(x)), x being the input of {@link #gelu}; same size; dx may be dy when not accumulating. */
    public final void geluBackward(Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        own(x, dy, dx);
        sameSize("geluBackward", x, dy);
        sameSize("geluBackward", x, dx);
        computeGeluBackward(x, dy, dx, accumulate);
    }

    /**
     * y[i] (+)= factors[i] * x[i], example by example.
     *
     * @param factors [n]
     * @param x       [n, ...]; may be y when not accumulating
     * @param y       the size of x
     */
    public final void scaleExamples(Tensor factors, Tensor x, Tensor y, boolean accumulate) {
        own(factors, x, y);
        sameSize("scaleExamples", x, y);
        require(x.rank() >= 1 && factors.hasShape(x.dimension(0)), "scaleExamples", factors, x);
        computeScaleExamples(factors, x, y, accumulate);
    }

    // ---- matrices

    /**
     * c = alpha * op(a) op(b) + beta * c, op being the transpose where asked.
     *
     * @param a    [m, k], or [k, m] when {@code transposeA}
     * @param b    [k, n], or [n, k] when {@code transposeB}
     * @param beta 0 overwrites c whatever it held
     * @param c    [m, n], modified
     */
    public final void gemm(boolean transposeA, boolean transposeB, float alpha, Tensor a, Tensor b, float beta, Tensor c) {
        own(a, b, c);
        require(a.rank() == 2, "gemm", a);
        require(b.rank() == 2, "gemm", b);
        require(c.rank() == 2, "gemm", c);
        int m = a.dimension(transposeA ? 1 : 0);
        int k = a.dimension(transposeA ? 0 : 1);
        int n = b.dimension(transposeB ? 0 : 1);
        require(b.dimension(transposeB ? 1 : 0) == k && c.hasShape(m, n), "gemm", a, b, c);
        computeGemm(transposeA, transposeB, m, n, k, alpha, a, b, beta, c);
    }

    /** y = act(y + bias) in place, bias [c] along the last dimension; act is ReLU or nothing. */
    public final void addBias(Tensor y, Tensor bias, boolean relu) {
        own(y, bias);
        require(bias.hasShape(lastOf(y)), "addBias", y, bias);
        computeAddBias(y, bias, relu);
    }

    /**
     * The backward pass of {@link #addBias}: dy = 0 where y &lt;= 0 (only with {@code relu}), in place; dbias = sum of dy over all rows.
     *
     * @param y     the forward pass's output; not read without {@code relu}
     * @param dy    the shape of y; modified with {@code relu}
     * @param dbias [c], overwritten
     */
    public final void addBiasBackward(Tensor y, boolean relu, Tensor dy, Tensor dbias) {
        own(y, dy, dbias);
        sameSize("addBiasBackward", y, dy);
        require(dbias.hasShape(lastOf(dy)), "addBiasBackward", dy, dbias);
        computeAddBiasBackward(y, relu, dy, dbias);
    }

    // ---- convolution and what goes with it

    /**
     * y = act(conv(x, w) + bias + residual).
     *
     * @param g        the geometry
     * @param x        [batch, height, width, inChannels]
     * @param w        [kernel, kernel, inChannels, outChannels]
     * @param bias     [outChannels] or null
     * @param residual the shape of y, or null; may not be y
     * @param relu     whether act is ReLU
     * @param y        [batch, outHeight, outWidth, outChannels], overwritten
     */
    public final void convolve(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        requireConvolution(g, x, w, bias, residual, y);
        computeConvolve(g, x, w, bias, residual, relu, y);
    }

    /**
     * As {@link #convolve}, to the bit, with weights that stay as they are: what this backend makes of them is made once, for the calls of
     * one layer, which differ in their batch alone.
     */
    public final void convolveFixed(Convolution g, Tensor x, FixedWeights w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        requireConvolution(g, x, w.tensor(), bias, residual, y);
        computeConvolveFixed(g, x, w, bias, residual, relu, y);
    }

    private void requireConvolution(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, Tensor y) {
        own(x, w, y);
        ownIfPresent(bias);
        ownIfPresent(residual);
        requireConvolution(g, x, w, y);
        require(bias == null || bias.hasShape(g.outChannels()), "convolve bias", bias);
        require(residual == null || residual.size() == y.size(), "convolve residual", residual, y);
    }

    /** dx (+)= the gradient of {@link #convolve} (without bias, residual and ReLU) with respect to x. Shapes as there. */
    public final void convolveBackwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate) {
        own(dy, w, dx);
        requireConvolution(g, dx, w, dy);
        computeConvolveBackwardData(g, dy, w, dx, accumulate);
    }

    /** dw = the gradient of {@link #convolve} (without bias, residual and ReLU) with respect to w. Shapes as there. */
    public final void convolveBackwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw) {
        own(x, dy, dw);
        requireConvolution(g, x, dw, dy);
        computeConvolveBackwardWeights(g, x, dy, dw);
    }

    /**
     * Batch normalisation in training: y = act(gamma * (x - mean) * inverseDeviation + beta + residual), with the mean and biased variance of
     * this batch over all rows; writes them to {@code n.mean()} and {@code n.inverseDeviation()} and moves the running averages
     * (variance unbiased: rows / (rows - 1)).
     *
     * @param n        the state; [c] each
     * @param x        [..., c]: any leading shape, at least 2 rows
     * @param residual the shape of x, or null
     * @param relu     whether act is ReLU
     * @param y        the shape of x, overwritten; may be x only if no backward pass follows
     */
    public final void batchNormalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        own(x, y);
        own(n.gamma(), n.beta(), n.runningMean(), n.runningVariance());
        own(n.mean(), n.inverseDeviation());
        ownIfPresent(residual);
        requireChannels(n, x);
        requireRunningAverages(n, x);
        requireBatchStatistics(n, x);
        sameSize("batchNormalize", x, y);
        require(residual == null || residual.size() == x.size(), "batchNormalize residual", residual, x);
        require(x.size() >= 2 * lastOf(x), "batchNormalize needs 2 rows at least", x);
        computeBatchNormalize(n, x, residual, relu, y);
    }

    /**
     * The backward pass of {@link #batchNormalize}. With g = dy (masked by y &gt; 0 under ReLU) and xh = (x - mean) * inverseDeviation:
     * dbeta = sum g; dgamma = sum g * xh; dx = gamma * inverseDeviation * (g - dbeta / rows - xh * dgamma / rows).
     *
     * @param x         the forward input
     * @param y         the forward output; read only with {@code relu}, may be null without
     * @param dy        not modified
     * @param dx        overwritten; may be dy
     * @param dgamma    [c], overwritten
     * @param dbeta     [c], overwritten
     * @param dresidual (+)= g, or null; may not be dy
     * @param accumulateResidual whether g is added to what dresidual holds
     */
    public final void batchNormalizeBackward(BatchNormalization n, Tensor x, Tensor y, boolean relu, Tensor dy, Tensor dx,
                                             Tensor dgamma, Tensor dbeta, Tensor dresidual, boolean accumulateResidual) {
        own(x, dy, dx);
        own(dgamma, dbeta);
        own(n.gamma(), n.mean(), n.inverseDeviation());
        ownIfPresent(y);
        ownIfPresent(dresidual);
        requireChannels(n, x);
        requireBatchStatistics(n, x);
        sameSize("batchNormalizeBackward", x, dy);
        sameSize("batchNormalizeBackward", x, dx);
        require(!relu || y != null && y.size() == x.size(), "batchNormalizeBackward with ReLU needs y", x);
        require(dgamma.hasShape(lastOf(x)) && dbeta.hasShape(lastOf(x)), "batchNormalizeBackward", x, dgamma, dbeta);
        require(dresidual == null || dresidual.size() == x.size(), "batchNormalizeBackward residual", dresidual, x);
        computeBatchNormalizeBackward(n, x, y, relu, dy, dx, dgamma, dbeta, dresidual, accumulateResidual);
    }

    /**
     * Batch normalisation in evaluation: y = act(gamma * (x - runningMean) / sqrt(runningVariance + epsilon) + beta + residual).
     * y may be x.
     */
    public final void batchNormalizeInference(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        own(x, y);
        own(n.gamma(), n.beta(), n.runningMean(), n.runningVariance());
        ownIfPresent(residual);
        requireChannels(n, x);
        requireRunningAverages(n, x);
        sameSize("batchNormalizeInference", x, y);
        require(residual == null || residual.size() == x.size(), "batchNormalizeInference residual", residual, x);
        computeBatchNormalizeInference(n, x, residual, relu, y);
    }

    /**
     * Folds a batch normalisation in evaluation into the linear map before it: with s = gamma / sqrt(runningVariance + epsilon),
     * folded[..., o] = w[..., o] * s[o] and bias[o] = beta[o] - runningMean[o] * s[o].
     *
     * @param w      [..., c]
     * @param folded the shape of w, overwritten
     * @param bias   [c], overwritten
     */
    public final void foldBatchNormalization(BatchNormalization n, Tensor w, Tensor folded, Tensor bias) {
        own(w, folded, bias);
        own(n.gamma(), n.beta(), n.runningMean(), n.runningVariance());
        requireChannels(n, w);
        requireRunningAverages(n, w);
        sameSize("foldBatchNormalization", w, folded);
        require(bias.hasShape(lastOf(w)), "foldBatchNormalization", w, bias);
        computeFoldBatchNormalization(n, w, folded, bias);
    }

    /** y[n,c] = mean over positions of x[n,.,.,c]. x [n,h,w,c], y [n,c]. */
    public final void averagePool(Tensor x, Tensor y) {
        own(x, y);
        require(x.rank() == 4, "averagePool", x);
        require(y.hasShape(x.dimension(0), x.dimension(3)), "averagePool", x, y);
        computeAveragePool(x, y);
    }

    /** dx[n,i,j,c] (+)= dy[n,c] / (h * w). */
    public final void averagePoolBackward(Tensor dy, Tensor dx, boolean accumulate) {
        own(dy, dx);
        require(dx.rank() == 4, "averagePoolBackward", dx);
        require(dy.hasShape(dx.dimension(0), dx.dimension(3)), "averagePoolBackward", dy, dx);
        computeAveragePoolBackward(dy, dx, accumulate);
    }

    /**
     * The parameter-free shortcut of a residual block (He et al. 2016, option A): every {@code stride}-th position, channels placed in the middle of
     * zeros: y[n,i,j,c] = x[n, i*stride, j*stride, c - p] with p = (outChannels - inChannels) / 2, and 0 outside.
     *
     * @param x [n, h, w, ci]
     * @param y [n, ceil(h/stride), ceil(w/stride), co], co at least ci; overwritten
     */
    public final void shortcut(Tensor x, int stride, Tensor y) {
        own(x, y);
        requireShortcut(x, stride, y);
        computeShortcut(x, stride, y);
    }

    /** dx (+)= the gradient of {@link #shortcut}: dy at the positions kept, 0 elsewhere. */
    public final void shortcutBackward(Tensor dy, int stride, Tensor dx, boolean accumulate) {
        own(dy, dx);
        requireShortcut(dx, stride, dy);
        computeShortcutBackward(dy, stride, dx, accumulate);
    }

    /**
     * y = the largest x of every window, channel by channel; positions outside the image do not count.
     *
     * @param g the windows: a convolution's geometry with as many output as input channels
     * @param x [batch, height, width, channels]
     * @param y [batch, outHeight, outWidth, channels], overwritten
     */
    public final void maxPool(Convolution g, Tensor x, Tensor y) {
        own(x, y);
        requirePool(g, x, y);
        computeMaxPool(g, x, y);
    }

    /** dx (+)= the gradient of {@link #maxPool}: dy at the first largest position of its window, row by row. Shapes as there. */
    public final void maxPoolBackward(Convolution g, Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        own(x, dy, dx);
        requirePool(g, x, dy);
        sameSize("maxPoolBackward", x, dx);
        computeMaxPoolBackward(g, x, dy, dx, accumulate);
    }

    /**
     * Every 2 x 2 square of positions becomes one with four times the channels, as Swin's patch merging has them (Liu et al. 2021):
     * y[n,i,j,(2b+a)c+k] = x[n,2i+a,2j+b,k], and 0 where an odd side leaves the image.
     *
     * @param x [n, h, w, c]
     * @param y [n, ceil(h/2), ceil(w/2), 4c], overwritten
     */
    public final void mergePatches(Tensor x, Tensor y) {
        own(x, y);
        requirePatches(x, y);
        computeMergePatches(x, y);
    }

    /** dx (+)= the gradient of {@link #mergePatches}: each dy at the place it came from. */
    public final void mergePatchesBackward(Tensor dy, Tensor dx, boolean accumulate) {
        own(dy, dx);
        requirePatches(dx, dy);
        computeMergePatchesBackward(dy, dx, accumulate);
    }

    // ---- transformers

    /**
     * Layer normalisation (Ba et al. 2016): y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the mean and the biased variance of
     * each row.
     *
     * @param x     [..., c]
     * @param gamma [c]
     * @param beta  [c]
     * @param y     the shape of x, overwritten
     */
    public final void layerNormalize(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) {
        own(x, gamma, beta, y);
        sameSize("layerNormalize", x, y);
        require(gamma.hasShape(lastOf(x)) && beta.hasShape(lastOf(x)), "layerNormalize", x, gamma, beta);
        computeLayerNormalize(x, gamma, beta, epsilon, y);
    }

    /**
     * The backward pass of {@link #layerNormalize}. With xh = (x - mean) / sqrt(variance + epsilon) and g = gamma * dy: dbeta = sum over rows of dy;
     * dgamma = sum over rows of dy * xh; dx (+)= (g - mean(g) - xh * mean(g * xh)) / sqrt(variance + epsilon), means along the row.
     *
     * @param x      the forward input
     * @param dgamma [c], overwritten
     * @param dbeta  [c], overwritten
     */
    public final void layerNormalizeBackward(Tensor x, Tensor gamma, float epsilon, Tensor dy, Tensor dx, boolean accumulate,
                                             Tensor dgamma, Tensor dbeta) {
        own(x, gamma, dy, dx);
        own(dgamma, dbeta);
        sameSize("layerNormalizeBackward", x, dy);
        sameSize("layerNormalizeBackward", x, dx);
        require(gamma.hasShape(lastOf(x)), "layerNormalizeBackward", x, gamma);
        require(dgamma.hasShape(lastOf(x)) && dbeta.hasShape(lastOf(x)), "layerNormalizeBackward", x, dgamma, dbeta);
        computeLayerNormalizeBackward(x, gamma, epsilon, dy, dx, accumulate, dgamma, dbeta);
    }

    /**
     * Self-attention within windows, with relative position bias (Liu et al. 2021, eq. 4): for every token i and head, with j over the tokens that i
     * sees, y_i = sum_j p_ij v_j, p_i = softmax_j( &lt;q_i, k_j&gt; / sqrt(headSize) + bias[place of i relative to j] ).
     *
     * @param g    who sees whom
     * @param qkv  [batch, height, width, 3 * channels]: queries, keys, values, each head after head
     * @param bias [(2 window - 1)^2, heads]
     * @param y    [batch, height, width, channels], overwritten
     */
    public final void windowAttention(WindowAttention g, Tensor qkv, Tensor bias, Tensor y) {
        own(qkv, bias, y);
        requireAttention(g, qkv, bias, y);
        computeWindowAttention(g, qkv, bias, y);
    }

    /** dqkv and dbias = the gradients of {@link #windowAttention} with respect to qkv and bias, overwritten. Shapes as there. */
    public final void windowAttentionBackward(WindowAttention g, Tensor qkv, Tensor bias, Tensor dy, Tensor dqkv, Tensor dbias) {
        own(qkv, bias, dy);
        own(dqkv, dbias);
        requireAttention(g, qkv, bias, dy);
        requireAttention(g, dqkv, dbias, dy);
        computeWindowAttentionBackward(g, qkv, bias, dy, dqkv, dbias);
    }

    // ---- losses

    /**
     * y = x / |x| row by row, and the norms. A row whose norm is below 1e-12 is divided by 1e-12.
     *
     * @param x     [n, d]
     * @param y     [n, d], overwritten; may be x
     * @param norms [n], overwritten
     */
    public final void normalizeRows(Tensor x, Tensor y, Tensor norms) {
        own(x, y, norms);
        require(x.rank() == 2, "normalizeRows", x);
        require(y.rank() == 2, "normalizeRows", y);
        sameSize("normalizeRows", x, y);
        require(norms.hasShape(x.dimension(0)), "normalizeRows", x, norms);
        computeNormalizeRows(x, y, norms);
    }

    /** dx = (dy - y * &lt;y, dy&gt;) / |x|, from the outputs of {@link #normalizeRows}. dx may be dy. */
    public final void normalizeRowsBackward(Tensor y, Tensor norms, Tensor dy, Tensor dx) {
        own(y, norms, dy, dx);
        require(y.rank() == 2, "normalizeRowsBackward", y);
        require(dy.rank() == 2, "normalizeRowsBackward", dy);
        require(dx.rank() == 2, "normalizeRowsBackward", dx);
        sameSize("normalizeRowsBackward", y, dy);
        sameSize("normalizeRowsBackward", y, dx);
        require(norms.hasShape(y.dimension(0)), "normalizeRowsBackward", y, norms);
        computeNormalizeRowsBackward(y, norms, dy, dx);
    }

    /**
     * The squared cosine loss toward assigned prototypes and its gradient: with p = prototypes[labels[i]], cos = &lt;f,p&gt; / |f|,
     * losses[i] = scale * (1 - cos)^2 and d losses[i] / d f = -2 * scale * (1 - cos) * (p - cos * f/|f|) / |f|.
     * |f| is held at 1e-12 at least.
     *
     * @param f          features [n, d], not normalised
     * @param prototypes [c, d], unit rows, one a label (already assigned)
     * @param labels     at least n; the first n are used
     * @param scale      1 for the sum over a batch, 1/n for its mean
     * @param losses     [n], overwritten
     * @param df         [n, d], overwritten
     */
    public final void cosineLoss(Tensor f, Tensor prototypes, LabelVector labels, float scale, Tensor losses, Tensor df) {
        own(f, prototypes, losses, df);
        requireTargets("cosineLoss", f, prototypes, labels, losses);
        sameSize("cosineLoss", f, df);
        computeCosineLoss(f, prototypes, labels, scale, losses, df);
    }

    /**
     * The dot-regression loss (Yang et al. 2022, eq. 10) and its gradient, the norms outside the inner product taken as constants: with
     * m = targets[labels[i]], e = &lt;f,m&gt; - |f||m|: losses[i] = scale * e^2 / (2 |f|) and d losses[i] / d f = scale * e * m / |f|.
     *
     * @param f       features [n, d], usually normalised
     * @param targets [c, d], scaled prototypes
     * @param labels  at least n
     * @param losses  [n], overwritten
     * @param df      [n, d], overwritten
     */
    public final void dotRegressionLoss(Tensor f, Tensor targets, LabelVector labels, float scale, Tensor losses, Tensor df) {
        own(f, targets, losses, df);
        requireTargets("dotRegressionLoss", f, targets, labels, losses);
        sameSize("dotRegressionLoss", f, df);
        computeDotRegressionLoss(f, targets, labels, scale, losses, df);
    }

    /**
     * Softmax cross-entropy with label smoothing and its gradient. With q = softmax(logits[i] + prior) and the target t holding
     * 1 - smoothing + smoothing/c at labels[i] and smoothing/c elsewhere: losses[i] = -scale * sum_k t_k log q_k,
     * dlogits[i] = scale * (q - t). Computed with the row maximum taken out.
     *
     * @param logits    [n, c]
     * @param prior     [c] added to every row's logits (log class frequencies), or null
     * @param labels    at least n
     * @param smoothing 0 up to, not including, 1
     * @param losses    [n], overwritten
     * @param dlogits   [n, c], overwritten; may be logits
     */
    public final void softmaxCrossEntropy(Tensor logits, Tensor prior, LabelVector labels,
                                          float smoothing, float scale, Tensor losses, Tensor dlogits) {
        own(logits, losses, dlogits);
        ownIfPresent(prior);
        require(logits.rank() == 2, "softmaxCrossEntropy", logits);
        require(dlogits.rank() == 2, "softmaxCrossEntropy", dlogits);
        sameSize("softmaxCrossEntropy", logits, dlogits);
        require(losses.hasShape(logits.dimension(0)), "softmaxCrossEntropy", logits, losses);
        require(prior == null || prior.hasShape(logits.dimension(1)), "softmaxCrossEntropy prior", logits, prior);
        requireLabels("softmaxCrossEntropy", labels, logits.dimension(0));
        computeSoftmaxCrossEntropy(logits, prior, labels, smoothing, scale, losses, dlogits);
    }

    /**
     * The uniformity loss of unit rows and its gradient (Wang and Isola 2020): with e_ij = exp(-t |w_i - w_j|^2), L = log( mean over i&lt;j of e_ij )
     * and dw_i = sum over j of -4 t (w_i - w_j) e_ij / sum over ordered pairs of e_ij. The gradient is the Euclidean one; project it as needed.
     *
     * @param w  [n, d], n at least 2; rows need not be unit
     * @param t  positive
     * @param dw [n, d], overwritten, or null for the value alone
     * @return L
     */
    public final double gaussianPotential(Tensor w, float t, Tensor dw) {
        own(w);
        ownIfPresent(dw);
        require(w.rank() == 2, "gaussianPotential", w);
        require(w.dimension(0) >= 2, "gaussianPotential needs 2 rows at least", w);
        require(dw == null || dw.size() == w.size(), "gaussianPotential", w, dw);
        return computeGaussianPotential(w, t, dw);
    }

    // ---- optimisers

    /**
     * One step of stochastic gradient descent with momentum, PyTorch's form: g' = g + decay * w; v = momentum * v + g';
     * w -= rate * (nesterov ? g' + momentum * v : v).
     *
     * @param rate [1], the learning rate: in memory, so that a recorded step can be replayed with another rate
     * @param w    modified
     * @param g    not modified
     * @param v    modified; zeros before the first step
     */
    public final void sgdStep(Tensor rate, float momentum, float decay, boolean nesterov, Tensor w, Tensor g, Tensor v) {
        own(rate, w, g, v);
        sameSize("sgdStep", w, g);
        sameSize("sgdStep", w, v);
        require(rate.size() == 1, "sgdStep rate", rate);
        computeSgdStep(rate, momentum, decay, nesterov, w, g, v);
    }

    /**
     * One step of AdamW (Loshchilov and Hutter 2019): m = beta1 m + (1 - beta1) g; s = beta2 s + (1 - beta2) g^2;
     * w -= rate * decay * w; w -= rate * (m / c1) / (sqrt(s / c2) + epsilon) with c1 = 1 - beta1^step, c2 = 1 - beta2^step.
     *
     * @param rates [3]: rate, c1, c2
     * @param w     modified
     * @param g     not modified
     * @param m     modified; zeros before the first step
     * @param s     modified; zeros before the first step
     */
    public final void adamWStep(Tensor rates, float beta1, float beta2, float epsilon, float decay, Tensor w, Tensor g, Tensor m, Tensor s) {
        own(rates);
        own(w, g, m, s);
        sameSize("adamWStep", w, g);
        sameSize("adamWStep", w, m);
        sameSize("adamWStep", w, s);
        require(rates.size() == 3, "adamWStep rates", rates);
        computeAdamWStep(rates, beta1, beta2, epsilon, decay, w, g, m, s);
    }

    /**
     * Makes a step that can be run many times: a sequence of this backend's operations on fixed tensors that neither allocates nor
     * reads results. A device may record it once and replay it; elsewhere it is the step itself.
     */
    public Runnable recorded(Runnable step) {
        return step;
    }

    // ---- what a device may keep, so that a step copies little; empty where the host's memory is the backend's own

    /**
     * A place for images, [count, height, width, channels] bytes, of which batches are made there; empty also where they do not fit.
     *
     * @param table [channels, 256], the number that each pixel value becomes; copied
     */
    public Optional<ImageBank> imageBank(int count, int height, int width, int channels, float[] table) {
        return Optional.empty();
    }

    /** A place for the directions of classes, none seen yet. */
    public Optional<DirectionAverages> directionAverages(int classes, int dimension, double momentum) {
        return Optional.empty();
    }

    // ---- what an implementation provides; arguments are checked

    protected abstract void computeFill(Tensor x, float value);

    protected abstract void computeCopy(Tensor x, Tensor y);

    protected abstract void computeAddScaled(float alpha, Tensor x, Tensor y);

    protected abstract void computeRelu(Tensor x, Tensor y);

    protected abstract void computeReluBackward(Tensor y, Tensor dy, Tensor dx, boolean accumulate);

    protected abstract void computeGelu(Tensor x, Tensor y);

    protected abstract void computeGeluBackward(Tensor x, Tensor dy, Tensor dx, boolean accumulate);

    protected abstract void computeScaleExamples(Tensor factors, Tensor x, Tensor y, boolean accumulate);

    protected abstract void computeGemm(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, Tensor a, Tensor b,
                                        float beta, Tensor c);

    protected abstract void computeAddBias(Tensor y, Tensor bias, boolean relu);

    protected abstract void computeAddBiasBackward(Tensor y, boolean relu, Tensor dy, Tensor dbias);

    protected abstract void computeConvolve(Convolution g, Tensor x, Tensor w, Tensor bias, Tensor residual, boolean relu, Tensor y);

    protected void computeConvolveFixed(Convolution g, Tensor x, FixedWeights w, Tensor bias, Tensor residual, boolean relu, Tensor y) {
        computeConvolve(g, x, w.tensor(), bias, residual, relu, y);
    }

    protected abstract void computeConvolveBackwardData(Convolution g, Tensor dy, Tensor w, Tensor dx, boolean accumulate);

    protected abstract void computeConvolveBackwardWeights(Convolution g, Tensor x, Tensor dy, Tensor dw);

    protected abstract void computeBatchNormalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y);

    protected abstract void computeBatchNormalizeBackward(BatchNormalization n, Tensor x, Tensor y, boolean relu, Tensor dy, Tensor dx,
                                                          Tensor dgamma, Tensor dbeta, Tensor dresidual, boolean accumulateResidual);

    protected abstract void computeBatchNormalizeInference(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y);

    protected abstract void computeFoldBatchNormalization(BatchNormalization n, Tensor w, Tensor folded, Tensor bias);

    protected abstract void computeAveragePool(Tensor x, Tensor y);

    protected abstract void computeAveragePoolBackward(Tensor dy, Tensor dx, boolean accumulate);

    protected abstract void computeShortcut(Tensor x, int stride, Tensor y);

    protected abstract void computeShortcutBackward(Tensor dy, int stride, Tensor dx, boolean accumulate);

    protected abstract void computeMaxPool(Convolution g, Tensor x, Tensor y);

    protected abstract void computeMaxPoolBackward(Convolution g, Tensor x, Tensor dy, Tensor dx, boolean accumulate);

    protected abstract void computeMergePatches(Tensor x, Tensor y);

    protected abstract void computeMergePatchesBackward(Tensor dy, Tensor dx, boolean accumulate);

    protected abstract void computeLayerNormalize(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y);

    protected abstract void computeLayerNormalizeBackward(Tensor x, Tensor gamma, float epsilon, Tensor dy, Tensor dx, boolean accumulate,
                                                          Tensor dgamma, Tensor dbeta);

    protected abstract void computeWindowAttention(WindowAttention g, Tensor qkv, Tensor bias, Tensor y);

    protected abstract void computeWindowAttentionBackward(WindowAttention g, Tensor qkv, Tensor bias, Tensor dy, Tensor dqkv, Tensor dbias);

    protected abstract void computeNormalizeRows(Tensor x, Tensor y, Tensor norms);

    protected abstract void computeNormalizeRowsBackward(Tensor y, Tensor norms, Tensor dy, Tensor dx);

    protected abstract void computeCosineLoss(Tensor f, Tensor prototypes, LabelVector labels, float scale, Tensor losses, Tensor df);

    protected abstract void computeDotRegressionLoss(Tensor f, Tensor targets, LabelVector labels, float scale, Tensor losses, Tensor df);

    protected abstract void computeSoftmaxCrossEntropy(Tensor logits, Tensor prior, LabelVector labels, float smoothing, float scale,
                                                       Tensor losses, Tensor dlogits);

    protected abstract double computeGaussianPotential(Tensor w, float t, Tensor dw);

    protected abstract void computeSgdStep(Tensor rate, float momentum, float decay, boolean nesterov, Tensor w, Tensor g, Tensor v);

    protected abstract void computeAdamWStep(Tensor rates, float beta1, float beta2, float epsilon, float decay,
                                             Tensor w, Tensor g, Tensor m, Tensor s);

    // ---- checks: of fixed arity, since an array of arguments would be garbage in every step

    private void own(Tensor a) {
        if (a == null) {
            throw new IllegalArgumentException("a tensor is null");
        }
        if (a.storage().owner() != this) {
            throw new IllegalArgumentException(a + " belongs to " + a.storage().owner().description() + ", not to " + description());
        }
    }

    private void own(Tensor a, Tensor b) {
        own(a);
        own(b);
    }

    private void own(Tensor a, Tensor b, Tensor c) {
        own(a);
        own(b);
        own(c);
    }

    private void own(Tensor a, Tensor b, Tensor c, Tensor d) {
        own(a, b);
        own(c, d);
    }

    private void ownIfPresent(Tensor a) {
        if (a != null) {
            own(a);
        }
    }

    private static int lastOf(Tensor x) {
        return x.rank() == 0 ? 1 : x.dimension(x.rank() - 1);
    }

    private static void sameSize(String operation, Tensor a, Tensor b) {
        require(a.size() == b.size(), operation, a, b);
    }

    private static void require(boolean condition, String operation, Tensor a) {
        if (!condition) {
            throw new IllegalArgumentException(operation + ": shape does not fit: " + a);
        }
    }

    private static void require(boolean condition, String operation, Tensor a, Tensor b) {
        if (!condition) {
            throw new IllegalArgumentException(operation + ": shapes do not fit: " + a + ", " + b);
        }
    }

    private static void require(boolean condition, String operation, Tensor a, Tensor b, Tensor c) {
        if (!condition) {
            throw new IllegalArgumentException(operation + ": shapes do not fit: " + a + ", " + b + ", " + c);
        }
    }

    private static void requireConvolution(Convolution g, Tensor x, Tensor w, Tensor y) {
        if (!x.hasShape(g.batch(), g.height(), g.width(), g.inChannels())
                || !w.hasShape(g.kernel(), g.kernel(), g.inChannels(), g.outChannels())
                || !y.hasShape(g.batch(), g.outHeight(), g.outWidth(), g.outChannels())) {
            throw new IllegalArgumentException("shapes do not fit " + g + ": input " + x + ", weights " + w + ", output " + y);
        }
    }

    private static void requireChannels(BatchNormalization n, Tensor x) {
        int c = lastOf(x);
        require(n.gamma().hasShape(c) && n.beta().hasShape(c), "batch normalisation", x, n.gamma(), n.beta());
    }

    private static void requireRunningAverages(BatchNormalization n, Tensor x) {
        int c = lastOf(x);
        require(n.runningMean().hasShape(c) && n.runningVariance().hasShape(c), "batch normalisation's running averages", x,
                n.runningMean(), n.runningVariance());
    }

    private static void requireBatchStatistics(BatchNormalization n, Tensor x) {
        int c = lastOf(x);
        require(n.mean().hasShape(c) && n.inverseDeviation().hasShape(c), "batch normalisation's statistics", x,
                n.mean(), n.inverseDeviation());
    }

    private static void requireShortcut(Tensor x, int stride, Tensor y) {
        require(x.rank() == 4, "shortcut", x);
        require(y.rank() == 4, "shortcut", y);
        require(stride >= 1 && y.dimension(0) == x.dimension(0) && y.dimension(1) == (x.dimension(1) + stride - 1) / stride
                && y.dimension(2) == (x.dimension(2) + stride - 1) / stride && y.dimension(3) >= x.dimension(3), "shortcut", x, y);
    }

    private static void requirePool(Convolution g, Tensor x, Tensor y) {
        require(g.inChannels() == g.outChannels() && x.hasShape(g.batch(), g.height(), g.width(), g.inChannels())
                && y.hasShape(g.batch(), g.outHeight(), g.outWidth(), g.inChannels()), "maxPool", x, y);
    }

    private static void requirePatches(Tensor x, Tensor y) {
        require(x.rank() == 4, "mergePatches", x);
        require(y.hasShape(x.dimension(0), (x.dimension(1) + 1) / 2, (x.dimension(2) + 1) / 2, 4 * x.dimension(3)), "mergePatches", x, y);
    }

    private static void requireAttention(WindowAttention g, Tensor qkv, Tensor bias, Tensor y) {
        require(qkv.hasShape(g.batch(), g.height(), g.width(), 3 * g.channels()) && bias.hasShape(g.relativePlaces(), g.heads())
                && y.hasShape(g.batch(), g.height(), g.width(), g.channels()), "windowAttention", qkv, bias, y);
    }

    private void requireTargets(String operation, Tensor f, Tensor targets, LabelVector labels, Tensor losses) {
        require(f.rank() == 2, operation, f);
        require(targets.rank() == 2, operation, targets);
        require(f.dimension(1) == targets.dimension(1) && losses.hasShape(f.dimension(0)), operation, f, targets, losses);
        requireLabels(operation, labels, f.dimension(0));
    }

    private void requireLabels(String operation, LabelVector labels, int rows) {
        if (labels.owner() != this || labels.size() < rows) {
            throw new IllegalArgumentException(operation + ": needs " + rows + " labels of this backend, got " + labels.size()
                    + (labels.owner() == this ? "" : " of another"));
        }
    }
}

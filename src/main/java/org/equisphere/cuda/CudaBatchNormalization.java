package org.equisphere.cuda;

import org.equisphere.tensor.BatchNormalization;
import org.equisphere.tensor.Tensor;

/** Batch normalisation and bias gradients: the launches of {@code batchnorm.cu}. */
final class CudaBatchNormalization {

    /** Rows of a thread in {@code bn_apply} and {@code bn_inference}, and in {@code bn_gradient}: their APPLIED and GRADIENT. */
    private static final int APPLIED_ROWS = 4;
    private static final int GRADIENT_ROWS = 2;
    private static final int LEAST_COUNTERS = 1024;

    private final Launch launch;
    private final DeviceMemory memory;
    private final Strips strips = new Strips();
    private long counters;
    private int counted;

    CudaBatchNormalization(Launch launch, DeviceMemory memory) {
        this.launch = launch;
        this.memory = memory;
    }

    void normalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        int columns = n.gamma().size();
        int rows = x.size() / columns;
        strips.sums(rows, columns);
        long parts = parts(columns, 2);
        strips.of(launch, Kernel.BN_STATISTICS).memory(x).integer(rows).integer(columns).integer(strips.chunk).integer(strips.splits)
                .memory(parts).memory(countersOrNone()).real(n.epsilon()).real(n.momentum()).memory(n.mean()).memory(n.inverseDeviation())
                .memory(n.runningMean()).memory(n.runningVariance()).run();
        if (strips.small) {
            strips.of(launch, Kernel.BN_APPLY_PARTS).memory(x).optional(residual).memory(y).integer(rows).integer(columns)
                    .integer(strips.chunk).integer(strips.splits).memory(parts).real(n.epsilon()).real(n.momentum()).memory(n.mean())
                    .memory(n.inverseDeviation()).memory(n.runningMean()).memory(n.runningVariance()).memory(n.gamma()).memory(n.beta())
                    .flag(relu).run();
            return;
        }
        strips.each(rows, columns, APPLIED_ROWS);
        strips.of(launch, Kernel.BN_APPLY).memory(x).optional(residual).memory(y).integer(rows).integer(columns)
                .memory(n.mean()).memory(n.inverseDeviation()).memory(n.gamma()).memory(n.beta()).flag(relu).run();
    }

    void backward(BatchNormalization n, Tensor x, Tensor y, boolean relu, Tensor dy, Tensor dx, Tensor dgamma, Tensor dbeta,
                  Tensor dresidual, boolean accumulateResidual) {
        int columns = n.gamma().size();
        int rows = x.size() / columns;
        Tensor mask = relu ? y : null;
        strips.sums(rows, columns);
        long parts = parts(columns, 2);
        strips.of(launch, Kernel.BN_GRADIENT_SUMS).memory(x).optional(mask).memory(dy).integer(rows).integer(columns).integer(strips.chunk)
                .integer(strips.splits).memory(parts).memory(countersOrNone()).memory(n.mean()).memory(n.inverseDeviation())
                .memory(dgamma).memory(dbeta).run();
        if (strips.small) {
            strips.of(launch, Kernel.BN_GRADIENT_PARTS).memory(x).optional(mask).memory(dy).memory(dx).optional(dresidual)
                    .flag(accumulateResidual).integer(rows).integer(columns).integer(strips.chunk).integer(strips.splits).memory(parts)
                    .memory(n.mean()).memory(n.inverseDeviation()).memory(n.gamma()).memory(dgamma).memory(dbeta).run();
            return;
        }
        strips.each(rows, columns, GRADIENT_ROWS);
        strips.of(launch, Kernel.BN_GRADIENT).memory(x).optional(mask).memory(dy).memory(dx).optional(dresidual).flag(accumulateResidual)
                .integer(rows).integer(columns).memory(n.mean()).memory(n.inverseDeviation()).memory(n.gamma()).memory(dgamma).memory(dbeta).run();
    }

    void inference(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        int columns = n.gamma().size();
        int rows = x.size() / columns;
        strips.each(rows, columns, APPLIED_ROWS);
        strips.of(launch, Kernel.BN_INFERENCE).memory(x).optional(residual).memory(y).integer(rows).integer(columns)
                .memory(n.runningMean()).memory(n.runningVariance()).real(n.epsilon()).memory(n.gamma()).memory(n.beta()).flag(relu).run();
    }

    void fold(BatchNormalization n, Tensor w, Tensor folded, Tensor bias) {
        launch.of(Kernel.BN_FOLD).elements(w.size()).memory(w).memory(folded).memory(bias).wide(w.size()).divisor(n.gamma().size())
                .memory(n.runningMean()).memory(n.runningVariance()).real(n.epsilon()).memory(n.gamma()).memory(n.beta()).run();
    }

    void biasGradient(Tensor y, boolean relu, Tensor dy, Tensor dbias) {
        int columns = dbias.size();
        if (columns == 0) {
            return;
        }
        int rows = dy.size() / columns;
        strips.sums(rows, columns);
        strips.of(launch, Kernel.BIAS_GRADIENT).optional(relu ? y : null).memory(dy).integer(rows).integer(columns).integer(strips.chunk)
                .integer(strips.splits).memory(parts(columns, 1)).memory(counters()).memory(dbias).run();
    }

    /** Scratch for {@code sums} doubles a column and part. */
    private long parts(int columns, int sums) {
        return memory.scratch(8L * sums * strips.splits * columns);
    }

    /** None for a kernel that leaves its parts to the next. */
    private long countersOrNone() {
        return strips.small ? 0 : counters();
    }

    /**
     * Zeros, one for each group of columns: the kernels that count leave them as they found them. Outgrown ones are kept as long as this object, for
     * a recorded step may use them.
     */
    private long counters() {
        if (strips.groups > counted) {
            counted = Math.max(strips.groups, LEAST_COUNTERS);
            counters = memory.lease(this, 4L * counted);
        }
        return counters;
    }
}

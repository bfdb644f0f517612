package org.equisphere.cuda;

import org.equisphere.tensor.BatchNormalization;
import org.equisphere.tensor.Tensor;

/** Batch normalisation and bias gradients: the launches of {@code batchnorm.cu}. */
final class CudaBatchNormalization {

    private final Launch launch;
    private final DeviceMemory memory;
    private final RowSplit split = new RowSplit();

    CudaBatchNormalization(Launch launch, DeviceMemory memory) {
        this.launch = launch;
        this.memory = memory;
    }

    void normalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        int columns = n.gamma().size();
        int rows = x.size() / columns;
        long parts = split(rows, columns, 2);
        sums(Kernel.BN_STATISTICS, columns).memory(x).integer(rows).integer(columns).integer(split.chunk).memory(parts).run();
        finish(Kernel.BN_FINISH, columns).memory(parts).integer(split.splits).integer(rows).integer(columns).integer(split.chunk)
                .real(n.epsilon()).real(n.momentum()).memory(n.mean()).memory(n.inverseDeviation())
                .memory(n.runningMean()).memory(n.runningVariance()).run();
        launch.of(Kernel.BN_APPLY).elements(x.size()).memory(x).optional(residual).memory(y).wide(x.size()).divisor(columns)
                .memory(n.mean()).memory(n.inverseDeviation()).memory(n.gamma()).memory(n.beta()).flag(relu).run();
    }

    void backward(BatchNormalization n, Tensor x, Tensor y, boolean relu, Tensor dy, Tensor dx, Tensor dgamma, Tensor dbeta,
                  Tensor dresidual, boolean accumulateResidual) {
        int columns = n.gamma().size();
        int rows = x.size() / columns;
        Tensor mask = relu ? y : null;
        long parts = split(rows, columns, 2);
        sums(Kernel.BN_GRADIENT_SUMS, columns).memory(x).optional(mask).memory(dy).integer(rows).integer(columns).integer(split.chunk)
                .memory(n.mean()).memory(n.inverseDeviation()).memory(parts).run();
        finish(Kernel.BN_GRADIENT_FINISH, columns).memory(parts).integer(split.splits).integer(columns).memory(dgamma).memory(dbeta).run();
        launch.of(Kernel.BN_GRADIENT).elements(x.size()).memory(x).optional(mask).memory(dy).memory(dx)
                .optional(dresidual).flag(accumulateResidual).wide(x.size()).integer(rows).divisor(columns)
                .memory(n.mean()).memory(n.inverseDeviation()).memory(n.gamma()).memory(dgamma).memory(dbeta).run();
    }

    void inference(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        launch.of(Kernel.BN_INFERENCE).elements(x.size()).memory(x).optional(residual).memory(y).wide(x.size())
                .divisor(n.gamma().size()).memory(n.runningMean()).memory(n.runningVariance()).real(n.epsilon())
                .memory(n.gamma()).memory(n.beta()).flag(relu).run();
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
        long parts = split(rows, columns, 1);
        sums(Kernel.BIAS_GRADIENT, columns).optional(relu ? y : null).memory(dy).integer(rows).integer(columns).integer(split.chunk)
                .memory(parts).run();
        finish(Kernel.BIAS_FINISH, columns).memory(parts).integer(split.splits).integer(columns).memory(dbias).run();
    }

    /** Shares the rows out; returns scratch for {@code sums} doubles a column and part. */
    private long split(int rows, int columns, int sums) {
        split.of(rows, columns);
        return memory.scratch(8L * sums * Math.max(split.splits, 1) * columns);
    }

    private Launch sums(Kernel kernel, int columns) {
        return launch.of(kernel).grid(Launch.blocks(columns, split.blockX), split.splits, 1).block(split.blockX, split.blockY);
    }

    private Launch finish(Kernel kernel, int columns) {
        return launch.of(kernel).grid(Launch.blocks(columns, 32), 1, 1).block(32, 8);
    }
}

package org.equisphere.cuda;

/** Matrix products: the launcher's library where it has one, else {@code gemm_tensor.cu} where the setting asks for it, else {@code gemm.cu}. */
final class CudaGemm {

    private static final int LARGE = 128;
    private static final Kernel[][] TENSOR = {
            {Kernel.GEMM_NN_TF32, Kernel.GEMM_NT_TF32, Kernel.GEMM_TN_TF32},
            {Kernel.GEMM_NN_BF16, Kernel.GEMM_NT_BF16, Kernel.GEMM_TN_BF16}};
    private static final int SMALL = 64;

    private final KernelLauncher launcher;
    private final Launch launch;
    private final CudaSettings settings;
    /** The tensor cores' kernels for nn, nt and tn, or null. */
    private final Kernel[] tensor;

    CudaGemm(KernelLauncher launcher, Launch launch, CudaSettings settings) {
        this.launcher = launcher;
        this.launch = launch;
        this.settings = settings;
        boolean exact = settings.precision() == Precision.FP32 || launcher.capability() < Precision.LEAST_CAPABILITY;
        tensor = exact ? null : TENSOR[settings.precision() == Precision.TF32 ? 0 : 1];
    }

    /** c = alpha * op(a) op(b) + beta * c on device addresses; shapes as in {@code Backend.gemm}. */
    void multiply(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, long a, long b, float beta, long c) {
        if (m == 0 || n == 0) {
            return;
        }
        if (settings.library() && k > 0 && launcher.multiply(transposeA, transposeB, m, n, k, alpha, a, b, beta, c)) {
            return;
        }
        boolean twice = transposeA && transposeB;
        boolean large = !twice && Launch.blocks(m, LARGE) * Launch.blocks(n, LARGE) >= settings.largeTileBlocks();
        boolean onTensorCores = tensor != null && !twice;
        int tile = large || onTensorCores ? LARGE : SMALL;
        Kernel kernel = onTensorCores ? tensor[transposeA ? 2 : transposeB ? 1 : 0] : kernel(transposeA, transposeB, large);
        launch.of(kernel).grid(Launch.blocks(m, tile), Launch.blocks(n, tile), 1)
                .integer(m).integer(n).integer(k).real(alpha).memory(a).memory(b).real(beta).memory(c).run();
    }

    private static Kernel kernel(boolean transposeA, boolean transposeB, boolean large) {
        if (transposeA) {
            return transposeB ? Kernel.GEMM_TT_64 : large ? Kernel.GEMM_TN_128 : Kernel.GEMM_TN_64;
        }
        if (transposeB) {
            return large ? Kernel.GEMM_NT_128 : Kernel.GEMM_NT_64;
        }
        return large ? Kernel.GEMM_NN_128 : Kernel.GEMM_NN_64;
    }
}

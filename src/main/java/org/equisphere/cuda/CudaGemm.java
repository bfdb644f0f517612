package org.equisphere.cuda;

/** Matrix products: the launcher's library where it has one, else {@code gemm_tensor.cu} where the setting asks for it, else {@code gemm.cu}. */
final class CudaGemm {

    private static final int LARGE = 128;
    private static final int SMALL = 64;

    /** The tensor cores' kernels for nn, nt and tn: large tiles, then small ones. */
    private static final Kernel[][] TF32 = {
            {Kernel.GEMM_NN_128X256_TF32, Kernel.GEMM_NT_128X256_TF32, Kernel.GEMM_TN_128X256_TF32},
            {Kernel.GEMM_NN_64X64_TF32, Kernel.GEMM_NT_64X64_TF32, Kernel.GEMM_TN_64X64_TF32}};
    private static final Kernel[][] BF16 = {
            {Kernel.GEMM_NN_128X256_BF16, Kernel.GEMM_NT_128X256_BF16, Kernel.GEMM_TN_128X256_BF16},
            {Kernel.GEMM_NN_64X64_BF16, Kernel.GEMM_NT_64X64_BF16, Kernel.GEMM_TN_64X64_BF16}};
    private static final int WIDE = 256;
    private static final int SMALL_THREADS = 128;

    /**
     * A long sum is shared out, in parts of about {@value #LEAST_PART} at least, among so many blocks of the small tile: two for each multiprocessor
     * of a large card.
     */
    private static final int MOST_SHARES = 264;
    private static final int LONG_SUM = 512;
    private static final int LEAST_PART = 128;
    /** Parts begin at whole slabs. */
    private static final int SLAB = 32;

    private final KernelLauncher launcher;
    private final Launch launch;
    private final DeviceMemory memory;
    private final CudaSettings settings;
    /** Null for the kernels in float32. */
    private final Kernel[][] tensor;
    /** A counter of each block that shares a sum, which kernels leave at 0, and then the sums of each. */
    private long shares;

    CudaGemm(KernelLauncher launcher, Launch launch, DeviceMemory memory, CudaSettings settings) {
        this.launcher = launcher;
        this.launch = launch;
        this.memory = memory;
        this.settings = settings;
        Precision precision = settings.precision().on(launcher.capability());
        tensor = precision == Precision.FP32 ? null : precision == Precision.TF32 ? TF32 : BF16;
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
        if (tensor != null && !twice) {
            multiplyOnTensorCores(transposeA ? 2 : transposeB ? 1 : 0, m, n, k, alpha, a, b, beta, c);
            return;
        }
        boolean large = !twice && Launch.blocks(m, LARGE) * Launch.blocks(n, LARGE) >= settings.largeTileBlocks();
        int tile = large ? LARGE : SMALL;
        launch.of(kernel(transposeA, transposeB, large)).grid(Launch.blocks(m, tile), Launch.blocks(n, tile), 1)
                .integer(m).integer(n).integer(k).real(alpha).memory(a).memory(b).real(beta).memory(c).run();
    }

    private void multiplyOnTensorCores(int way, int m, int n, int k, float alpha, long a, long b, float beta, long c) {
        if (Launch.blocks(m, LARGE) * Launch.blocks(n, WIDE) >= settings.largeTileBlocks()) {
            launch.of(tensor[0][way]).grid(Launch.blocks(m, LARGE), Launch.blocks(n, WIDE), 1)
                    .integer(m).integer(n).integer(k).real(alpha).memory(a).memory(b).real(beta).memory(c).run();
            return;
        }
        long down = Launch.blocks(m, SMALL);
        long across = Launch.blocks(n, SMALL);
        int chunk = chunk(down * across, k);
        int parts = Math.max(1, (int) Launch.blocks(k, chunk));
        if (parts > 1 && shares == 0) {
            shares = memory.lease(this, 4L * MOST_SHARES * (1 + SMALL * SMALL));
        }
        launch.of(tensor[1][way]).block(SMALL_THREADS, 1).grid(down, across, parts)
                .integer(m).integer(n).integer(k).integer(chunk).real(alpha).memory(a).memory(b).real(beta)
                .memory(parts > 1 ? shares : 0).memory(parts > 1 ? shares + 4L * MOST_SHARES : 0).memory(c).run();
    }

    /** How much of a sum a block of the small tile takes, by the sizes alone. */
    private static int chunk(long tiles, int k) {
        long parts = k < LONG_SUM ? 1 : Math.min(MOST_SHARES / tiles, k / LEAST_PART);
        return parts <= 1 ? Math.max(k, 1) : (int) Launch.blocks(Launch.blocks(k, parts), SLAB) * SLAB;
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

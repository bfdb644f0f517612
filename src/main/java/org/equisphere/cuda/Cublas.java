package org.equisphere.cuda;

import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/** Matrix products by cuBLAS, in float32 or TF32. */
final class Cublas implements AutoCloseable {

    private final cublasHandle handle = new cublasHandle();
    private final float[] factors = new float[2];
    private final Pointer alpha;
    private final Pointer beta;

    /**
     * Needs a current context.
     *
     * @throws LinkageError where {@code libcublas.so.12} does not load
     */
    Cublas(CUstream stream, boolean tf32) {
        PrivateNatives.load(() -> JCublas2.setExceptionsEnabled(false));
        check(JCublas2.cublasCreate(handle), "cublasCreate");
        try {
            check(JCublas2.cublasSetStream(handle, new cudaStream_t(stream)), "cublasSetStream");
            int mode = tf32 ? cublasMath.CUBLAS_TF32_TENSOR_OP_MATH : cublasMath.CUBLAS_DEFAULT_MATH;
            check(JCublas2.cublasSetMathMode(handle, mode), "cublasSetMathMode");
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        alpha = Pointer.to(factors);
        beta = alpha.withByteOffset(Float.BYTES);
    }

    /** c = alpha * op(a) op(b) + beta * c, row-major: cuBLAS, which counts by columns, sees every matrix transposed, and so c' = b' a'. */
    void multiply(boolean transposeA, boolean transposeB, int m, int n, int k, float alphaValue, Pointer a, Pointer b, float betaValue,
                  Pointer c) {
        factors[0] = alphaValue;
        factors[1] = betaValue;
        int status = JCublas2.cublasSgemm(handle, operation(transposeB), operation(transposeA), n, m, k, alpha,
                b, transposeB ? k : n, a, transposeA ? m : k, beta, c, n);
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            check(status, "cublasSgemm of [" + m + ", " + k + "] and [" + k + ", " + n + "]");
        }
    }

    private static int operation(boolean transpose) {
        return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    private static void check(int status, String call) {
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw new CudaException(call + " failed: " + cublasStatus.stringFor(status));
        }
    }

    @Override
    public void close() {
        JCublas2.cublasDestroy(handle);
    }
}

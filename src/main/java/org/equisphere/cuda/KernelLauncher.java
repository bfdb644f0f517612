package org.equisphere.cuda;

/**
 * A device that keeps memory and runs kernels in the order in which they are launched: JCuda's driver API in production, an emulation on
 * the host in tests. Launches and uploads may return before they are done; downloads wait for everything before them.
 *
 * <p>One thread at a time may call it, any thread.
 */
interface KernelLauncher extends AutoCloseable {

    /** The device in words, for people. */
    String description();

    /** The compute capability, major times ten plus minor. */
    int capability();

    /**
     * Memory of undefined contents, aligned to 16 bytes at least.
     *
     * @throws OutOfDeviceMemoryException when there is not enough
     */
    long allocate(long bytes);

    /** Gives memory back. */
    void free(long address);

    /** Sets bytes to 0. */
    void clear(long address, long bytes);

    /** Copies floats in; {@code source} is free to change when it returns. */
    void upload(long address, float[] source, int at, int count);

    /** Copies ints in. */
    void upload(long address, int[] source, int count);

    /** Copies bytes in. */
    void upload(long address, byte[] source, int count);

    /** Copies floats out. */
    void download(long address, float[] destination, int at, int count);

    /** Copies bytes out. */
    void download(long address, byte[] destination, int count);

    /** Reads one double. */
    double downloadDouble(long address);

    /**
     * Queues a kernel. Copies the arguments.
     *
     * @throws CudaException naming the kernel, its launch shape and its arguments
     */
    void launch(Launch launch);

    /**
     * c = alpha * op(a) op(b) + beta * c by a library for matrix products, in the precision of the settings, arguments as in
     * {@code Backend.gemm}, row-major.
     *
     * @return false when there is none: the caller's own kernels serve
     */
    default boolean multiply(boolean transposeA, boolean transposeB, int m, int n, int k, float alpha, long a, long b, float beta, long c) {
        return false;
    }

    /** Waits until everything queued is done. */
    void synchronize();

    /** A step that is recorded the second time it runs and replayed from then on; the step itself where nothing is recorded. */
    default Runnable recorded(Runnable step) {
        return step;
    }

    /** Frees what is left, and the device. */
    @Override
    void close();
}

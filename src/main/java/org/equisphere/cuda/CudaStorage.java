package org.equisphere.cuda;

import org.equisphere.tensor.Storage;
import org.equisphere.tensor.Tensor;

/** Storage in a device's memory. */
final class CudaStorage extends Storage {

    private final KernelLauncher launcher;
    private final long address;

    CudaStorage(CudaBackend owner, KernelLauncher launcher, DeviceMemory memory, int size) {
        super(owner, size);
        this.launcher = launcher;
        this.address = memory.lease(this, 4L * size);
    }

    /** The device address of a tensor's first element. */
    static long address(Tensor x) {
        return ((CudaStorage) x.storage()).address + 4L * x.offset();
    }

    /** Whether sixteen bytes of a tensor can be had at once; true for none. */
    static boolean aligned(Tensor x) {
        return x == null || address(x) % 16 == 0;
    }

    @Override
    protected void read(int from, float[] destination, int at, int count) {
        launcher.download(address + 4L * from, destination, at, count);
    }

    @Override
    protected void write(int to, float[] source, int at, int count) {
        launcher.upload(address + 4L * to, source, at, count);
    }
}

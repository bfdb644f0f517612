package org.equisphere.cuda;

import org.equisphere.tensor.LabelVector;

/** Labels in a device's memory. */
final class CudaLabels extends LabelVector {

    private final KernelLauncher launcher;
    private final long address;

    CudaLabels(CudaBackend owner, KernelLauncher launcher, DeviceMemory memory, int size) {
        super(owner, size);
        this.launcher = launcher;
        this.address = memory.lease(this, 4L * size);
    }

    /** The device address of the first label. */
    long address() {
        return address;
    }

    @Override
    protected void write(int[] values, int count) {
        launcher.upload(address, values, count);
    }
}

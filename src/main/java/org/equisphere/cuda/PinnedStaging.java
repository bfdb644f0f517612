package org.equisphere.cuda;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;

/**
 * Page-locked host memory through which copies go, in two halves: while one half is on its way to the device, the other is being filled, and
 * an upload returns without waiting for the work queued before it.
 */
final class PinnedStaging implements AutoCloseable {

    /** Bytes of a half; a larger copy goes in pieces. */
    static final int HALF = 4 << 20;

    private final CUstream stream;
    private final Driver.Check late;
    private final Pointer memory = new Pointer();
    private final Pointer[] halves = new Pointer[2];
    private final ByteBuffer[] buffers = new ByteBuffer[2];
    private final CUevent[] done = {new CUevent(), new CUevent()};
    private int events;
    private int turn;

    /** @param late for results that may be an earlier kernel's */
    PinnedStaging(CUstream stream, Driver.Check late) {
        this.stream = stream;
        this.late = late;
        Driver.check(cuMemAllocHost(memory, 2L * HALF), "page-locking " + 2 * HALF + " bytes of the host's memory");
        for (int i = 0; i < 2; i++) {
            halves[i] = memory.withByteOffset((long) i * HALF);
            buffers[i] = memory.getByteBuffer((long) i * HALF, HALF).order(ByteOrder.nativeOrder());
        }
        try {
            for (; events < 2; events++) {
                Driver.check(cuEventCreate(done[events], CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** The half to fill next, empty, once its last copy is done. */
    ByteBuffer next() {
        turn ^= 1;
        late.check(cuEventSynchronize(done[turn]), "cuEventSynchronize");
        buffers[turn].clear();
        return buffers[turn];
    }

    /** Queues the copy of the first bytes of the half that {@link #next} gave. */
    void send(CUdeviceptr device, long bytes) {
        late.check(cuMemcpyHtoDAsync(device, halves[turn], bytes, stream), "cuMemcpyHtoDAsync");
        late.check(cuEventRecord(done[turn], stream), "cuEventRecord");
    }

    /** Copies bytes into the half that {@link #next} gave, and waits for them. */
    void receive(CUdeviceptr device, long bytes) {
        late.check(cuMemcpyDtoHAsync(halves[turn], device, bytes, stream), "cuMemcpyDtoHAsync");
        late.check(cuStreamSynchronize(stream), "a download");
    }

    @Override
    public void close() {
        for (int i = 0; i < events; i++) {
            cuEventDestroy(done[i]);
        }
        cuMemFreeHost(memory);
    }
}

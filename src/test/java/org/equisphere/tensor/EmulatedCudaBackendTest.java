package org.equisphere.tensor;

import org.equisphere.cuda.EmulatedCuda;

/** Holds the CUDA kernels' own sources, run on the host, to the contract. */
final class EmulatedCudaBackendTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return EmulatedCuda.open();
    }
}

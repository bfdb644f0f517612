package org.equisphere.tensor;

import org.equisphere.cuda.EmulatedCuda;

/** Likewise with blocks and threads in another order in each backend, the large tiles and several panels on small problems. */
final class ShuffledCudaBackendTest extends BackendContract {

    private int opened;

    @Override
    protected Backend open(int threads) {
        return EmulatedCuda.openShuffled(0x9E3779B97F4A7C15L * ++opened);
    }
}

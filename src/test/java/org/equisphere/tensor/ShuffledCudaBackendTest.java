package org.equisphere.tensor;

import java.util.List;
import org.equisphere.cuda.EmulatedCuda;

/**
 * The operations with blocks and threads in another order in each backend, the large tiles and several panels on small problems. What the host
 * checks and allocates is the same in any order: {@link EmulatedCudaBackendTest} holds it to the contract.
 */
final class ShuffledCudaBackendTest extends OperationContract {

    private int opened;

    @Override
    protected Backend open(int threads) {
        return EmulatedCuda.openShuffled(0x9E3779B97F4A7C15L * ++opened);
    }

    @Override
    protected List<Integer> otherThreads() {
        return List.of(1); // any number of threads is one more order
    }
}

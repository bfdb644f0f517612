package org.equisphere.tensor;

import org.equisphere.cuda.CudaBackendProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;

/** Holds the backend of this machine's card to the contract; skipped, with the reason, where there is none. */
@Tag("gpu")
final class CudaBackendTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        CudaBackendProvider provider = new CudaBackendProvider();
        Assumptions.assumeTrue(provider.unavailable().isEmpty(), () -> "no GPU: " + provider.unavailable().orElse(""));
        return provider.open(threads);
    }
}

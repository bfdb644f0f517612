package org.equisphere.tensor;

/** Holds {@link EjmlBackend} to the contract. */
final class EjmlBackendTest extends BackendContract {

    @Override
    protected Backend open(int threads) {
        return new EjmlBackend(threads);
    }
}

package org.equisphere.tensor;

import java.util.Optional;

/** Offers {@link EjmlBackend}: the last choice, which runs everywhere. */
public final class EjmlBackendProvider implements BackendProvider {

    @Override
    public String name() {
        return EjmlBackend.NAME;
    }

    @Override
    public int preference() {
        return 0;
    }

    @Override
    public boolean onHost() {
        return true;
    }

    @Override
    public Optional<String> unavailable() {
        return Optional.empty();
    }

    @Override
    public Backend open(int threads) {
        return new EjmlBackend(threads);
    }
}

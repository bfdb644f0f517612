package org.equisphere.tensor;

import java.util.Optional;

/** Offers one kind of {@link Backend}. Found by {@link java.util.ServiceLoader}; must load even where its backend cannot run. */
public interface BackendProvider {

    /** The name a user asks for: {@code ejml}, {@code vector}, {@code cuda}. */
    String name();

    /** The higher, the sooner it is chosen. */
    int preference();

    /** Whether it computes in this process's own memory, without a device, so that every thread that predicts may open one. */
    default boolean onHost() {
        return false;
    }

    /** Why this backend cannot run here, in one sentence with the remedy if there is one; empty when it can. */
    Optional<String> unavailable();

    /**
     * Opens a backend.
     *
     * @param threads how many threads it may use at most, at least 1
     * @throws BackendUnavailableException when it cannot run after all
     */
    Backend open(int threads);
}

package org.equisphere.tensor;

/** A backend cannot run here, or not with the memory there is; the message says why and what would help. */
public class BackendUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message the reason and the remedy */
    public BackendUnavailableException(String message) {
        super(message);
    }

    /**
     * @param message the reason and the remedy
     * @param cause   what went wrong below
     */
    public BackendUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}

package org.equisphere.model;

import java.io.IOException;

/** A model file is damaged, of another kind or of an unknown version; the message names the file and what was expected. */
public final class ModelFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    /** @param message names the file, the field and what was expected */
    public ModelFormatException(String message) {
        super(message);
    }
}

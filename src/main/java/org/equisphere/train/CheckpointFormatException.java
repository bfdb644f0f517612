package org.equisphere.train;

import java.io.IOException;

/** A checkpoint is damaged, of another version, or of another run; the message names the file and what was expected. */
public final class CheckpointFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    CheckpointFormatException(String message) {
        super(message);
    }
}

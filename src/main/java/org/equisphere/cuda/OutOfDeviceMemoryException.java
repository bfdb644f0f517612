package org.equisphere.cuda;

import org.equisphere.tensor.BackendUnavailableException;

/** The device has not enough memory left; the message says how much was asked for and how much there is. */
final class OutOfDeviceMemoryException extends BackendUnavailableException {

    private static final long serialVersionUID = 1L;

    OutOfDeviceMemoryException(String message) {
        super(message + "; a smaller batch needs less, and --backend vector computes on the host");
    }
}

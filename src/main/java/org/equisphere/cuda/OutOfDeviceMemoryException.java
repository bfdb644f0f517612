package org.equisphere.cuda;

/** The device has not enough memory left; the message says how much was asked for and how much there is. */
final class OutOfDeviceMemoryException extends CudaException {

    private static final long serialVersionUID = 1L;

    OutOfDeviceMemoryException(String message) {
        super(message);
    }
}

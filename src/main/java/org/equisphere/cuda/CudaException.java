package org.equisphere.cuda;

/** The device or its driver refused; the message names the call, and for a kernel its launch shape and arguments. */
class CudaException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CudaException(String message) {
        super(message);
    }

    CudaException(String message, Throwable cause) {
        super(message, cause);
    }
}

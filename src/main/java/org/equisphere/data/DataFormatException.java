package org.equisphere.data;

import java.io.IOException;

/** A data file that does not hold what its format promises. The message names the file, the field, its value and what was expected. */
public class DataFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** An error with a message of the form {@link #of} gives. */
    public DataFormatException(String message) {
        super(message);
    }

    /** Likewise, with what brought it about. */
    public DataFormatException(String message, Throwable cause) {
        super(message, cause);
    }

    /** "{@code file: field is value, expected expected}". */
    public static DataFormatException of(Object file, String field, Object value, String expected) {
        return new DataFormatException(file + ": " + field + " is " + value + ", expected " + expected);
    }
}

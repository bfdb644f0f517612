package org.equisphere.data;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Expects an error whose message says certain things. */
public final class Refusals {
    private Refusals() {}

    /** A {@link DataFormatException} whose message holds every part. */
    public static void refuses(Executable action, String... parts) {
        holds(assertThrows(DataFormatException.class, action).getMessage(), parts);
    }

    /** An {@link IllegalArgumentException} whose message holds every part. */
    public static void refusesArgument(Executable action, String... parts) {
        holds(assertThrows(IllegalArgumentException.class, action).getMessage(), parts);
    }

    private static void holds(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "'" + message + "' does not say '" + part + "'");
        }
    }
}

package org.equisphere.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;

/** Exceptions as sentences. */
final class Failures {

    private Failures() {
    }

    /** One sentence for a person: what failed and why, without a stack trace. */
    static String describe(Throwable e) {
        if (e instanceof UncheckedIOException wrapped) {
            return wrapped.getMessage() + ": " + describe(wrapped.getCause());
        }
        if (e instanceof NoSuchFileException missing) {
            return missing.getFile() + ": " + (missing.getReason() == null ? "no such file or folder" : missing.getReason());
        }
        if (e instanceof AccessDeniedException denied) {
            return denied.getFile() + ": permission denied";
        }
        if (e instanceof FileAlreadyExistsException exists) {
            return exists.getFile() + ": already exists and is not a folder";
        }
        if (e instanceof FileSystemException fileSystem && fileSystem.getReason() != null) {
            return fileSystem.getFile() + ": " + fileSystem.getReason();
        }
        if (e instanceof InvalidPathException path) {
            return "\"" + path.getInput() + "\" has characters that cannot stand in a file name under this locale ("
                    + System.getProperty("sun.jnu.encoding") + "): set LC_ALL=C.UTF-8, or start with the script equisphere, which does";
        }
        if (e instanceof IOException && e.getCause() instanceof InvalidPathException path) {
            return describe(path);
        }
        if (e instanceof InterruptedException) {
            return "interrupted";
        }
        if (e instanceof CommandLine.ExecutionException && e.getCause() != null) {
            return describe(e.getCause());
        }
        if (e instanceof OutOfMemoryError) {
            return "out of memory: give Java more with -Xmx, or take a smaller batch";
        }
        return e.getMessage() == null || e.getMessage().isBlank() ? e.toString() : e.getMessage();
    }
}

package org.equisphere.data;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a file beside its place and renames it, so that a reader sees the old file or the whole new one. */
public final class ReplacedFile {
    private ReplacedFile() {}

    /** Puts the content into an empty file, unbuffered. */
    public interface Content {
        /** Writes all of it. */
        void writeTo(OutputStream out) throws IOException;
    }

    /** Replaces {@code file} by the given bytes. */
    public static void write(Path file, byte[] content) throws IOException {
        write(file, out -> out.write(content));
    }

    /**
     * Replaces {@code file}, or what it links to; on an error nothing is left beside it. A device or a pipe is written to.
     *
     * @throws FileSystemException naming the file and why it cannot be written
     */
    public static void write(Path file, Content content) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file)) {
            try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
                content.writeTo(out);
            } catch (IOException e) {
                throw e.getClass() == IOException.class ? unwritable(file, e) : e;
            }
            return;
        }
        Path target = Files.isRegularFile(file) ? file.toRealPath() : file;
        // The thread's number too: two may save to one file at the same tick of the clock.
        String unique = Long.toHexString(System.nanoTime()) + "-" + Thread.currentThread().getId();
        Path beside = target.resolveSibling(target.getFileName() + "." + unique + ".part");
        try {
            try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(Channels.newOutputStream(channel));
                channel.force(true);
            }
            try {
                Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException | FileAlreadyExistsException e) { // the latter by file systems in a zip file
                Files.move(beside, target, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw e.getClass() == IOException.class || e instanceof FileSystemException of
                    && beside.toString().equals(of.getFile()) ? unwritable(file, e) : e;
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    private static IOException unwritable(Path file, IOException e) {
        String reason = e instanceof NoSuchFileException ? "no such folder" : e instanceof AccessDeniedException ? "permission denied"
                : e instanceof FileSystemException of ? of.getReason() : e.getMessage();
        FileSystemException told = new FileSystemException(file.toString(), null, "cannot be written: " + reason);
        told.initCause(e);
        return told;
    }
}

package org.equisphere.train;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The folder of one run: its checkpoint, its log, its model, its plots. Held by one process at a time.
 */
public final class RunFolder implements AutoCloseable {

    private final Path folder;
    private final FileChannel lockFile;
    private final FileLock lock;

    private RunFolder(Path folder, FileChannel lockFile, FileLock lock) {
        this.folder = folder;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /**
     * Opens a folder for a new run, making it if it is missing.
     *
     * @throws IOException when it cannot be written, holds a run already, or another process holds it
     */
    public static RunFolder begin(Path folder) throws IOException {
        RunFolder opened = open(folder);
        if (Files.exists(opened.model()) || Files.exists(opened.checkpoint())) {
            opened.close();
            throw new IOException(folder + " already holds a run: resume it, or choose another folder");
        }
        return opened;
    }

    /**
     * Opens the folder of a run to go on with.
     *
     * @throws IOException when there is no checkpoint, it cannot be written, or another process holds it
     */
    public static RunFolder resume(Path folder) throws IOException {
        if (!Files.exists(folder.resolve("checkpoint.bin"))) {
            throw new IOException(folder + " holds no checkpoint to resume from");
        }
        return open(folder);
    }

    private static RunFolder open(Path folder) throws IOException {
        Files.createDirectories(folder);
        FileChannel channel = FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return new RunFolder(folder, channel, lock);
            }
        } catch (OverlappingFileLockException e) {
            // held by another thread of this process: told below
        }
        channel.close();
        throw new IOException(folder + " is in use by another run");
    }

    /** The folder itself. */
    public Path path() {
        return folder;
    }

    /** Where the trained model goes. */
    public Path model() {
        return folder.resolve("model.eqs");
    }

    /** Where the run's state goes after every epoch. */
    public Path checkpoint() {
        return folder.resolve("checkpoint.bin");
    }

    @Override
    public void close() throws IOException {
        lock.release();
        lockFile.close();
    }
}

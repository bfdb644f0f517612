package org.equisphere.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder of one run: its checkpoint, its log, its model, its plots. Held by one process at a time.
 */
final class RunFolder implements AutoCloseable {

    /** What a run writes, its checkpoint apart, and replaces without asking when it goes on. */
    private static final List<String> WRITTEN = List.of("model.eqs", "metrics.csv", "events.jsonl", "report.html", "curves.png", "sphere.png");
    /** How every line begins of what a run leaves that ended before its first checkpoint: nothing is lost with it. */
    private static final Map<String, String> BEGINNINGS = Map.of("metrics.csv", "epoch,loss,top1,", "events.jsonl", "{\"event\":\"started\",");
    /** What this run's files are called until they are whole; a folder may hold another program's unfinished files, too. */
    private static final Pattern UNFINISHED = Pattern.compile("(checkpoint\\.bin|" + WRITTEN.stream().map(Pattern::quote)
            .collect(Collectors.joining("|")) + ")\\.[0-9a-f]+-\\d+\\.part");

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
     * @throws IOException when it cannot be written, holds a run already or a file that a run would replace, or another process holds it
     */
    public static RunFolder begin(Path folder) throws IOException {
        RunFolder opened = open(folder);
        try {
            if (Files.exists(opened.checkpoint())) {
                throw new IOException(folder + " already holds a run: resume it, or choose another folder");
            }
            for (String name : WRITTEN) {
                if (Files.exists(folder.resolve(name)) && !isBeginning(folder.resolve(name))) {
                    throw new IOException(folder.resolve(name) + " is there already, and a run would replace it: choose another folder");
                }
            }
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        return opened;
    }

    private static boolean isBeginning(Path file) throws IOException {
        String start = BEGINNINGS.get(file.getFileName().toString());
        if (start == null || !Files.isRegularFile(file)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return lines.allMatch(line -> line.startsWith(start) || start.startsWith(line));
        }
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

    /**
     * Takes the lock. POSIX drops a process's locks on a file whenever the process closes any handle of that file, so a folder held by another
     * thread of this process must be known by its owner file, before the lock file is touched.
     */
    private static synchronized RunFolder open(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path owner = folder.resolve(".owner");
        if (Files.exists(owner) && Files.readString(owner).equals(thisProcess())) {
            throw inUse(folder, owner);
        }
        FileChannel channel = FileChannel.open(folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                Files.writeString(owner, thisProcess());
                deleteLeftovers(folder);
                return new RunFolder(folder, channel, lock);
            }
            channel.close();
        } catch (IOException | OverlappingFileLockException e) {
            channel.close();
            throw new IOException("cannot take hold of " + folder + ": " + e, e);
        }
        throw inUse(folder, owner);
    }

    private static IOException inUse(Path folder, Path owner) throws IOException {
        String process = Files.exists(owner) ? " (process " + Files.readString(owner).replaceAll(" .*", "") + ")" : "";
        return new IOException(folder + " is in use by another run" + process);
    }

    /** Number and start of this process: numbers alone are used again. */
    private static String thisProcess() {
        ProcessHandle process = ProcessHandle.current();
        return process.pid() + " started " + process.info().startInstant().map(Instant::toString).orElse("");
    }

    /** What a killed process was writing when it ended: nobody will rename it. */
    private static void deleteLeftovers(Path folder) throws IOException {
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(folder, "*.part")) {
            for (Path part : parts) {
                if (UNFINISHED.matcher(part.getFileName().toString()).matches()) {
                    Files.delete(part);
                }
            }
        }
    }

    /** The folder itself. */
    public Path path() {
        return folder;
    }

    /** Where the trained model goes. */
    public Path model() {
        return folder.resolve("model.eqs");
    }

    /** Where the run's state goes after every epoch, and in between if asked for. */
    public Path checkpoint() {
        return folder.resolve("checkpoint.bin");
    }

    @Override
    public void close() throws IOException {
        try (lockFile; lock) {
            Files.deleteIfExists(folder.resolve(".owner"));
        }
    }
}

package org.equisphere.data;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a file that cannot be written: its own name, not that of the one beside it. */
class ReplacedFileTest {

    @TempDir
    private Path folder;

    private String refused(Path file) {
        return assertThrows(FileSystemException.class, () -> ReplacedFile.write(file, new byte[3])).getMessage();
    }

    @Test
    void theFileAndTheReasonAreNamed() throws IOException {
        Path missing = folder.resolve("missing").resolve("a.bin");
        assertEquals(missing + ": cannot be written: no such folder", refused(missing));
        Path occupied = Files.createDirectories(folder.resolve("occupied").resolve("below")).getParent();
        String message = refused(occupied);
        assertTrue(message.startsWith(occupied + ": cannot be written: ") && !message.contains(".part"), message);
        Path file = folder.resolve("a.bin");
        Files.writeString(file, "before");
        FileSystemException full = assertThrows(FileSystemException.class, () -> ReplacedFile.write(file, out -> {
            out.write(1);
            throw new IOException("No space left on device");
        }));
        assertEquals(file + ": cannot be written: No space left on device", full.getMessage());
        assertEquals("before", Files.readString(file));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(2, files.count(), "something was left beside it");
        }
    }

    /** A file system in a zip file moves nothing onto what is there in one step. */
    @Test
    void aFileInAZipFileIsReplaced() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("a.zip"), Map.of("create", "true"))) {
            for (String content : new String[] {"before", "after"}) {
                ReplacedFile.write(zip.getPath("a.bin"), content.getBytes(StandardCharsets.UTF_8));
                assertEquals(content, Files.readString(zip.getPath("a.bin")));
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void linksAndPipesStayWhatTheyAre() throws Exception {
        Path file = Files.writeString(folder.resolve("a.bin"), "before");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        ReplacedFile.write(link, new byte[] {'b'});
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("b", Files.readString(file));
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        CompletableFuture<String> read = CompletableFuture.supplyAsync(() -> assertDoesNotThrow(() -> Files.readString(pipe)));
        ReplacedFile.write(pipe, new byte[] {'c', 'd'});
        assertEquals("cd", read.get(30, TimeUnit.SECONDS));
        assertFalse(Files.isRegularFile(pipe));
        Path full = Files.createSymbolicLink(folder.resolve("full"), Path.of("/dev/full"));
        String message = refused(full);
        assertTrue(message.startsWith(full + ": cannot be written: "), message);
    }

    /** The content may come from other files, whose failures have messages of their own. */
    @Test
    void whatItsContentSaysIsToldUnchanged() {
        for (IOException own : new IOException[] {new DataFormatException("b.png: content is damaged"), new NoSuchFileException("b.png")}) {
            assertSame(own, assertThrows(IOException.class, () -> ReplacedFile.write(folder.resolve("a.bin"), out -> {
                throw own;
            })));
        }
    }
}

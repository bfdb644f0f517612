package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {

    @TempDir
    private Path folder;

    @Test
    void aFolderIsHeldByOneRun() throws IOException {
        try (RunFolder held = RunFolder.begin(folder.resolve("run"))) {
            String message = assertThrows(IOException.class, () -> RunFolder.begin(held.path())).getMessage();
            assertTrue(message.contains("in use") && message.contains("process " + ProcessHandle.current().pid()), message);
        }
        RunFolder.begin(folder.resolve("run")).close();
    }

    @Test
    void whatAKilledProcessLeftIsRemoved() throws IOException {
        Files.write(folder.resolve("checkpoint.bin"), new byte[] {1});
        Files.write(folder.resolve("checkpoint.bin.7f-1.part"), new byte[] {1});
        Files.write(folder.resolve("metrics.csv.1b2c3d-27.part"), new byte[] {1});
        Files.write(folder.resolve("curves.png.a0-3.part"), new byte[] {1});
        Files.writeString(folder.resolve(".owner"), ProcessHandle.current().pid() + " started 2001-01-01T00:00:00Z");
        RunFolder.resume(folder).close();
        try (var files = Files.list(folder)) {
            assertEquals(List.of(".lock", "checkpoint.bin"), files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    /** Whoever names a folder that is in use otherwise, as the one of a browser's downloads, loses nothing there. */
    @Test
    void unfinishedFilesOfOthersStay() throws IOException {
        Files.write(folder.resolve("film.mkv.part"), new byte[] {1});
        Files.write(folder.resolve("backup.2024-11.part"), new byte[] {1});
        Files.createDirectories(folder.resolve("second.part/inside"));
        RunFolder.begin(folder).close();
        try (var files = Files.list(folder)) {
            assertEquals(List.of(".lock", "backup.2024-11.part", "film.mkv.part", "second.part"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void aFinishedRunIsNotOverwritten() throws IOException {
        Files.write(folder.resolve("model.eqs"), new byte[] {1});
        String message = assertThrows(IOException.class, () -> RunFolder.begin(folder)).getMessage();
        assertTrue(message.contains("already holds a run"), message);
    }

    @Test
    void resumingNeedsACheckpoint() {
        String message = assertThrows(IOException.class, () -> RunFolder.resume(folder)).getMessage();
        assertTrue(message.contains("no checkpoint"), message);
    }
}

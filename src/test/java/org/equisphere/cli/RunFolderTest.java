package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.equisphere.data.FeatureDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.RunLog;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** A folder with figures or pictures of another's, or of a run whose checkpoint was taken away, is left as it is. */
    @ParameterizedTest
    @ValueSource(strings = {"model.eqs", "metrics.csv", "events.jsonl", "report.html", "curves.png", "sphere.png"})
    void filesOfOthersAreNotReplaced(String name) throws IOException {
        Files.writeString(folder.resolve(name), "year,rainfall\n2024,700\n");
        String message = assertThrows(IOException.class, () -> RunFolder.begin(folder)).getMessage();
        assertTrue(message.contains(folder.resolve(name) + " is there already"), message);
        assertEquals("year,rainfall\n2024,700\n", Files.readString(folder.resolve(name)));
        Files.delete(folder.resolve(name));
        RunFolder.begin(folder).close();
    }

    /** What ended before its first checkpoint has told nothing yet but how it began; figures of an epoch stay. */
    @Test
    void aRunThatHardlyBeganIsBegunAnew() throws IOException, InterruptedException {
        FeatureDataset two = new FeatureDataset("two", new float[] {1, -1, 1, -1}, 1, new int[] {0, 1, 0, 1}, Labels.numbered(2));
        TrainingSettings settings = TrainingSettings.builder().network("mlp").dimension(2).epochs(1).batch(4).build();
        try (Backend backend = Backends.host(1); RunLog log = new RunLog(folder, false)) {
            Trainer trainer = new Trainer(settings, backend).listener(log);
            trainer.stop();
            assertThrows(InterruptedException.class, () -> trainer.fit(new Splits(two, two)));
        }
        assertTrue(Files.size(folder.resolve("metrics.csv")) > 0 && Files.size(folder.resolve("events.jsonl")) > 0);
        RunFolder.begin(folder).close();
        try (Backend backend = Backends.host(1); RunLog log = new RunLog(folder, false)) {
            new Trainer(settings, backend).listener(log).fit(new Splits(two, two));
        }
        String message = assertThrows(IOException.class, () -> RunFolder.begin(folder)).getMessage();
        assertTrue(message.contains("metrics.csv is there already"), message);
        Files.delete(folder.resolve("metrics.csv"));
        message = assertThrows(IOException.class, () -> RunFolder.begin(folder)).getMessage();
        assertTrue(message.contains("events.jsonl is there already"), message);
    }

    @Test
    void aFinishedRunIsNotOverwritten() throws IOException {
        Files.write(folder.resolve("checkpoint.bin"), new byte[] {1});
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

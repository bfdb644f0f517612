package org.equisphere.train;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.HeadSettings.HeadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLogTest {

    @TempDir
    private Path folder;

    @Test
    void theLogHoldsOneLineAnEpoch() throws Exception {
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(3).build();
        try (Backend backend = Backends.host(1); RunLog log = new RunLog(folder, false)) {
            new Trainer(settings, backend).listener(log).fit(TrainingTrials.clouds(5, 20, 4));
        }
        List<String> csv = Files.readAllLines(folder.resolve("metrics.csv"));
        assertEquals(4, csv.size());
        assertTrue(csv.get(0).startsWith("epoch,loss,top1,top5,labels_moved,") && csv.get(0).endsWith(",seconds,assignment_seconds"), csv.get(0));
        assertTrue(csv.get(3).startsWith("3,"), csv.get(3));
        List<String> events = Files.readAllLines(folder.resolve("events.jsonl"));
        assertEquals(4, events.size());
        com.fasterxml.jackson.databind.ObjectMapper json = new com.fasterxml.jackson.databind.ObjectMapper();
        assertEquals("mlp:32", json.readTree(events.get(0)).at("/settings/network").asText());
        assertEquals(3, json.readTree(events.get(3)).get("epoch").asInt());
        assertTrue(json.readTree(events.get(3)).get("objective_after").isNull(), "JSON has no NaN");
        assertTrue(json.readTree(events.get(3)).get("assignment_seconds").asDouble() > 0);
    }

    /** Going on from a copy of an earlier checkpoint, what was told of later epochs is told anew. */
    @Test
    void epochsBehindTheCheckpointAreToldOnce() throws Exception {
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(4).build();
        Path checkpoint = folder.resolve("checkpoint.bin");
        Path early = folder.resolve("early.bin");
        try (Backend backend = Backends.host(1); RunLog log = new RunLog(folder, false)) {
            new Trainer(settings, backend).checkpointTo(checkpoint).listener(log).listener(new TrainingListener() {
                @Override
                public void epochEnded(EpochSummary epoch) {
                    if (epoch.epoch() == 2) {
                        assertDoesNotThrow(() -> Files.copy(checkpoint, early));
                    }
                }
            }).fit(TrainingTrials.clouds(5, 20, 4));
        }
        try (Backend backend = Backends.host(1); RunLog log = new RunLog(folder, true)) {
            new Trainer(settings, backend).resumeFrom(early).listener(log).fit(TrainingTrials.clouds(5, 20, 4));
        }
        List<String> told = Files.readAllLines(folder.resolve("events.jsonl")).stream().map(line -> line.replaceAll("\\D*(\\d+).*", "$1")).toList();
        assertEquals(List.of("1", "1", "2", "3", "3", "4"), told, "start, two epochs, start, two epochs");
    }

    /** The process died after the checkpoint of epoch 2, half a line into telling of it, and half a letter. */
    @Test
    void aResumedLogHasOneLineAnEpoch() throws Exception {
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(3).build();
        Path checkpoint = folder.resolve("checkpoint.bin");
        try (Backend backend = Backends.host(1); RunLog log = new RunLog(folder, false)) {
            Trainer trainer = new Trainer(settings, backend).checkpointTo(checkpoint).listener(log);
            trainer.listener(new TrainingListener() {
                @Override
                public void epochEnded(EpochSummary epoch) {
                    if (epoch.epoch() == 2) {
                        trainer.stop();
                    }
                }
            });
            assertThrows(InterruptedException.class, () -> trainer.fit(TrainingTrials.clouds(5, 20, 4)));
        }
        Path events = folder.resolve("events.jsonl");
        String told = Files.readString(events);
        Files.writeString(events, told.substring(0, told.length() - 30));
        Files.write(events, new byte[] {(byte) 0xC3}, StandardOpenOption.APPEND);
        Files.writeString(folder.resolve("metrics.csv"), "epoch,lo");
        try (Backend backend = Backends.host(1); RunLog log = new RunLog(folder, true)) {
            new Trainer(settings, backend).resumeFrom(checkpoint).listener(log).fit(TrainingTrials.clouds(5, 20, 4));
        }
        assertEquals(List.of("epoch", "1", "2", "3"), Files.readAllLines(folder.resolve("metrics.csv"))
                .stream().map(row -> row.split(",")[0]).toList());
        List<String> lines = Files.readAllLines(events);
        assertEquals(5, lines.size());
        assertTrue(told.startsWith(String.join("\n", lines.subList(0, 3))), "epoch 2 is told as it was");
        assertTrue(lines.get(3).startsWith("{\"event\":\"started\",\"first_epoch\":3"), lines.get(3));
        assertTrue(lines.get(4).startsWith("{\"event\":\"epoch\",\"epoch\":3,"), lines.get(4));
    }
}

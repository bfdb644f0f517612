package org.equisphere.interchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.RunDescription;
import org.equisphere.train.TrainingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events are parsed by a reader of this test's own, checksums included. */
class TensorBoardLogTest {

    @TempDir
    private Path folder;

    private record Scalar(String tag, long step, float value) {
    }

    @Test
    void figuresAreRecordsWithChecksums() throws IOException {
        try (TensorBoardLog log = new TensorBoardLog(folder)) {
            for (int step = 1; step <= 25; step++) {
                log.stepped(2, step, 30, step);
            }
            log.epochEnded(new EpochSummary(3, 0.5, 0.25, 0.75, 7, 1, 2, 1e-3, 1000, 60, 0.5));
            log.epochEnded(new EpochSummary(4, 0.25, 0.5, 1, 0, Double.NaN, Double.NaN, 1e-3, 1000, 60, 0.5));
        }
        List<Scalar> scalars = read();
        assertTrue(scalars.containsAll(List.of(new Scalar("step/loss", 40, 10), new Scalar("step/loss", 50, 20), new Scalar("train/loss", 3, 0.5f),
                new Scalar("test/top1", 3, 0.25f), new Scalar("assignment/labels_moved", 3, 7), new Scalar("test/top5", 4, 1))), scalars.toString());
        assertEquals(2 + 7 + 5, scalars.size());
    }

    /** Epochs of a run with examples held out are judged by those. */
    @Test
    void heldOutFiguresAreCalledSo() throws IOException {
        TrainingSettings settings = TrainingSettings.builder().holdout(0.1).build();
        try (TensorBoardLog log = new TensorBoardLog(folder)) {
            log.started(new RunDescription(settings, 90, 20, 2, 7, 3, List.of(), 0, "ejml"));
            log.epochEnded(new EpochSummary(1, 0.5, 0.25, 0.75, 7, 1, 2, 1e-3, 1000, 60, 0.5));
        }
        List<Scalar> scalars = read();
        assertTrue(scalars.containsAll(List.of(new Scalar("heldout/top1", 1, 0.25f), new Scalar("heldout/top5", 1, 0.75f))), scalars.toString());
        assertTrue(scalars.stream().noneMatch(scalar -> scalar.tag.startsWith("test/")), scalars.toString());
    }

    private List<Scalar> read() throws IOException {
        List<Path> files;
        try (var list = Files.list(folder)) {
            files = list.toList();
        }
        assertEquals(1, files.size());
        assertTrue(files.get(0).getFileName().toString().matches("events\\.out\\.tfevents\\.\\d{10}\\..*"), files.toString());
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(files.get(0))).order(ByteOrder.LITTLE_ENDIAN);
        List<Scalar> scalars = new ArrayList<>();
        for (int record = 0; bytes.hasRemaining(); record++) {
            int start = bytes.position();
            int length = (int) bytes.getLong();
            assertEquals(masked(bytes.array(), start, 8), bytes.getInt(), "checksum of the length");
            ByteBuffer event = bytes.slice(bytes.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.position(bytes.position() + length);
            assertEquals(masked(bytes.array(), start + 12, length), bytes.getInt(), "checksum of the event");
            Scalar scalar = event(event);
            if (record == 0) {
                assertEquals("brain.Event:2", scalar.tag);
            } else {
                scalars.add(scalar);
            }
        }
        return scalars;
    }

    /** Event { 1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary { 1: Value { 1: tag, 2: simple_value } } }. */
    private static Scalar event(ByteBuffer in) {
        long step = -1;
        String tag = "";
        float value = Float.NaN;
        while (in.hasRemaining()) {
            int key = (int) varint(in);
            switch (key) {
                case 1 << 3 | 1 -> assertTrue(Math.abs(in.getDouble() - System.currentTimeMillis() / 1000.0) < 600, "wall time");
                case 2 << 3 -> step = varint(in);
                case 3 << 3 | 2, 1 << 3 | 2 -> {
                    ByteBuffer inner = inner(in);
                    if (key >> 3 == 1 && inner.get(0) == (1 << 3 | 2)) { // the Value inside the Summary
                        in = inner;
                    } else {
                        tag = StandardCharsets.UTF_8.decode(inner).toString();
                    }
                }
                case 5 << 3 | 2 -> in = inner(in);
                case 2 << 3 | 5 -> value = in.getFloat();
                default -> throw new AssertionError("field key " + key);
            }
        }
        return new Scalar(tag, step, value);
    }

    private static ByteBuffer inner(ByteBuffer in) {
        int length = (int) varint(in);
        ByteBuffer inner = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + length);
        return inner;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    /** CRC-32C bit by bit (polynomial 0x1EDC6F41, reflected), then masked. */
    private static int masked(byte[] bytes, int at, int length) {
        int crc = -1;
        for (int i = 0; i < length; i++) {
            crc ^= bytes[at + i] & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = crc >>> 1 ^ ((crc & 1) == 1 ? 0x82F63B78 : 0);
            }
        }
        crc = ~crc;
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }
}

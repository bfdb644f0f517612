package org.equisphere.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.equisphere.data.ReplacedFile;

/**
 * Writes a run's figures as it goes: {@code metrics.csv} (one line an epoch) and {@code events.jsonl} (one JSON object a line: the start with all
 * settings, then one an epoch). Column names are stable. A resumed run goes on behind the lines of the epochs its checkpoint holds, whatever a
 * killed process had or had not written: each epoch has one line.
 */
public final class RunLog implements TrainingListener, AutoCloseable {

    private static final String HEADER =
            "epoch,loss,top1,top5,labels_moved,objective_before,objective_after,rate,images_per_s,seconds,assignment_seconds";
    private static final String EPOCH = "{\"event\":\"epoch\",\"epoch\":";

    private final Path folder;
    private final boolean resume;
    private BufferedWriter csv;
    private BufferedWriter events;

    /**
     * @param folder of the run; exists
     * @param resume whether lines are added to what is there; otherwise the files begin anew
     */
    public RunLog(Path folder, boolean resume) {
        this.folder = folder;
        this.resume = resume;
    }

    /** Brings both files to where the run stands: the table anew from its history, the events cut to whole lines and filled up. */
    private void open(List<EpochSummary> history) throws IOException {
        StringBuilder table = new StringBuilder(HEADER).append('\n');
        history.forEach(epoch -> table.append(row(epoch)).append('\n'));
        Path csvFile = folder.resolve("metrics.csv");
        ReplacedFile.write(csvFile, table.toString().getBytes(StandardCharsets.UTF_8));
        csv = append(csvFile);
        Path eventsFile = folder.resolve("events.jsonl");
        long told = resume && Files.exists(eventsFile) ? cut(eventsFile, history.size()) : 0;
        if (!resume) {
            Files.deleteIfExists(eventsFile);
        }
        events = append(eventsFile);
        history.stream().skip(told).forEach(epoch -> line(events, event(epoch)));
    }

    private static BufferedWriter append(Path file) throws IOException {
        return Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** A killed process may have left half a line at the end, or gone on behind the checkpoint. Returns how many epochs the lines left tell. */
    private static long cut(Path file, int epochs) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1); // a letter may be cut in two
        int later = text.indexOf("\n" + EPOCH + (epochs + 1) + ",");
        String whole = text.substring(0, (later < 0 ? text.lastIndexOf('\n') : later) + 1);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(whole.length());
        }
        return whole.lines().filter(event -> event.startsWith(EPOCH)).count();
    }

    @Override
    public void started(RunDescription run) {
        try {
            open(run.history());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the log in " + folder, e);
        }
        StringBuilder json = new StringBuilder("{\"event\":\"started\",\"first_epoch\":").append(run.firstEpoch())
                .append(",\"steps_done\":").append(run.stepsDone())
                .append(",\"train_examples\":").append(run.trainExamples())
                .append(",\"test_examples\":").append(run.testExamples())
                .append(",\"classes\":").append(run.classes())
                .append(",\"parameters\":").append(run.parameters())
                .append(",\"backend\":").append(quoted(run.backend()))
                .append(",\"settings\":{");
        String separator = "";
        for (Map.Entry<String, String> entry : run.settings().toMap().entrySet()) {
            json.append(separator).append(quoted(entry.getKey())).append(':').append(quoted(entry.getValue()));
            separator = ",";
        }
        line(events, json.append("}}").toString());
    }

    @Override
    public void epochEnded(EpochSummary epoch) {
        line(csv, row(epoch));
        line(events, event(epoch));
    }

    private static String row(EpochSummary e) {
        return e.epoch() + "," + e.loss() + "," + e.top1() + "," + e.top5() + "," + e.labelsMoved() + "," + e.objectiveBefore() + ","
                + e.objectiveAfter() + "," + e.rate() + ","
                + String.format(Locale.ROOT, "%.1f,%.2f,%.4f", e.examplesPerSecond(), e.seconds(), e.assignmentSeconds());
    }

    private static String event(EpochSummary e) {
        return EPOCH + e.epoch() + ",\"loss\":" + number(e.loss()) + ",\"top1\":" + number(e.top1())
                + ",\"top5\":" + number(e.top5()) + ",\"labels_moved\":" + e.labelsMoved() + ",\"objective_before\":" + number(e.objectiveBefore())
                + ",\"objective_after\":" + number(e.objectiveAfter()) + ",\"rate\":" + number(e.rate())
                + ",\"images_per_s\":" + number(e.examplesPerSecond()) + ",\"seconds\":"
                + number(e.seconds()) + ",\"assignment_seconds\":" + number(e.assignmentSeconds()) + "}";
    }

    /** JSON has no NaN: null stands for it. */
    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "null";
    }

    /** A text as JSON writes it. */
    public static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private void line(BufferedWriter writer, String text) {
        try {
            writer.write(text);
            writer.write('\n');
            writer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the log in " + folder, e);
        }
    }

    @Override
    public void close() throws IOException {
        try (BufferedWriter first = csv; BufferedWriter second = events) {
            csv = null;
            events = null;
        }
    }
}

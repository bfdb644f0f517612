package org.equisphere.train;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Map;

/**
 * Writes a run's figures as it goes: {@code metrics.csv} (one line an epoch) and {@code events.jsonl} (one JSON object a line: the start with all
 * settings, then one an epoch). Column names are stable. A resumed run's lines are appended.
 */
public final class RunLog implements TrainingListener, AutoCloseable {

    private static final String HEADER = "epoch,loss,top1,top5,labels_moved,objective_before,objective_after,rate,images_per_s,seconds";

    private final BufferedWriter csv;
    private final BufferedWriter events;

    /**
     * @param folder of the run; exists
     * @param resume whether lines are added to what is there; otherwise the files begin anew
     */
    public RunLog(Path folder, boolean resume) throws IOException {
        Path csvFile = folder.resolve("metrics.csv");
        boolean begun = resume && Files.exists(csvFile);
        csv = open(csvFile, resume);
        events = open(folder.resolve("events.jsonl"), resume);
        if (!begun) {
            line(csv, HEADER);
        }
    }

    private static BufferedWriter open(Path file, boolean append) throws IOException {
        return Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
    }

    @Override
    public void started(RunDescription run) {
        StringBuilder json = new StringBuilder("{\"event\":\"started\",\"first_epoch\":").append(run.firstEpoch())
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
    public void epochEnded(EpochSummary e) {
        line(csv, e.epoch() + "," + e.loss() + "," + e.top1() + "," + e.top5() + "," + e.labelsMoved() + "," + e.objectiveBefore() + ","
                + e.objectiveAfter() + "," + e.rate() + "," + String.format(Locale.ROOT, "%.1f,%.2f", e.examplesPerSecond(), e.seconds()));
        line(events, "{\"event\":\"epoch\",\"epoch\":" + e.epoch() + ",\"loss\":" + number(e.loss()) + ",\"top1\":" + number(e.top1())
                + ",\"top5\":" + number(e.top5()) + ",\"labels_moved\":" + e.labelsMoved() + ",\"objective_before\":" + number(e.objectiveBefore())
                + ",\"objective_after\":" + number(e.objectiveAfter()) + ",\"rate\":" + number(e.rate())
                + ",\"images_per_s\":" + number(e.examplesPerSecond()) + ",\"seconds\":" + number(e.seconds()) + "}");
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

    private static void line(BufferedWriter writer, String text) {
        try {
            writer.write(text);
            writer.write('\n');
            writer.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the run's log", e);
        }
    }

    @Override
    public void close() throws IOException {
        try (csv) {
            events.close();
        }
    }
}

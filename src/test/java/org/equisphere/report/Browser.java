package org.equisphere.report;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless Chromium with a profile of its own, that asks no one on the network anything. */
final class Browser {

    private static final int MOST_SECONDS = 120;

    private final String program;
    private final Path folder;

    private Browser(String program, Path folder) {
        this.program = program;
        this.folder = folder;
    }

    /** What a start left behind. */
    record Outcome(String out, String log) {
        /** What the page, or the browser about the page, said on the console. */
        List<String> console() {
            return log.lines().filter(line -> line.contains(":CONSOLE")).toList();
        }
    }

    /** The one on the path, if there is one; it keeps its profiles in a folder. */
    static Optional<Browser> find(Path folder) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(place -> Stream.of("chromium", "chromium-browser", "google-chrome").map(name -> Path.of(place, name)))
                .filter(Files::isExecutable).findFirst().map(found -> new Browser(found.toString(), folder));
    }

    /** Opens a page and does one thing, such as --dump-dom. */
    Outcome open(Path page, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--no-first-run", "--enable-logging=stderr", "--window-size=1100,900",
                "--user-data-dir=" + Files.createTempDirectory(folder, "profile")));
        command.addAll(List.of(options));
        command.add(page.toUri().toString());
        Path out = Files.createTempFile(folder, "browser", ".out");
        Path log = Files.createTempFile(folder, "browser", ".log");
        Process process = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(log.toFile()).start();
        if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new IOException(program + " did not end within " + MOST_SECONDS + " s: " + Files.readString(log));
        }
        if (process.exitValue() != 0) {
            throw new IOException(program + " ended with " + process.exitValue() + ": " + Files.readString(log));
        }
        return new Outcome(Files.readString(out), Files.readString(log));
    }
}

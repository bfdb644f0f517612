package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands in processes of their own, whose standard output takes nothing: what they say is lost, and that is a failure. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs /dev/full and a POSIX shell")
class LostOutputTest {

    private static final Path FULL = Path.of("/dev/full");
    private static final String FIRST_JVM_ALONE = "-Dequisphere.relaunch=false";

    @TempDir
    private Path folder;

    private static List<String> java(String option, String... command) {
        List<String> java = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                option, "-cp", System.getProperty("java.class.path"), "org.equisphere.cli.Main"));
        java.addAll(List.of(command));
        return java;
    }

    private ProcessBuilder process(List<String> command) {
        return new ProcessBuilder(command).redirectError(folder.resolve("said.txt").toFile());
    }

    private ProcessBuilder ontoFullDisk(List<String> command) {
        assumeTrue(Files.exists(FULL), "there is no /dev/full");
        return process(command).redirectOutput(FULL.toFile());
    }

    private void assertLost(Process process) throws IOException, InterruptedException {
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "the command hangs");
        String said = Files.readString(folder.resolve("said.txt"));
        assertEquals(1, process.exitValue(), said);
        assertEquals(2, said.split("equisphere: the result was not printed: standard output cannot be written", -1).length, said);
        assertFalse(said.contains("\tat "), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"info", "info --json", "train --print", "completion", "--help", "help train", "--version"})
    void onAFullDisk(String command) throws Exception {
        assertLost(ontoFullDisk(java(FIRST_JVM_ALONE, command.split(" "))).start());
    }

    @Test
    void inTheSecondJvm() throws Exception {
        assertLost(ontoFullDisk(java("-ea", "info", "--json")).start());
    }

    @Test
    void closedFromTheStart() throws Exception {
        List<String> closing = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >&-", "sh"));
        closing.addAll(java(FIRST_JVM_ALONE, "info", "--json"));
        assertLost(process(closing).start());
    }

    /** As by {@code | head -1}, which reads no further. */
    @Test
    void toAReaderThatIsGone() throws Exception {
        Process process = process(java(FIRST_JVM_ALONE, "completion")).start();
        process.getInputStream().close();
        assertLost(process);
    }
}

package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.equisphere.data.NpyFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real {@code train} command in processes of its own that are killed, ended, refused and starved of disk. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs POSIX signals, ulimit and mount")
class DurabilityTest {

    private static final int KILLS = 20;
    private static final int CLASSES = 6;
    private static final int FEATURES = 8;
    private static final long SECONDS = 60;

    @TempDir
    private Path folder;
    private Path run;
    private String data;
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void writeClouds() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        int n = 50 * CLASSES;
        float[] x = new float[n * FEATURES];
        int[] y = new int[n];
        for (int i = 0; i < n; i++) {
            y[i] = i % CLASSES;
            for (int k = 0; k < FEATURES; k++) {
                x[i * FEATURES + k] = (float) ((k == y[i] ? 1 : 0) + 0.5 * random.nextGaussian());
            }
        }
        NpyFile.write(folder.resolve("x.npy"), x, n, FEATURES);
        NpyFile.write(folder.resolve("y.npy"), y, n);
        data = "npy:" + folder.resolve("x.npy") + "," + folder.resolve("y.npy");
        run = folder.resolve("run");
    }

    @AfterEach
    void endProcesses() {
        started.forEach(Process::destroyForcibly);
    }

    private List<String> training(int epochs, Object... more) {
        List<String> args = new ArrayList<>(List.of("train", "--data", data, "--network", "mlp:24",
                "--dim", "3", "--epochs", "" + epochs, "--batch", "16", "--holdout", "0.2", "--lr", "0.01", "--threads", "1", "--backend", "ejml"));
        Arrays.stream(more).map(Object::toString).forEach(args::add);
        return args;
    }

    /** The model of the same run in one go, in this process. */
    private byte[] uninterrupted(int epochs, String name) throws IOException {
        Path whole = folder.resolve(name);
        PrintWriter unheard = new PrintWriter(Writer.nullWriter());
        assertEquals(0, Main.commandLine().setOut(unheard).setErr(unheard).execute(training(epochs, "--out", whole).toArray(new String[0])));
        return Files.readAllBytes(whole.resolve("model.eqs"));
    }

    private static List<String> java(List<String> command) {
        List<String> java = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote", "-XX:-UsePerfData", "-Xmx256m",
                "-Djava.awt.headless=true", "-Dequisphere.relaunch=false", "-cp", System.getProperty("java.class.path"), "org.equisphere.cli.Main"));
        java.addAll(command);
        return java;
    }

    private Process launch(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("said.txt").toFile()).start();
        started.add(process);
        return process;
    }

    private int ended(Process process) throws InterruptedException {
        assertTrue(process.waitFor(SECONDS, TimeUnit.SECONDS), "still running after " + SECONDS + " s");
        return process.exitValue();
    }

    private String said() throws IOException {
        return Files.readString(folder.resolve("said.txt"));
    }

    private boolean begun() {
        return Files.exists(run.resolve("checkpoint.bin"));
    }

    /** The command line that goes on with the run, or begins it. */
    private List<String> goingOn(int epochs, Object... more) {
        List<String> args = training(epochs, more);
        args.addAll(List.of(begun() ? "--resume" : "--out", run.toString()));
        return java(args);
    }

    private Process goOn(int epochs, Object... more) throws IOException {
        return launch(goingOn(epochs, more));
    }

    /** Waits until the process has saved a checkpoint of its own. */
    private void awaitProgress(Process process) throws IOException, InterruptedException {
        byte[] before = begun() ? Files.readAllBytes(run.resolve("checkpoint.bin")) : new byte[0];
        while (process.isAlive() && (!begun() || Arrays.equals(before, Files.readAllBytes(run.resolve("checkpoint.bin"))))) {
            Thread.sleep(2);
        }
        assertTrue(process.isAlive(), "ended too early: " + said());
    }

    private long leftovers() throws IOException {
        try (var files = Files.list(run)) {
            return files.filter(file -> file.toString().endsWith(".part")).count();
        }
    }

    /** Every fourth kill falls anywhere in start-up and reading of the checkpoint, the others among steps and the saves between them. */
    @Test
    void killedTwentyTimesARunEndsInTheSameBytes() throws Exception {
        int epochs = 120;
        byte[] expected = uninterrupted(epochs, "whole");
        SplittableRandom random = new SplittableRandom(20);
        int insideASave = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = goOn(epochs, "--checkpoint-steps", 1);
            if (kill % 4 == 3) {
                Thread.sleep(random.nextInt(700));
            } else {
                awaitProgress(process);
                Thread.sleep(0, random.nextInt(1_000_000));
                Thread.sleep(random.nextInt(60));
            }
            if (kill == 1) {
                secondProcessIsRefused(process, epochs);
            }
            assertTrue(process.isAlive(), "the run is too short for kill " + kill + ": " + said());
            assertEquals(128 + 9, ended(process.destroyForcibly()));
            insideASave += leftovers() > 0 ? 1 : 0;
        }
        Process last = goOn(epochs);
        assertEquals(0, ended(last), said());
        assertArrayEquals(expected, Files.readAllBytes(run.resolve("model.eqs")));
        assertEquals(figures(folder.resolve("whole/metrics.csv")), figures(run.resolve("metrics.csv")));
        assertEquals(0, leftovers());
        System.out.println(KILLS + " kills, " + insideASave + " of them inside a save");
        assertTrue(insideASave > 0, "no kill fell into a save");
    }

    private void secondProcessIsRefused(Process first, int epochs) throws Exception {
        assertEquals(1, ended(goOn(epochs)), said());
        assertTrue(said().contains("is in use by another run (process " + first.pid() + ")"), said());
        assertTrue(first.isAlive(), "the first process was disturbed");
    }

    /** The rows of a log without its last three columns, which are times. */
    private static List<String> figures(Path csv) throws IOException {
        return Files.readAllLines(csv).stream().map(row -> row.replaceFirst(",[^,]*,[^,]*,[^,]*$", "")).toList();
    }

    /** Ctrl-C, and what a service manager sends. */
    @ParameterizedTest
    @CsvSource({"INT, 2", "TERM, 15"})
    void aRunAskedToEndSavesItsStepAndSaysHowToResume(String signal, int number) throws Exception {
        int epochs = 60;
        byte[] expected = uninterrupted(epochs, "whole");
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT")); // which a shell's background job inherits as ignored
        assumeTrue(command("env", "--default-signal=INT", "true") == 0, "this env cannot restore a signal's default");
        command.addAll(goingOn(epochs));
        Process process = launch(command);
        awaitProgress(process);
        assertEquals(0, command("kill", "-" + signal, "" + process.pid()));
        assertEquals(128 + number, ended(process), said());
        assertTrue(said().contains("go on with the same options and --resume " + run), said());
        assertEquals(0, ended(goOn(epochs)), said());
        assertArrayEquals(expected, Files.readAllBytes(run.resolve("model.eqs")));
    }

    /** No file may grow past 4 kB, which the checkpoint needs: as on a full disk, a write fails half way. */
    @Test
    void aFailedWriteLosesNothing() throws Exception {
        int epochs = 60;
        byte[] expected = uninterrupted(epochs, "whole");
        stopSoon(epochs);
        byte[] saved = Files.readAllBytes(run.resolve("checkpoint.bin"));
        assertTrue(saved.length > 4096, "a checkpoint of " + saved.length + " bytes");
        List<String> limited = new ArrayList<>(List.of("bash", "-c", "ulimit -f 4; exec \"$@\"", "bash"));
        limited.addAll(goingOn(epochs));
        assertEquals(1, ended(launch(limited)), said());
        assertTrue(said().contains("cannot be written") && said().contains(run.toString()) && said().contains("File too large"), said());
        assertFalse(said().contains("\tat "), said());
        assertArrayEquals(saved, Files.readAllBytes(run.resolve("checkpoint.bin")));
        assertEquals(0, leftovers());
        assertEquals(0, ended(goOn(epochs)), said());
        assertArrayEquals(expected, Files.readAllBytes(run.resolve("model.eqs")));
    }

    @Test
    void aFullOrReadOnlyDiskLosesNothing() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(command("mount", "-t", "tmpfs", "-o", "size=200k", "none", disk.toString()) == 0, "mounting a small tmpfs is not allowed here");
        try {
            run = disk.resolve("run");
            int epochs = 60;
            byte[] expected = uninterrupted(epochs, "whole");
            stopSoon(epochs);
            byte[] saved = Files.readAllBytes(run.resolve("checkpoint.bin"));
            Path filler = disk.resolve("filler");
            fill(filler);
            assertEquals(1, ended(goOn(epochs)));
            assertTrue(said().contains("No space left on device"), said());
            assertTrue(said().contains("cannot") && said().contains(run.toString()), said());
            assertArrayEquals(saved, Files.readAllBytes(run.resolve("checkpoint.bin")));
            Files.delete(filler);
            assertEquals(0, command("mount", "-o", "remount,ro", disk.toString()));
            assertEquals(1, ended(goOn(epochs)));
            assertTrue(said().contains("Read-only file system") && said().contains(run.toString()), said());
            assertEquals(0, command("mount", "-o", "remount,rw", disk.toString()));
            assertEquals(0, ended(goOn(epochs)), said());
            assertArrayEquals(expected, Files.readAllBytes(run.resolve("model.eqs")));
        } finally {
            started.forEach(Process::destroyForcibly);
            command("umount", "-l", disk.toString());
        }
    }

    /** Ctrl-C while the prototypes of many labels are still being spread: there is nothing to save, and so nothing to wait for. */
    @Test
    void aRunThatHasNotBegunEndsAtOnce() throws Exception {
        int labels = 8000;
        NpyFile.write(folder.resolve("many-x.npy"), new float[labels], labels, 1);
        NpyFile.write(folder.resolve("many-y.npy"), IntStream.range(0, labels).toArray(), labels);
        String both = folder.resolve("many-x.npy") + "," + folder.resolve("many-y.npy");
        Process process = launch(java(List.of("train", "--data", "npy:" + both + "," + both, "--network", "mlp", "--dim", "128",
                "--threads", "1", "--backend", "ejml", "--out", run.toString())));
        for (int k = 0; k < 10 * SECONDS && !said().contains("backend"); k++) {
            Thread.sleep(100);
        }
        Thread.sleep(3000);
        assertTrue(process.isAlive() && !begun() && !Files.exists(run.resolve("events.jsonl")), said());
        process.destroy();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS), "still running: " + said());
        assertFalse(said().contains("step under way"), said());
    }

    private void stopSoon(int epochs) throws Exception {
        Process process = goOn(epochs);
        awaitProgress(process);
        process.destroy();
        ended(process);
    }

    /** Takes all space that is left. */
    private static void fill(Path filler) throws IOException {
        try (var out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(new byte[512]);
            }
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("No space left"), e.getMessage());
        }
    }

    private static int command(String... words) throws Exception {
        return new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor();
    }
}

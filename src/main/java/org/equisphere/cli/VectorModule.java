package org.equisphere.cli;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turns the JDK's Vector API on: it must be asked for when the JVM starts, so the command line starts a second JVM with the flag, once.
 */
final class VectorModule {

    /** System property of the second JVM; set by a user, to anything, it keeps the first. */
    private static final String RELAUNCH = "equisphere.relaunch";
    private static final String MODULE = "jdk.incubator.vector";

    /**
     * Memory as close to what is in use as the JVM can be asked to keep it: a step makes no garbage, so that a small young generation and a heap
     * that grows by little suffice. Halves the peak of a training process against the default collector.
     */
    private static final List<String> LEAN = List.of("-XX:+UseSerialGC", "-Xms32m", "-Xmn16m", "-XX:MinHeapFreeRatio=5", "-XX:MaxHeapFreeRatio=10");

    private VectorModule() {
    }

    /** Whether this JVM was started without the module. */
    static boolean missing() {
        return ModuleLayer.boot().findModule(MODULE).isEmpty();
    }

    /**
     * Runs the same command in a JVM with the module.
     *
     * @return its exit code; empty when it was not started and the command should run here, on the plain backend
     */
    static Optional<Integer> relaunch(List<String> arguments) {
        Optional<String> java = ProcessHandle.current().info().command();
        if (System.getProperty(RELAUNCH) != null || java.isEmpty() || !new File(java.get()).canExecute()) {
            return Optional.empty();
        }
        List<String> command = new ArrayList<>();
        command.add(java.get());
        List<String> asked = ManagementFactory.getRuntimeMXBean().getInputArguments();
        command.addAll(asked);
        if (asked.stream().noneMatch(VectorModule::choosesMemory)) {
            command.addAll(LEAN);
        }
        command.add("--add-modules");
        command.add(MODULE);
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add("-D" + RELAUNCH + "=second");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        command.addAll(arguments);
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
            return Optional.of(process.waitFor());
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(Main.FAILURE);
        }
    }

    /** Whether a user's option says how memory is to be managed, beyond its limit. */
    static boolean choosesMemory(String option) {
        return option.matches("-XX:[+-]Use\\w+GC|-Xmn.*|-Xms.*|-XX:(NewSize|MaxNewSize|NewRatio|M(in|ax)HeapFreeRatio)=.*");
    }

    /** Asks the second JVM to end and gives it the time to save what it is doing. */
    private static void end(Process process) {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends this JVM, if it is a second one, with the first: a killed command must not go on unseen. */
    static void endWithParent() {
        if ("second".equals(System.getProperty(RELAUNCH))) {
            ProcessHandle.current().parent().ifPresent(parent -> parent.onExit().thenRun(() -> System.exit(Main.FAILURE)));
        }
    }
}

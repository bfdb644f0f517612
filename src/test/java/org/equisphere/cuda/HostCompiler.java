package org.equisphere.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Compiles the kernels' own sources for the host with g++ behind {@code src/test/cuda/host_cuda.h}: one program, made once and kept under
 * {@code target/emulated} until a source changes.
 */
final class HostCompiler {

    private static final Path HOST = Path.of("src", "test", "cuda");
    private static final List<String> FLAGS = List.of("-std=c++17", "-O2", "-march=native", "-fPIC", "-U_FORTIFY_SOURCE",
            "-Wall", "-Wno-unknown-pragmas", "-fsanitize=alignment,bounds,signed-integer-overflow", "-fsanitize-undefined-trap-on-error", "-c");

    private static final String SAID = "compiler.log";

    private HostCompiler() {
    }

    /** Why nothing can be compiled here, or null. */
    static String obstacle() {
        try {
            Process process = new ProcessBuilder("g++", "--version").redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0 ? null : "g++ --version fails";
        } catch (IOException e) {
            return "g++ is not installed: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /** The program that emulates a device with all kernels of {@code kernels/}. */
    static synchronized Path device() throws IOException, InterruptedException {
        List<Path> sources = new ArrayList<>(KernelSources.files(".cu"));
        sources.addAll(KernelSources.files(".cuh"));
        for (String part : List.of("host_cuda.h", "host_device.h", "host_device.cpp", "host_main.cpp", "host_driver.cpp")) {
            sources.add(HOST.resolve(part));
        }
        Path folder = Path.of("target", "emulated", KernelSources.digest(sources, String.join(" ", FLAGS)));
        Path program = folder.resolve("device");
        if (!Files.isExecutable(program)) {
            Files.createDirectories(folder);
            compile(KernelSources.files(".cu"), folder, program);
        }
        return program;
    }

    /** The folder with a {@code libcuda.so.1} of the same device. */
    static Path driver() throws IOException, InterruptedException {
        return device().getParent();
    }

    /** A program with kernels of a test's own. */
    static Path device(Path source, Path folder) throws IOException, InterruptedException {
        Path program = folder.resolve("device");
        compile(List.of(source), folder, program);
        return program;
    }

    private static void compile(List<Path> kernels, Path folder, Path program) throws IOException, InterruptedException {
        List<Path> units = new ArrayList<>(List.of(HOST.resolve("host_main.cpp"), HOST.resolve("host_driver.cpp"),
                HOST.resolve("host_device.cpp")));
        for (Path kernel : kernels) {
            units.add(unit(kernel, folder));
        }
        List<Path> objects = new ArrayList<>();
        List<Process> running = new ArrayList<>();
        int most = Runtime.getRuntime().availableProcessors();
        for (Path unit : units) {
            Path object = folder.resolve(unit.getFileName() + ".o");
            List<String> command = new ArrayList<>(List.of("g++"));
            command.addAll(FLAGS);
            command.addAll(List.of(unit.toString(), "-o", object.toString()));
            running.add(start(command, folder));
            objects.add(object);
            if (running.size() == most) {
                await(running.remove(0), folder);
            }
        }
        for (Process process : running) {
            await(process, folder);
        }
        link(objects.subList(1, objects.size()), folder.resolve("libcuda.so.1"), "-shared");
        objects.remove(1);
        link(objects, program);
    }

    /** Linked under another name and moved: whoever finds the file finds all of it. */
    private static void link(List<Path> objects, Path result, String... flags) throws IOException, InterruptedException {
        Path made = Files.createTempFile(result.getParent(), "link", "");
        List<String> command = new ArrayList<>(List.of("g++"));
        command.addAll(List.of(flags));
        objects.forEach(object -> command.add(object.toString()));
        command.addAll(List.of("-o", made.toString()));
        await(start(command, result.getParent()), result.getParent());
        Files.move(made, result, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The kernel's source and a line for each kernel that makes it known by name. */
    private static Path unit(Path kernel, Path folder) throws IOException {
        StringBuilder text = new StringBuilder();
        text.append("#define HOST_MODULE ").append(KernelSources.module(kernel)).append('\n');
        text.append("#include \"").append(HOST.toAbsolutePath()).append("/host_cuda.h\"\n");
        text.append("#include \"").append(kernel.toAbsolutePath()).append("\"\n");
        for (String name : KernelSources.kernels(kernel)) {
            text.append("REGISTER_KERNEL(").append(name).append(")\n");
        }
        return Files.writeString(folder.resolve(KernelSources.module(kernel) + ".cpp"), text);
    }

    /** What the compiler says goes to a file: on our own output it would garble what surefire hears. */
    private static Process start(List<String> command, Path folder) throws IOException {
        return new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(SAID).toFile())).start();
    }

    private static void await(Process process, Path folder) throws IOException, InterruptedException {
        if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new IOException("the host compiler fails on the kernels: " + Files.readString(folder.resolve(SAID)));
        }
    }
}

package org.equisphere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A small modular program on the module path, in a JVM of its own: with and without the Vector API module. */
class ModulePathTest {

    private static final String PROGRAM = """
            package app;
            import org.equisphere.embedding.HypersphericalHead;
            import org.equisphere.tensor.Backends;
            public final class Main {
                public static void main(String[] args) {
                    float[][] x = new float[60][5];
                    int[] y = new int[60];
                    for (int i = 0; i < 60; i++) {
                        y[i] = i % 3;
                        for (int k = 0; k < 5; k++) {
                            x[i][k] = (k == y[i] ? 3 : 0) + 0.1f * (i * 7 % 13);
                        }
                    }
                    HypersphericalHead head = HypersphericalHead.fit(x, y, 2);
                    int right = 0;
                    for (int i = 0; i < 60; i++) {
                        right += head.predict(x[i]).label() == y[i] ? 1 : 0;
                    }
                    System.out.println(Backends.class.getModule() + " right " + right + " backends " + Backends.report().stream()
                            .filter(Backends.Status::available).map(Backends.Status::name).toList());
                }
            }
            """;

    @TempDir
    private Path folder;

    /** The library's classes, as its jar has them, with the descriptor compiled beside them. */
    private Path library() throws IOException {
        Path library = classes("library", "(?!org/equisphere/(cli|cuda|data/reader|embedding|interchange|report)/|module-info.class).*");
        tool("javac", "-Xlint:none", "-p", ejml(), "-d", library.toString(), "src/main/module/module-info.java");
        return library;
    }

    /** {@code equisphere-embedding.jar}, an automatic module. */
    private Path embedding() throws IOException {
        Path manifest = folder.resolve("manifest");
        Files.writeString(manifest, "Automatic-Module-Name: org.equisphere.embedding\n");
        Path jar = folder.resolve("embedding.jar");
        tool("jar", "--create", "--file", jar.toString(), "--manifest", manifest.toString(),
                "-C", classes("embedding", "org/equisphere/embedding/.*").toString(), ".");
        return jar;
    }

    /** A copy of the compiled classes of these names. */
    private Path classes(String to, String names) throws IOException {
        Path from = Path.of("target", "classes");
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = from.relativize(file).toString().replace(File.separatorChar, '/');
                if (name.matches(names)) {
                    Path copy = folder.resolve(to).resolve(name);
                    Files.createDirectories(copy.getParent());
                    Files.copy(file, copy);
                }
            }
        }
        return folder.resolve(to);
    }

    /** The jars that come with the library; tests have more of EJML. */
    private static String ejml() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.matches(".*ejml-(core|fdense)-[^/\\\\]*\\.jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static void tool(String name, String... arguments) {
        java.io.StringWriter said = new java.io.StringWriter();
        java.io.PrintWriter out = new java.io.PrintWriter(said);
        assertEquals(0, ToolProvider.findFirst(name).orElseThrow().run(out, out, arguments), said.toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aModularProgramTrainsAndPredicts(boolean vector) throws IOException, InterruptedException {
        Path source = Files.createDirectories(folder.resolve("source"));
        Files.writeString(source.resolve("module-info.java"), "module app { requires org.equisphere; requires org.equisphere.embedding; }");
        Files.writeString(Files.createDirectories(source.resolve("app")).resolve("Main.java"), PROGRAM);
        String path = library() + File.pathSeparator + embedding() + File.pathSeparator + ejml();
        Path program = folder.resolve("program");
        tool("javac", "-p", path, "-d", program.toString(), source.resolve("module-info.java").toString(),
                source.resolve("app/Main.java").toString());

        List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
        if (vector) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        command.addAll(List.of("-p", path + File.pathSeparator + program, "-m", "app/app.Main"));
        Path said = folder.resolve("said");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES), "the program hangs");
        String output = Files.readString(said, StandardCharsets.UTF_8);
        assertEquals(0, process.exitValue(), output);
        assertTrue(output.contains("module org.equisphere right 60 backends [") && output.contains("ejml]"), output);
        assertEquals(vector && ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(), output.contains("[vector, ejml]"), output);
    }

    @Test
    void everyPackageOfTheLibraryIsExported() throws IOException {
        String descriptor = Files.readString(Path.of("src/main/module/module-info.java"));
        try (Stream<Path> packages = Files.list(Path.of("src/main/java/org/equisphere"))) {
            for (Path each : packages.filter(Files::isDirectory).toList()) {
                String name = each.getFileName().toString();
                boolean elsewhere = List.of("cli", "cuda", "embedding", "interchange", "report").contains(name);
                assertEquals(!elsewhere, descriptor.contains("exports org.equisphere." + name + ";"), name);
            }
        }
    }
}

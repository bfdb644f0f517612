package org.equisphere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Javadoc of everything public: sound HTML and links, and nothing without a comment. */
class JavadocTest {

    /**
     * Left out: tags that would only repeat a comment's first sentence, a first sentence that would only repeat a tag,
     * a default constructor's comment.
     */
    private static final String LEFT_OUT = ".*warning: (no @(param|return|throws)|no main description|use of default constructor).*"
            + "|warning: (\\[incubating] )?using incubating module.*";

    @TempDir
    private Path folder;

    /** By the compiler, which makes javadoc's checks and no pages; {@code mvn javadoc:javadoc} makes the pages. */
    @Test
    void nothingIsWarnedOf() throws IOException {
        List<String> arguments = new ArrayList<>(List.of("-Xdoclint:all/public", "-proc:none", "-Xmaxwarns", "9999", "--add-modules",
                "jdk.incubator.vector", "-encoding", "UTF-8", "-d", folder.toString(), "-cp", System.getProperty("java.class.path")));
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
        }
        StringWriter said = new StringWriter();
        int code = ToolProvider.findFirst("javac").orElseThrow().run(new PrintWriter(said), new PrintWriter(said), arguments.toArray(String[]::new));
        assertEquals(0, code, () -> said.toString().lines().limit(20).toList().toString());
        assertTrue(said.toString().contains("warning: no @return"), "comments are looked at");
        assertEquals(List.of(), said.toString().lines().filter(line -> line.matches(".*(warning|error):.*") && !line.matches(LEFT_OUT)).toList());
    }

    @Test
    void everyPackageHasAnOverview() throws IOException {
        try (Stream<Path> packages = Files.walk(Path.of("src/main/java/org/equisphere"))) {
            for (Path each : packages.filter(Files::isDirectory).skip(1).toList()) {
                assertTrue(Files.readString(each.resolve("package-info.java")).startsWith("/**"), each.toString());
            }
        }
    }
}

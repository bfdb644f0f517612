package org.equisphere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What CONTRIBUTING.md sends people to is there, and no line is longer than it says. */
class ContributingTest {

    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
    private static final Pattern FILE = Pattern.compile("(?<![\\w*/-])(?:[\\w.-]+/)*[\\w-]+\\.(?:java|sha256|sh|md|xml|txt)(?!\\w)");
    private static final Pattern TEST = Pattern.compile("[A-Z]\\w*Test|OperationContract");
    private static final int MOST_COLUMNS = 150;

    private static List<String> spans() throws IOException {
        return CODE.matcher(Files.readString(Path.of(".github", "CONTRIBUTING.md"))).results().map(found -> found.group(1)).toList();
    }

    private static Set<String> named(Pattern pattern) throws IOException {
        return spans().stream().flatMap(span -> pattern.matcher(span).results()).map(MatchResult::group)
                .filter(name -> !name.contains("NAME") && !name.contains("SUBJECT")).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void itsFilesExist() throws IOException {
        Set<String> files = named(FILE);
        assertTrue(files.size() > 20, "found only " + files);
        assertEquals(List.of(), files.stream()
                .filter(file -> Stream.of("", "src/main/java/org/equisphere", "src/main/java/org/equisphere/nn", "bench/results")
                        .noneMatch(folder -> Files.exists(Path.of(folder, file)))).toList());
    }

    @Test
    void itsTestsExist() throws IOException {
        Set<String> known;
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            known = files.map(file -> file.getFileName().toString().replaceFirst("\\.java$", "")).collect(Collectors.toSet());
        }
        Set<String> tests = named(TEST);
        assertTrue(tests.size() > 12, "found only " + tests);
        assertEquals(List.of(), tests.stream().filter(test -> !known.contains(test)).toList());
    }

    @Test
    void linesAreNoLongerThan150() throws IOException {
        List<String> longer = new ArrayList<>();
        for (String folder : new String[] {"src", "bench"}) {
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".java")).sorted().toList()) {
                    List<String> lines = Files.readAllLines(file);
                    IntStream.range(0, lines.size()).filter(i -> lines.get(i).length() > MOST_COLUMNS).forEach(i -> longer.add(file + ":" + (i + 1)));
                }
            }
        }
        assertEquals(List.of(), longer);
    }

    /** The tree of dependencies that it shows names the versions of the build. */
    @Test
    void itsDependenciesAreTheBuildsOwn() throws IOException {
        String text = Files.readString(Path.of(".github", "CONTRIBUTING.md"));
        String pom = Files.readString(Path.of("pom.xml"));
        for (String artifact : List.of("jackson-databind", "picocli", "xchart")) {
            String version = Pattern.compile("<artifactId>" + artifact + "</artifactId>\\s*<version>([^<]+)<")
                    .matcher(pom).results().findFirst().orElseThrow().group(1);
            assertTrue(text.contains(artifact + ":jar:" + version + ":"), artifact + " " + version);
        }
    }
}

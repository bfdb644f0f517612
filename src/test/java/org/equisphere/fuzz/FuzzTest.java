package org.equisphere.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A quick share of what {@link Fuzzer} does as a command. */
class FuzzTest {

    private static final int CASES = 500;

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> damagedFilesAreReadOrRefused() throws Exception {
        return Formats.all().stream().map(format -> DynamicTest.dynamicTest(format.name(), () -> {
            Path scratch = Files.createDirectory(folder.resolve(format.name().replaceAll("\\W+", "-")));
            assertEquals(List.of(), new Fuzzer(format, format.name().hashCode(), scratch, Path.of("target", "fuzz")).run(CASES));
        }));
    }
}

package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The script of {@code completion}, asked in bash as the tab key asks it. */
class CompletionTest {

    /** Words to complete, one line a request with {@code |} between words; answered by one line a request. */
    private static final String ASK = """
            source "$1" || exit 1
            while IFS='|' read -r -a COMP_WORDS; do
                [ "${COMP_WORDS[-1]}" = EMPTY ] && COMP_WORDS[-1]=
                COMP_LINE="${COMP_WORDS[*]}" COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
                _complete_equisphere 2>/dev/null </dev/null
                printf '%s ' "${COMPREPLY[@]}"
                echo
            done
            """;

    @TempDir
    private Path folder;

    @BeforeAll
    static void requireBash() throws InterruptedException {
        try {
            assumeTrue(new ProcessBuilder("bash", "-c", "[ ${BASH_VERSINFO[0]} -gt 4 ]").start().waitFor() == 0, "bash is older than 5");
        } catch (IOException e) {
            assumeTrue(false, "there is no bash");
        }
    }

    /** What is offered for the last word of each request; {@code EMPTY} as the last word for none yet. */
    private List<List<String>> offered(List<String> requests) throws IOException, InterruptedException {
        StringWriter script = new StringWriter();
        assertEquals(0, Main.commandLine().setOut(new PrintWriter(script, true)).execute("completion"));
        Path file = Files.writeString(folder.resolve("completion.sh"), script.toString());
        Path asked = Files.write(folder.resolve("asked.txt"), requests.stream().map(request -> request.replace(' ', '|')).toList());
        Path answered = folder.resolve("answered.txt");
        Process bash = new ProcessBuilder("bash", "--norc", "-c", ASK, "bash", file.toString()).redirectErrorStream(true)
                .redirectInput(asked.toFile()).redirectOutput(answered.toFile()).start();
        assertTrue(bash.waitFor(1, TimeUnit.MINUTES), "bash hangs");
        String answer = Files.readString(answered, StandardCharsets.UTF_8);
        assertEquals(0, bash.exitValue(), answer);
        List<List<String>> offered = answer.lines().map(line -> List.of(line.strip().replace("\\", "").split(" +"))).toList();
        assertEquals(requests.size(), offered.size(), answer);
        return offered;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "equisphere train --similarity EMPTY | means confusion free",
        "equisphere train --optimizer EMPTY | sgd adamw",
        "equisphere train --recipe c | cifar100-paper cifar10lt-paper cifar100lt-paper",
        "equisphere train --prototypes ma | maxsep",
        "equisphere train --head dy | dynamic",
        "equisphere train --tensorb | --tensorboard",
        "equisphere bench --network resnet20 | resnet20 resnet20x2",
        "equisphere prototypes --objective EMPTY | uniformity separation",
        "equisphere ex | export"})
    void whatMayFollowIsOffered(String request, String expected) throws Exception {
        assertEquals(List.of(List.of(expected.split(" "))), offered(List.of(request)));
    }

    @Test
    void everyBackendIsOffered() throws Exception {
        List<String> known = Backends.report().stream().map(Backends.Status::name).toList();
        for (String command : new String[] {"info", "bench", "train", "evaluate", "demo"}) {
            assertEquals(List.of(known), offered(List.of("equisphere " + command + " --backend EMPTY")), command);
        }
    }

    /** Not those of another option, and as they are read: in lower case. */
    @Test
    void everyOptionOffersItsOwnValues() throws Exception {
        List<String> requests = new ArrayList<>();
        List<List<String>> expected = new ArrayList<>();
        for (Map.Entry<String, CommandLine> command : Main.commandLine().getSubcommands().entrySet()) {
            for (OptionSpec option : command.getValue().getCommandSpec().options()) {
                if (option.completionCandidates() != null) {
                    requests.add("equisphere " + command.getKey() + " " + option.longestName() + " EMPTY");
                    List<String> values = new ArrayList<>();
                    option.completionCandidates().forEach(value -> values.add(value.toLowerCase(Locale.ROOT)));
                    expected.add(values);
                }
            }
        }
        assertTrue(requests.size() > 12, "found only " + requests);
        List<List<String>> offered = offered(requests);
        for (int i = 0; i < requests.size(); i++) {
            assertEquals(expected.get(i), offered.get(i), requests.get(i));
        }
    }

    /** Whatever the case. */
    @ParameterizedTest
    @CsvSource({"train --optimizer, sgd", "train --similarity, free", "train --recipe, best",
        "prototypes --classes 5 --dim 3 --out p.npy --objective, separation"})
    void whatIsOfferedIsRead(String begun, String value) {
        for (String text : List.of(value, value.toUpperCase(Locale.ROOT))) {
            CommandLine.ParseResult read = Main.commandLine().parseArgs((begun + " " + text).split(" ")).subcommand();
            Enum<?> constant = read.matchedOption(begun.replaceFirst(".* ", "")).getValue();
            assertEquals(value.toUpperCase(Locale.ROOT), constant.name());
        }
    }
}

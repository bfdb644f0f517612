package org.equisphere.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What every command takes: how it tells its result. */
final class OutputOptions {

    /** ASCII alone: standard output is written in the locale's encoding, which may have no letter for a label's name. */
    private static final ObjectMapper JSON = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    @Option(names = "--json",
            description = "Print one JSON object on standard output, null for what is not defined; everything else goes to standard error.")
    private boolean json;

    @CommandLine.Spec(CommandLine.Spec.Target.MIXEE)
    private CommandLine.Model.CommandSpec command;

    /** An empty result. */
    ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** Tells the result: as JSON if asked for, else as the given lines. */
    void result(ObjectNode result, String lines) {
        try {
            command.commandLine().getOut().println(json ? JSON.writeValueAsString(defined(result)) : lines);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same with null in place of numbers that are not defined, which JSON has no word for. */
    private static JsonNode defined(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.fieldNames().forEachRemaining(name -> object.set(name, defined(object.get(name))));
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, defined(array.get(i)));
            }
        }
        return node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue()) ? NullNode.instance : node;
    }

    /** A line on the way to the result: on standard error under {@code --json}. */
    void line(String text) {
        writer().println(text);
        writer().flush();
    }

    /** Where lines on the way to the result go. */
    PrintWriter writer() {
        return json ? command.commandLine().getErr() : command.commandLine().getOut();
    }

    /** Whether a person watches a terminal. */
    boolean onTerminal() {
        return !json && System.console() != null;
    }

    /** A wrong value of an option whose candidates are known: exit code 2, and the nearest candidate is proposed. */
    CommandLine.ParameterException badUsage(String option, String value, String message) {
        return badUsage(message + Main.proposal(value, command.findOption(option).completionCandidates()));
    }

    /**
     * Refuses two options that name one file, which one of them would replace: the same by any path or link, whether it exists or not yet.
     *
     * @param file      null where the option was not given
     * @param otherFile null where the option was not given
     */
    void requireTwoFiles(String option, Path file, String other, Path otherFile) throws IOException {
        if (file != null && otherFile != null && isSame(file, otherFile)) {
            throw badUsage(option + " and " + other + " are both " + otherFile + ", expected two files");
        }
    }

    private static boolean isSame(Path file, Path other) throws IOException {
        return Files.exists(file) && Files.exists(other) ? Files.isSameFile(file, other) : place(file).equals(place(other));
    }

    /** Where a file is to be made, its folder's links followed. */
    private static Path place(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        return folder != null && Files.isDirectory(folder) && file.getFileName() != null
                ? folder.toRealPath().resolve(file.getFileName()).normalize() : file.toAbsolutePath().normalize();
    }

    /** A wrong argument: exit code 2. */
    CommandLine.ParameterException badUsage(String message) {
        return new CommandLine.ParameterException(command.commandLine(), message);
    }
}

package org.equisphere.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.equisphere.sphere.Objective;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.AssignmentSettings.Similarity;
import org.equisphere.train.HeadSettings.HeadKind;
import org.equisphere.train.HeadSettings.LossKind;
import org.equisphere.train.TrainingSettings.OptimizerKind;
import org.equisphere.data.reader.Spelling;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The entry point: {@code java -jar equisphere-cli.jar COMMAND}. */
@Command(name = "equisphere", mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
        description = "Hyperspherical classification with dynamic label-to-prototype assignment.",
        subcommands = {DemoCommand.class, PrototypesCommand.class, AssignCommand.class, TrainCommand.class, EvaluateCommand.class,
            PredictCommand.class, FamiliesCommand.class, InfoCommand.class, BenchCommand.class, ExportCommand.class, ImportCommand.class,
            CompletionCommand.class, CommandLine.HelpCommand.class},
        footer = {"", "Exit codes: 0 success, 1 failure, 2 bad usage.", "Start with:  equisphere demo"})
public final class Main implements Runnable {

    static final int FAILURE = 1;
    static final int BAD_USAGE = 2;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private Main() {
    }

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%4$s: %5$s%n");
        VectorModule.endWithParent();
        int code = VectorModule.missing() ? VectorModule.relaunch(List.of(args)).orElseGet(() -> run(args)) : run(args);
        System.exit(code);
    }

    /** Runs a command in this process; returns its exit code. */
    public static int run(String... args) {
        return commandLine().execute(args);
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new Main());
        for (Class<? extends Enum<?>> type : List.of(HeadKind.class, LossKind.class, Rule.class,
                Similarity.class, OptimizerKind.class, Objective.class, Recipe.class)) {
            register(commandLine, type);
        }
        commandLine.registerConverter(Path.class, text -> {
            if (text.isEmpty()) {
                throw new CommandLine.TypeConversionException("expected a file or folder, but was ''");
            }
            try {
                return Path.of(text);
            } catch (InvalidPathException e) {
                throw new CommandLine.TypeConversionException(Failures.describe(e));
            }
        });
        return commandLine
                .setUsageHelpAutoWidth(true)
                .setExecutionStrategy(Main::execute)
                .setParameterExceptionHandler(Main::badUsage)
                .setExecutionExceptionHandler(Main::failure);
    }

    /** Names of constants are read and told in lower case, with hyphens. */
    private static <E> void register(CommandLine commandLine, Class<E> type) {
        commandLine.registerConverter(type, text -> {
            Map<String, E> names = new LinkedHashMap<>();
            for (E constant : type.getEnumConstants()) {
                names.put(((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-'), constant);
            }
            E found = names.get(text.toLowerCase(Locale.ROOT));
            if (found == null) {
                throw new CommandLine.TypeConversionException("expected one of " + String.join(", ", names.keySet()) + ", but was '" + text + "'");
            }
            return found;
        });
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }

    private static int badUsage(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        boolean choice = e.getArgSpec() != null && e.getArgSpec().completionCandidates() != null && e.getValue() != null;
        err.println(e.getMessage() + (choice ? proposal(e.getValue(), e.getArgSpec().completionCandidates()) : ""));
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return BAD_USAGE;
    }

    /** " Did you mean ...?", or nothing where no known word is near. */
    static String proposal(String word, Iterable<String> known) {
        return Spelling.nearest(word, known).map(near -> "; did you mean '" + near.toLowerCase(Locale.ROOT) + "'?").orElse("");
    }

    /** Picocli lets errors through, a stack trace behind them; a want of memory has a sentence of its own. */
    private static int execute(CommandLine.ParseResult parsed) {
        int code;
        try {
            code = new CommandLine.RunLast().execute(parsed);
        } catch (OutOfMemoryError e) {
            throw new CommandLine.ExecutionException(parsed.commandSpec().commandLine(), e.getMessage(), e);
        }
        requirePrinted(parsed);
        return code;
    }

    /** A writer over standard output, a {@link java.io.PrintStream}, does not learn of what was lost there, as on a full disk or a closed pipe. */
    private static void requirePrinted(CommandLine.ParseResult parsed) {
        CommandLine last = parsed.asCommandLineList().get(parsed.asCommandLineList().size() - 1);
        if (last.getOut().checkError() || System.out.checkError()) {
            IOException lost = new IOException("the result was not printed: standard output cannot be written");
            throw new CommandLine.ExecutionException(last, lost.getMessage(), lost);
        }
    }

    private static int failure(Exception e, CommandLine command, CommandLine.ParseResult result) {
        command.getErr().println("equisphere: " + Failures.describe(e));
        return FAILURE;
    }

    /** The version of the jar this runs from. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"equisphere " + (version == null ? "(from classes)" : version)};
        }
    }
}

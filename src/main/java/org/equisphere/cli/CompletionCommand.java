package org.equisphere.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints a script by which bash and zsh complete this command line with the tab key. */
@Command(name = "completion", mixinStandardHelpOptions = true, description = "Print a script that lets bash and zsh complete commands and options.",
        footer = {"", "Example:", "  source <(equisphere completion)"})
final class CompletionCommand implements Runnable {

    @Mixin
    private OutputOptions output;

    @Override
    public void run() {
        String script = AutoComplete.bash("equisphere", Main.commandLine());
        output.result(output.object().put("script", script), script);
    }
}

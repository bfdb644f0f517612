package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What this machine offers, and why something is missing. */
@Command(name = "info", mixinStandardHelpOptions = true, description = "Show the JVM, the backends and why one is missing.",
        footer = {"", "Example:", "  equisphere info --json"})
final class InfoCommand implements Runnable {

    @Mixin
    private OutputOptions output;

    @Mixin
    private BackendOptions backends;

    @Override
    public void run() {
        ObjectNode result = output.object();
        String jvm = System.getProperty("java.vm.name") + " " + Runtime.version();
        StringBuilder lines = new StringBuilder("jvm      ").append(jvm);
        result.put("jvm", jvm);
        try (Backend backend = backends.open(output)) {
            result.put("backend", backend.name()).put("description", backend.description())
                    .put("lanes", backend.lanes()).put("threads", backend.threads());
            lines.append("\nbackend  ").append(backend.description());
        }
        ObjectNode reasons = result.putObject("reasons");
        boolean gpu = false;
        for (Backends.Status status : Backends.report()) {
            reasons.put(status.name(), status.reason());
            lines.append("\n  ").append(String.format(Locale.ROOT, "%-7s", status.name())).append(status.reason());
            gpu |= status.name().equals("cuda") && status.available();
        }
        result.put("gpu", gpu);
        output.result(result, lines.toString());
    }
}

package org.equisphere.cli;

import java.util.List;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import picocli.CommandLine.Option;

/** Where a command computes. */
final class BackendOptions {

    @Option(names = "--backend", paramLabel = "NAME", description = "cuda, vector or ejml; the best that can run here when left out.")
    private String name;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that compute; all processors when left out.")
    private Integer threads;

    /** Threads that compute. */
    int threads(OutputOptions output) {
        if (threads != null && threads < 1) {
            throw output.badUsage("--threads is " + threads + ", expected at least 1");
        }
        return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }

    /** Opens the backend asked for. */
    Backend open(OutputOptions output) {
        if (name == null) {
            return Backends.best(threads(output));
        }
        List<String> known = Backends.report().stream().map(Backends.Status::name).toList();
        if (!known.contains(name)) {
            throw output.badUsage("--backend is \"" + name + "\", expected one of " + String.join(", ", known) + Main.proposal(name, known));
        }
        return Backends.open(name, threads(output));
    }
}

package org.equisphere.cli;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BackendUnavailableException;
import org.equisphere.tensor.Backends;
import picocli.CommandLine.Option;

/** Where a command computes. */
final class BackendOptions {

    private static final int MOST_THREADS = 1024;

    @Option(names = "--backend", completionCandidates = KnownBackends.class, paramLabel = "BACKEND",
            description = "cuda, vector or ejml; the best that can run here when left out.")
    private String name;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that compute, at most " + MOST_THREADS + "; all processors when left out.")
    private Integer threads;

    /** Threads that compute. */
    int threads(OutputOptions output) {
        if (threads != null && (threads < 1 || threads > MOST_THREADS)) {
            throw output.badUsage("--threads is " + threads + ", expected 1.." + MOST_THREADS);
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
            throw output.badUsage("--backend", name, "--backend is \"" + name + "\", expected one of " + String.join(", ", known));
        }
        return Backends.open(name, threads(output));
    }

    /** What a command does with its backend. */
    @FunctionalInterface
    interface Work {
        /** Does it; may be called again with another backend when it fails for want of memory. */
        void on(Backend backend) throws IOException, InterruptedException;
    }

    /** Works on the backend asked for; where none was and a device's memory does not suffice, says so and works on the host. */
    void use(OutputOptions output, Work work) throws IOException, InterruptedException {
        boolean insisted = name != null || System.getProperty(Backends.FORCE) != null;
        use(() -> open(output), insisted, () -> Backends.host(threads(output)), work, output::line);
    }

    static void use(Supplier<Backend> first, boolean insisted, Supplier<Backend> host, Work work, Consumer<String> listener)
            throws IOException, InterruptedException {
        try (Backend backend = first.get()) {
            work.on(backend);
            return;
        } catch (BackendUnavailableException e) {
            if (insisted) {
                throw e;
            }
            listener.accept("going on without the device: " + e.getMessage());
        }
        try (Backend backend = host.get()) {
            work.on(backend);
        }
    }
}

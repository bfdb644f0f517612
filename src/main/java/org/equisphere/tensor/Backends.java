package org.equisphere.tensor;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * Picks a backend and says why.
 *
 * <p>The most preferred one that can run here is taken: CUDA, then the Vector API, then EJML. The system property
 * {@value #FORCE} names one to insist on instead.
 */
public final class Backends {

    /** System property that forces a backend by name. */
    public static final String FORCE = "equisphere.backend";

    private static final Logger LOG = System.getLogger(Backends.class.getName());
    /** The most preferred first. Found once: the search opens jars under locks, and a thread that predicts may want a backend at any time. */
    private static final List<BackendProvider> PROVIDERS = providers();

    private Backends() {
    }

    /**
     * What is known of one backend on this machine.
     *
     * @param name      its name
     * @param available whether it can run
     * @param reason    why not, or "available"
     */
    public record Status(String name, boolean available, String reason) {
    }

    /** The status of every backend known, the most preferred first. */
    public static List<Status> report() {
        List<Status> report = new ArrayList<>();
        for (BackendProvider provider : PROVIDERS) {
            Optional<String> obstacle = provider.unavailable();
            report.add(new Status(provider.name(), obstacle.isEmpty(), obstacle.orElse("available")));
        }
        return report;
    }

    /** The best backend, on as many threads as there are processors. */
    public static Backend best() {
        return best(Runtime.getRuntime().availableProcessors());
    }

    /**
     * The best backend that can run here, or the one forced by {@value #FORCE}; logs the choice and its reason in one line.
     *
     * @param threads at least 1
     * @throws IllegalArgumentException    for an unknown forced name
     * @throws BackendUnavailableException when a forced backend cannot run
     */
    public static Backend best(int threads) {
        String forced = System.getProperty(FORCE);
        if (forced != null && !forced.isBlank()) {
            Backend backend = open(forced, threads);
            LOG.log(Level.INFO, "backend {0}; forced by {1}", backend.description(), FORCE);
            return backend;
        }
        return choose(PROVIDERS, threads, Level.INFO);
    }

    /**
     * The best backend that computes in this process's own memory, or the one of those that is forced by {@value #FORCE}: what embedded
     * prediction uses, one a calling thread.
     *
     * @param threads at least 1
     * @throws BackendUnavailableException when a forced backend cannot run
     */
    public static Backend host(int threads) {
        List<BackendProvider> host = PROVIDERS.stream().filter(BackendProvider::onHost).toList();
        List<BackendProvider> forced = host.stream().filter(provider -> provider.name().equals(System.getProperty(FORCE))).toList();
        return choose(forced.isEmpty() ? host : forced, threads, Level.DEBUG);
    }

    private static Backend choose(List<BackendProvider> providers, int threads, Level level) {
        StringBuilder passedOver = new StringBuilder();
        for (BackendProvider provider : providers) {
            Optional<String> obstacle = provider.unavailable();
            if (obstacle.isEmpty()) {
                try {
                    Backend backend = provider.open(threads);
                    LOG.log(level, "backend {0}{1}", backend.description(), passedOver);
                    return backend;
                } catch (BackendUnavailableException e) {
                    obstacle = Optional.of(e.getMessage());
                }
            }
            passedOver.append("; not ").append(provider.name()).append(": ").append(obstacle.get());
        }
        throw new BackendUnavailableException("no backend can run here" + passedOver);
    }

    /**
     * Opens a backend by name.
     *
     * @throws IllegalArgumentException    for an unknown name
     * @throws BackendUnavailableException when it cannot run here, with the reason
     */
    public static Backend open(String name, int threads) {
        for (BackendProvider provider : PROVIDERS) {
            if (provider.name().equals(name)) {
                Optional<String> obstacle = provider.unavailable();
                if (obstacle.isPresent()) {
                    throw new BackendUnavailableException("backend " + name + " cannot run here: " + obstacle.get());
                }
                return provider.open(threads);
            }
        }
        throw new IllegalArgumentException("unknown backend \"" + name + "\", expected one of "
                + PROVIDERS.stream().map(BackendProvider::name).collect(Collectors.joining(", ")));
    }

    private static List<BackendProvider> providers() {
        List<BackendProvider> found = new ArrayList<>();
        var loader = ServiceLoader.load(BackendProvider.class, BackendProvider.class.getClassLoader()).iterator();
        while (true) {
            try {
                if (!loader.hasNext()) {
                    break;
                }
                found.add(loader.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                LOG.log(Level.DEBUG, "a backend provider does not load", e);
            }
        }
        found.sort(Comparator.comparingInt(BackendProvider::preference).reversed());
        return found;
    }
}

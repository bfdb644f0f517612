package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class BackendsTest {

    private final String forced = System.getProperty(Backends.FORCE);

    @AfterEach
    void restore() {
        if (forced == null) {
            System.clearProperty(Backends.FORCE);
        } else {
            System.setProperty(Backends.FORCE, forced);
        }
    }

    @Test
    void reportsEveryBackendAndWhyNot() {
        List<Backends.Status> report = Backends.report();
        Backends.Status last = report.get(report.size() - 1);
        assertEquals(new Backends.Status("ejml", true, "available"), last);
        for (Backends.Status status : report) {
            assertFalse(status.reason().isBlank(), status::name);
            assertEquals(status.available(), status.reason().equals("available"), status::toString);
        }
    }

    @Test
    void theBestIsTheFirstThatCanRun() {
        System.clearProperty(Backends.FORCE);
        try (Backend best = Backends.best(2)) {
            String first = Backends.report().stream().filter(Backends.Status::available).findFirst().orElseThrow().name();
            assertEquals(first, best.name());
        }
    }

    @Test
    void aPropertyForcesABackend() {
        System.setProperty(Backends.FORCE, "ejml");
        try (Backend backend = Backends.best(3)) {
            assertEquals("ejml", backend.name());
            assertEquals(3, backend.threads());
            assertEquals("ejml: plain Java on 3 threads", backend.description());
        }
        System.setProperty(Backends.FORCE, " ");
        Backends.best(1).close();
    }

    /** What predicts is forced, too, unless by a device's name. */
    @Test
    void aPropertyForcesTheHostsBackend() {
        System.clearProperty(Backends.FORCE);
        String best = nameOfHost();
        for (Backends.Status status : Backends.report()) {
            System.setProperty(Backends.FORCE, status.name());
            if (status.name().equals("cuda")) {
                assertEquals(best, nameOfHost());
            } else if (status.available()) {
                assertEquals(status.name(), nameOfHost());
            } else {
                assertThrows(BackendUnavailableException.class, BackendsTest::nameOfHost);
            }
        }
    }

    private static String nameOfHost() {
        try (Backend backend = Backends.host(1)) {
            return backend.name();
        }
    }

    @Test
    void theChoiceIsLoggedInOneLine() {
        System.clearProperty(Backends.FORCE);
        String best = Backends.report().stream().filter(Backends.Status::available).findFirst().orElseThrow().name();
        List<String> lines = logged(() -> Backends.best(1).close());
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.get(0).startsWith("INFO backend " + best), lines::toString);
        System.setProperty(Backends.FORCE, "ejml");
        assertEquals(List.of("INFO backend ejml: plain Java on 1 thread; forced by equisphere.backend"), logged(() -> Backends.best(1).close()));
    }

    /** What is logged of backends meanwhile. */
    private static List<String> logged(Runnable work) {
        List<String> lines = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getLevel() + " " + new SimpleFormatter().formatMessage(line));
            }

            @Override
            public void flush() {
            }

            @Override
            public void close() {
            }
        };
        Logger logger = Logger.getLogger(Backends.class.getName());
        logger.addHandler(handler);
        try {
            work.run();
        } finally {
            logger.removeHandler(handler);
        }
        return lines;
    }

    @Test
    void anUnknownNameIsRefusedWithTheKnownOnes() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> Backends.open("abacus", 1));
        assertTrue(refused.getMessage().contains("abacus") && refused.getMessage().contains("ejml"), refused::getMessage);
        System.setProperty(Backends.FORCE, "abacus");
        assertThrows(IllegalArgumentException.class, () -> Backends.best(1));
    }

    @Test
    void aBackendThatCannotRunIsRefusedWithTheReason() {
        for (Backends.Status status : Backends.report()) {
            if (!status.available()) {
                BackendUnavailableException refused =
                        assertThrows(BackendUnavailableException.class, () -> Backends.open(status.name(), 1));
                assertTrue(refused.getMessage().contains(status.reason()), refused::getMessage);
            }
        }
    }

    @Test
    void threadsAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> Backends.open("ejml", 0));
    }
}

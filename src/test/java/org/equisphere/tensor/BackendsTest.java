package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
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

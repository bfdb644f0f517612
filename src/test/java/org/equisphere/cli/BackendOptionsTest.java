package org.equisphere.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BackendUnavailableException;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.Test;

/** Where a device's memory does not suffice, work goes on on the host, unless the device was insisted on. */
final class BackendOptionsTest {

    private static void use(boolean insisted, List<String> seen) throws Exception {
        BackendOptions.use(() -> Backends.open("ejml", 1), insisted, () -> Backends.open("ejml", 2), backend -> {
            seen.add("on " + backend.threads());
            if (backend.threads() == 1) {
                throw new BackendUnavailableException("allocating 9 bytes: out of memory");
            }
        }, seen::add);
    }

    @Test
    void wantOfMemoryIsToldAndTheHostServes() throws Exception {
        List<String> seen = new ArrayList<>();
        use(false, seen);
        assertEquals(List.of("on 1", "going on without the device: allocating 9 bytes: out of memory", "on 2"), seen);
    }

    @Test
    void whatWasInsistedOnFails() {
        List<String> seen = new ArrayList<>();
        assertThrows(BackendUnavailableException.class, () -> use(true, seen));
        assertEquals(List.of("on 1"), seen);
    }

    @Test
    void enoughMemoryNeedsNoOther() throws Exception {
        List<String> seen = new ArrayList<>();
        BackendOptions.use(() -> Backends.open("ejml", 2), false, () -> {
            throw new AssertionError("the host is not needed");
        }, (Backend backend) -> seen.add("on " + backend.threads()), seen::add);
        assertEquals(List.of("on 2"), seen);
    }
}

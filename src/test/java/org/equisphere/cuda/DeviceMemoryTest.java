package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is given back where memory is short, on a device of a million bytes that holds nothing. */
class DeviceMemoryTest {

    private static final long CAPACITY = 1_000_000;

    private final Map<Long, Long> taken = new HashMap<>();
    private final DeviceMemory memory = new DeviceMemory(launcher());
    private long next = 1;

    private KernelLauncher launcher() {
        return (KernelLauncher) Proxy.newProxyInstance(KernelLauncher.class.getClassLoader(), new Class<?>[] {KernelLauncher.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "allocate" -> allocate((long) arguments[0]);
                    case "free" -> taken.remove((long) arguments[0]);
                    default -> null;
                });
    }

    private long allocate(long bytes) {
        if (taken.values().stream().mapToLong(Long::longValue).sum() + bytes > CAPACITY) {
            throw new OutOfDeviceMemoryException(bytes + " bytes");
        }
        taken.put(next, bytes);
        return next++;
    }

    /** The collector tells of hundreds of small ones, too, and of each by itself. */
    @Test
    void whatNothingRefersToIsGivenBackBeforeMemoryIsShort() {
        for (int run = 0; run < 30; run++) {
            memory.lease(new Object(), 800_000);
            for (int i = 0; i < 300; i++) {
                memory.lease(new Object(), 4);
            }
            Object owner = new Object();
            memory.lease(owner, 900_000);
            assertTrue(taken.containsValue(900_000L), owner.toString());
        }
    }

    @Test
    void whatIsReferredToStays() {
        Object owner = new Object();
        memory.lease(owner, 800_000);
        assertThrows(OutOfDeviceMemoryException.class, () -> memory.lease(new Object(), 900_000));
        assertEquals(1, taken.size(), owner.toString());
    }
}

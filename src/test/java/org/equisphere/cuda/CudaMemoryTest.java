package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** A backend takes memory once, gives back what nobody can reach, and leaves nothing behind. */
final class CudaMemoryTest {

    @Test
    void closingFreesEverythingAndClosingTwiceIsFine() {
        HostLauncher launcher = EmulatedCuda.launcher(0);
        CudaBackend backend = new CudaBackend(launcher, CudaSettings.standard());
        Tensor w = backend.tensor(7, 3);
        w.set(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1, -1, 0, 0, 0, -1, 0, 0, 0, -1, 0.6f, 0.8f, 0});
        backend.labels(5);
        assertTrue(Double.isFinite(backend.gaussianPotential(w, 2, backend.tensor(7, 3))));
        assertTrue(launcher.allocations() >= 4);
        backend.close();
        backend.close();
        assertEquals(0, launcher.allocations());
    }

    @Test
    void aWarmOperationTakesNoMore() {
        HostLauncher launcher = EmulatedCuda.launcher(0);
        try (CudaBackend backend = new CudaBackend(launcher, CudaSettings.standard())) {
            Tensor x = backend.tensor(300, 5);
            Tensor bias = backend.tensor(5);
            backend.addBiasBackward(x, false, x, bias);
            int before = launcher.allocations();
            backend.addBiasBackward(x, false, x, bias);
            assertEquals(before, launcher.allocations());
        }
    }

    @Test
    void whatNobodyReachesIsGivenBackWhenMemoryIsShort() {
        HostLauncher launcher = EmulatedCuda.launcher(0);
        try (CudaBackend backend = new CudaBackend(launcher, CudaSettings.standard())) {
            Tensor kept = backend.tensor(new float[] {1, 2}, 2);
            for (int i = 0; i < HostLauncher.MOST_ALLOCATIONS + 100; i++) {
                backend.tensor(1);
            }
            assertTrue(launcher.allocations() < HostLauncher.MOST_ALLOCATIONS);
            assertArrayEquals(new float[] {1, 2}, kept.toArray());
        }
    }

    /** Beyond that, places past the end of a tensor are no ints. */
    @Test
    void whatKernelsCannotCountIsRefused() {
        HostLauncher launcher = EmulatedCuda.launcher(0);
        try (CudaBackend backend = new CudaBackend(launcher, CudaSettings.standard())) {
            launcher.refuseAbove(1 << 20);
            int most = Integer.MAX_VALUE - (1 << 20);
            assertThrows(OutOfDeviceMemoryException.class, () -> backend.tensor(most));
            IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> backend.tensor(most + 1));
            assertTrue(refusal.getMessage().contains((most + 1) + " numbers, expected at most " + most), refusal.getMessage());
            assertThrows(IllegalArgumentException.class, () -> backend.labels(Integer.MAX_VALUE));
        }
    }

    @Test
    void scratchThatGrowsLeavesTheOldInPlace() {
        HostLauncher launcher = EmulatedCuda.launcher(0);
        DeviceMemory memory = new DeviceMemory(launcher);
        long first = memory.scratch(100);
        assertEquals(first, memory.scratch(50));
        long second = memory.scratch(1000);
        assertTrue(first != second);
        assertEquals(2, launcher.allocations());
        launcher.close();
    }

    @Test
    void scratchThatCannotDoubleGrowsToWhatIsAskedFor() {
        HostLauncher launcher = EmulatedCuda.launcher(0);
        DeviceMemory memory = new DeviceMemory(launcher);
        long first = memory.scratch(1000);
        launcher.refuseAbove(1500);
        long second = memory.scratch(1400);
        assertTrue(first != second);
        assertEquals(second, memory.scratch(1400));
        assertThrows(OutOfDeviceMemoryException.class, () -> memory.scratch(1501));
        assertEquals(second, memory.scratch(1400));
        assertEquals(2, launcher.allocations());
        launcher.close();
    }
}

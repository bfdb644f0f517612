package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A copy of the register tiles is made for a step that much work is done with, and for no other. */
final class RowKernelsTest {

    private static final long MUCH = 1L << 40;

    @Test
    void aStepGetsACopyOnceItHasWorked() {
        Assumptions.assumeTrue(new VectorBackendProvider().unavailable().isEmpty(), "there is no Vector API here");
        RowKernels kernels = new RowKernels();
        assertFalse(kernels.of(48, MUCH).getClass().isHidden());
        RowKernel copy = kernels.of(48, MUCH);
        assertTrue(copy.getClass().isHidden());
        assertSame(copy, kernels.of(48, MUCH));
        assertNotSame(copy, kernels.of(32, MUCH));
        kernels.of(16, 1);
        assertFalse(kernels.of(16, 1).getClass().isHidden());
    }

    /** Where no tap reaches, as in three of four phases of a 1 x 1 convolution with stride 2. */
    @Test
    void stepNothingGetsNone() {
        Assumptions.assumeTrue(new VectorBackendProvider().unavailable().isEmpty(), "there is no Vector API here");
        RowKernels kernels = new RowKernels();
        kernels.of(0, MUCH);
        assertFalse(kernels.of(0, MUCH).getClass().isHidden());
    }
}

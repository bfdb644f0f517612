package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A copy of the register tiles is made for a step that much work is done with, and for no other. */
final class RowKernelsTest {

    private static final long MUCH = 1L << 40;
    private static final int STEP = 48;

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

    @Test
    void aCopyHasTheBitsOfTheClass() {
        Assumptions.assumeTrue(new VectorBackendProvider().unavailable().isEmpty(), "there is no Vector API here");
        RowKernels kernels = new RowKernels();
        RowKernel any = kernels.of(STEP, MUCH);
        RowKernel copy = kernels.of(STEP, MUCH);
        assertTrue(copy.getClass().isHidden());
        Samples samples = new Samples(3);
        float[] x = samples.normal(16 * STEP);
        float[] y = samples.normal(16 * STEP);
        for (Tile tile : Tile.values()) {
            for (int count : new int[] {1, 2, 7, 15}) {
                float[] expected = samples.normal(tile.rows * tile.columns);
                float[] found = expected.clone();
                tile.rows(any, x, 0, STEP, count, y, 0, expected, 0, tile.columns, expected, 0, tile.columns);
                tile.rows(copy, x, 0, STEP, count, y, 0, found, 0, tile.columns, found, 0, tile.columns);
                assertArrayEquals(expected, found, tile + ", rows of " + count);
                tile.outer(any, x, 1, STEP, count, y, 2, STEP, expected, 0, tile.columns);
                tile.outer(copy, x, 1, STEP, count, y, 2, STEP, found, 0, tile.columns);
                assertArrayEquals(expected, found, tile + ", " + count + " rows");
            }
        }
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

package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Strips cover a matrix once, with blocks enough and not too many. */
final class StripsTest {

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void aMatrixIsCoveredOnce() {
        Strips strips = new Strips();
        for (int i = 0; i < 10_000; i++) {
            int rows = (int) Math.pow(2, 31 * random.nextDouble());
            int columns = (int) Math.pow(2, 31 * random.nextDouble());
            strips.each(rows, columns, 1 + random.nextInt(8));
            assertCovered(strips, 256, rows, columns);
            strips.sums(rows, columns);
            assertCovered(strips, 512, rows, columns);
            long most = strips.chunk == 1 << 30 ? 2L * strips.groups : 256L + strips.groups;
            assertTrue((long) strips.groups * strips.splits <= most, () -> rows + " x " + columns + " [seed " + seed + "]");
        }
    }

    private void assertCovered(Strips strips, int threads, int rows, int columns) {
        String what = rows + " x " + columns + " [seed " + seed + "]";
        assertEquals(threads, strips.blockX * strips.blockY, what);
        assertEquals(0, strips.chunk % strips.blockY, what);
        assertEquals(Launch.blocks(rows, strips.chunk), strips.splits, what);
        assertEquals(Launch.blocks(columns, 4L * strips.blockX), strips.groups, what);
    }

    @Test
    void aStageOfASmallNetworkFillsACard() {
        Strips strips = new Strips();
        for (int stage = 0; stage < 3; stage++) {
            strips.sums(128 * (32 >> stage) * (32 >> stage), 16 << stage);
            assertEquals(128, strips.groups * strips.splits, "stage " + stage);
        }
    }
}

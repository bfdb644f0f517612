package org.equisphere.assignment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ClassDirectionsTest {

    @Test
    void unseenDirectionsAreSeededUnitVectors() {
        ClassDirections z = new ClassDirections(5, 7, 0.9, 3);
        double[] all = z.directions();
        for (int c = 0; c < 5; c++) {
            double squared = 0;
            for (int k = 0; k < 7; k++) {
                squared += all[c * 7 + k] * all[c * 7 + k];
            }
            assertEquals(1, squared, 1e-14);
            assertFalse(z.seen(c));
        }
        assertArrayEquals(all, new ClassDirections(5, 7, 0.9, 3).directions());
        assertFalse(java.util.Arrays.equals(all, new ClassDirections(5, 7, 0.9, 4).directions()));
    }

    @Test
    void aHandWorkedUpdate() {
        ClassDirections z = new ClassDirections(2, 2, 0.9, 1);
        double[] before = z.directions();
        // Lengths 5 and 2: the mean of (0.6, 0.8) and (0, 1) points along (0.3, 0.9).
        assertEquals(0, z.update(new float[] {3, 4, 0, 2}, new int[] {1, 1}, 2));
        double root = Math.sqrt(10);
        assertArrayEquals(new double[] {before[0], before[1], 1 / root, 3 / root}, z.directions(), 1e-15);
        assertTrue(z.seen(1) && !z.seen(0));
        z.update(new float[] {7, 0}, new int[] {1}, 1);
        double x = 0.9 / root + 0.1;
        double y = 2.7 / root;
        double length = Math.hypot(x, y);
        assertArrayEquals(new double[] {before[0], before[1], x / length, y / length}, z.directions(), 1e-15);
    }

    @Test
    void zeroFeaturesAreSkippedAndCounted() {
        ClassDirections z = new ClassDirections(2, 2, 0.9, 1);
        double[] before = z.directions();
        assertEquals(2, z.update(new float[] {0, 0, 1, 0, 0, 0}, new int[] {0, 1, 1}, 3));
        assertEquals(2, z.zeroFeatures());
        assertFalse(z.seen(0));
        assertArrayEquals(new double[] {before[0], before[1], 1, 0}, z.directions());
    }

    @Test
    void featuresThatCancelLeaveTheDirection() {
        ClassDirections z = new ClassDirections(1, 2, 0.5, 1);
        z.update(new float[] {1, 0}, new int[] {0}, 1);
        z.update(new float[] {0, 3, 0, -5}, new int[] {0, 0}, 2);
        assertArrayEquals(new double[] {1, 0}, z.directions());
        z.update(new float[] {-1, 0}, new int[] {0}, 1);
        assertArrayEquals(new double[] {1, 0}, z.directions());
    }

    @Test
    void extremeFloatsAreNormalised() {
        ClassDirections z = new ClassDirections(1, 2, 0.9, 1);
        z.update(new float[] {Float.MAX_VALUE, Float.MAX_VALUE, Float.MIN_VALUE, Float.MIN_VALUE}, new int[2], 2);
        assertArrayEquals(new double[] {Math.sqrt(0.5), Math.sqrt(0.5)}, z.directions(), 1e-15);
    }

    @Test
    void badBatchesAreRefusedAndChangeNothing() {
        ClassDirections z = new ClassDirections(3, 2, 0.9, 1);
        double[] before = z.directions();
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
                    () -> z.update(new float[] {1, 0, 0, bad}, new int[] {0, 2}, 2));
            assertTrue(refused.getMessage().contains("row 1 of class 2"), refused.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> z.update(new float[2], new int[] {3}, 1));
        assertThrows(IllegalArgumentException.class, () -> z.update(new float[2], new int[] {-1}, 1));
        assertThrows(IllegalArgumentException.class, () -> z.update(new float[3], new int[] {0, 0}, 2));
        assertThrows(IllegalArgumentException.class, () -> z.update(new float[4], new int[] {0}, 2));
        assertArrayEquals(before, z.directions());
        assertThrows(IllegalArgumentException.class, () -> new ClassDirections(0, 2, 0.9, 1));
        assertThrows(IllegalArgumentException.class, () -> new ClassDirections(2, 0, 0.9, 1));
        assertThrows(IllegalArgumentException.class, () -> new ClassDirections(2, 2, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new ClassDirections(2, 2, Double.NaN, 1));
    }

    @Test
    void aRestoredStateGoesOnBitForBit() {
        ClassDirections z = new ClassDirections(3, 2, 0.9, 1);
        z.update(new float[] {1, 2, 0, 0}, new int[] {0, 1}, 2);
        ClassDirections.State saved = z.state();
        ClassDirections again = new ClassDirections(3, 2, 0.9, 99);
        again.restore(saved);
        z.update(new float[] {5, 1, 3, 3}, new int[] {0, 1}, 2);
        again.update(new float[] {5, 1, 3, 3}, new int[] {0, 1}, 2);
        assertArrayEquals(z.directions(), again.directions());
        assertEquals(1, again.zeroFeatures());
        assertThrows(IllegalArgumentException.class, () -> new ClassDirections(2, 3, 0.9, 1).restore(saved));
        assertThrows(IllegalArgumentException.class,
                () -> again.restore(new ClassDirections.State(new double[6], new boolean[3], 0)));
    }
}

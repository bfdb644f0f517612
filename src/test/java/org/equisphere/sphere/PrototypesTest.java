package org.equisphere.sphere;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PrototypesTest {

    @Test
    void rowsAreNormalized() {
        Prototypes p = Prototypes.of(new double[] {3, 4, 0, -1e-300, 1e300, 1e300}, 3, 2);
        assertEquals(0.6, p.get(0, 0), 1e-16);
        assertEquals(0.8, p.get(0, 1), 1e-16);
        assertArrayEquals(new double[] {0, -1}, p.row(1));
        assertEquals(Math.sqrt(0.5), p.get(2, 1), 1e-15);
    }

    @Test
    void normalizingTwiceChangesNothing() {
        for (int d : new int[] {1, 2, 3, 5, 17, 100, 512, 4096}) {
            Prototypes once = RandomRows.prototypes(200, d, d);
            assertArrayEquals(once.toArray(), Prototypes.of(once.toArray(), 200, d).toArray(), "d = " + d);
        }
    }

    @Test
    void callersArraysAreNotShared() {
        double[] rows = {1, 0, 0, 1};
        Prototypes p = Prototypes.of(rows, 2, 2);
        rows[0] = 7;
        p.toArray()[0] = 7;
        p.row(0)[0] = 7;
        assertEquals(1, p.get(0, 0));
        assertArrayEquals(new float[] {1, 0, 0, 1}, p.toFloats());
    }

    @Test
    void badRowsAreNamed() {
        assertMessage("row 1, column 0 is NaN", () -> Prototypes.of(new double[] {1, 0, Double.NaN, 0}, 2, 2));
        assertMessage("row 0, column 1 is Infinity", () -> Prototypes.of(new double[] {1, Double.POSITIVE_INFINITY}, 1, 2));
        assertMessage("row 2 is zero", () -> Prototypes.of(new double[] {1, 0, 0, 1, 0, 0}, 3, 2));
        assertMessage("length 5", () -> Prototypes.of(new double[5], 3, 2));
        assertMessage("n: 0", () -> Prototypes.of(new double[0], 0, 2));
        assertMessage("d: 0", () -> Prototypes.of(new double[0], 2, 0));
        assertMessage("n*d", () -> Prototypes.of(new double[0], 1 << 20, 1 << 20));
    }

    static void assertMessage(String part, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}

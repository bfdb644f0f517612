package org.equisphere.sphere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EquiangularVectorsTest {

    /** Equiangular lines whose bound is known (Lemmens and Seidel 1973); in the plane n lines meet at 180 / n degrees. */
    @ParameterizedTest
    @CsvSource({"3, 2, 0.5", "5, 2, 0.8090169943749475", "6, 3, 0.4472135954999579", "4, 3, 0.3333333333333333", "6, 5, 0.2"})
    void reachesTheKnownBound(int n, int d, double bound) {
        double best = 1;
        for (int seed = 0; seed < 3; seed++) {
            best = Math.min(best, EquiangularVectors.largestAbsoluteCosine(EquiangularVectors.of(n, d, seed)));
        }
        assertEquals(bound, best, 1e-4);
    }

    @Test
    void noMoreThanDAreOrthonormal() {
        assertEquals(0, EquiangularVectors.largestAbsoluteCosine(EquiangularVectors.of(7, 9, 1)), 1e-12);
    }

    @Test
    void aHundredInTenDimensionsRepeat() {
        Prototypes w = EquiangularVectors.of(100, 10, 1);
        double bound = EquiangularVectors.largestAbsoluteCosine(w);
        double welch = Math.sqrt(90.0 / (10 * 99));
        assertTrue(bound >= welch && bound < 0.48, "largest |cos| " + bound + ", Welch bound " + welch);
        assertEquals(w, EquiangularVectors.of(100, 10, 1));
        assertNotEquals(w, EquiangularVectors.of(100, 10, 2));
    }
}

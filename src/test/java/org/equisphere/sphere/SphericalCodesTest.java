package org.equisphere.sphere;

import static org.equisphere.sphere.PrototypesTest.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SphericalCodesTest {

    @ParameterizedTest
    @CsvSource({"2,1", "2,7", "3,2", "5,4", "5,11", "101,100"})
    void simplexHasEveryCosineTheSame(int n, int d) {
        Prototypes w = SphericalCodes.simplex(n, d);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                assertEquals(-1.0 / (n - 1), SphereVectors.dot(w.row(i), w.row(j)), 2e-15);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"5,3", "6,3", "100,84", "100,50", "75,64", "200,101"})
    void orthogonalSimplicesNeverLeanTogether(int n, int d) {
        Prototypes w = SphericalCodes.orthogonalSimplices(n, d);
        assertEquals(0, Separation.of(w).largestCosine());
        if (n == 2 * d) {
            double[] crossPolytope = new double[n * d];
            for (int i = 0; i < n; i++) {
                crossPolytope[i * d + i / 2] = i % 2 == 0 ? 1 : -1;
            }
            assertEquals(Separation.of(Prototypes.of(crossPolytope, n, d)).uniformity(), Separation.of(w).uniformity(), 1e-14);
        }
    }

    @Test
    void polygonIsRegular() {
        assertEquals(Math.cos(2 * Math.PI / 7), Separation.of(SphericalCodes.polygon(7)).largestCosine(), 1e-15);
    }

    /** Each reaches the bound on the largest cosine, which with the number of points says that none is missing or there twice. */
    @ParameterizedTest
    @CsvSource({"240,8", "56,7", "27,6", "16,5", "891,22", "552,23", "275,22", "162,21", "112,21"})
    void latticeCodesReachTheBound(int n, int d) {
        for (Objective objective : Objective.values()) {
            PrototypeOptimizer.Result result = new PrototypeOptimizer(n, d).objective(objective).seed(3).optimize();
            assertTrue(result.closedForm());
            assertEquals(n, result.prototypes().count());
            assertEquals(SeparationBounds.largestCosine(n, d), Separation.of(result.prototypes()).largestCosine(), 2e-15);
        }
    }

    @Test
    void leechLatticeHas196560MinimalVectors() {
        Prototypes leech = SphericalCodes.known(196560, 24).orElseThrow();
        int[] counts = new int[5];
        double[] first = leech.row(0);
        for (int i = 0; i < leech.count(); i++) {
            double quarters = 4 * SphereVectors.dot(first, leech.row(i));
            assertEquals(Math.rint(quarters), quarters, 1e-13);
            counts[(int) Math.abs(Math.rint(quarters))]++;
        }
        // Itself and its opposite, 4600 at each of 60 and 120 degrees, 47104 at each cosine +-1/4, 93150 at right angles.
        assertArrayEquals(new int[] {93150, 2 * 47104, 2 * 4600, 0, 2}, counts);
        assertEquals(4600, SphericalCodes.known(4600, 23).orElseThrow().count());
    }

    @Test
    void rotationKeepsCosines() {
        Prototypes w = RandomRows.prototypes(30, 9, 4);
        Prototypes turned = SphericalCodes.rotated(w, 5);
        for (int i = 0; i < 30; i++) {
            for (int j = 0; j < 30; j++) {
                assertEquals(SphereVectors.dot(w.row(i), w.row(j)), SphereVectors.dot(turned.row(i), turned.row(j)), 2e-15);
            }
        }
        assertTrue(Math.abs(SphereVectors.dot(w.row(0), turned.row(0))) < 0.999);
    }

    @Test
    void whatIsKnownDependsOnTheObjective() {
        assertTrue(SphericalCodes.known(100, 84).isPresent());
        assertTrue(SphericalCodes.known(100, 84, Objective.UNIFORMITY).isEmpty());
        assertTrue(SphericalCodes.known(100, 50, Objective.UNIFORMITY).isPresent());
        assertTrue(SphericalCodes.known(100, 49).isEmpty());
        assertTrue(SphericalCodes.known(100, 2).isPresent());
        assertMessage("n: 5", () -> SphericalCodes.simplex(5, 3));
        assertMessage("n: 4", () -> SphericalCodes.orthogonalSimplices(4, 3));
        assertMessage("d: 0", () -> SphericalCodes.known(4, 0));
    }
}

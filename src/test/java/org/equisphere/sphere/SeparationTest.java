package org.equisphere.sphere;

import static org.equisphere.sphere.PrototypesTest.assertMessage;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeparationTest {

    @ParameterizedTest
    @CsvSource({"2,2", "5,1", "97,3", "200,21"})
    void measuresAgreeWithTheirDefinitions(int n, int d) {
        Prototypes w = RandomRows.prototypes(n, d, 8);
        double[] largest = new double[n];
        Arrays.fill(largest, -1);
        double angles = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                if (i != j) {
                    double cosine = Math.max(-1, Math.min(1, SphereVectors.dot(w.row(i), w.row(j))));
                    largest[i] = Math.max(largest[i], cosine);
                    angles += Math.toDegrees(Math.acos(cosine));
                }
            }
        }
        Separation s = Separation.of(w, 2, 37);
        assertEquals(Arrays.stream(largest).max().orElseThrow(), s.largestCosine(), 1e-15);
        assertEquals(Arrays.stream(largest).average().orElseThrow(), s.meanLargestCosine(), 1e-14);
        assertEquals(angles / n / (n - 1), s.meanAngleDegrees(), 1e-9);
        assertEquals(Math.toDegrees(Math.acos(s.largestCosine())), s.smallestAngleDegrees(), 1e-9);
        assertEquals(new GaussianPotential(2).value(w), s.uniformity());
        assertEquals(37, s.histogram().length);
        assertEquals(n * (n - 1L) / 2, Arrays.stream(s.histogram()).sum());
    }

    @Test
    void histogramCountsAngles() {
        long[] bins = Separation.of(SphericalCodes.orthogonalSimplices(6, 3), 2, 9).histogram();
        assertEquals(12, bins[4]);
        assertEquals(3, bins[8]);
    }

    @Test
    void aSinglePrototypeHasNoPairs() {
        assertTrue(Double.isNaN(Separation.of(RandomRows.prototypes(1, 3, 1)).largestCosine()));
        assertMessage("bins: 0", () -> Separation.of(RandomRows.prototypes(3, 3, 1), 2, 0));
    }

    /** Values of known codes that meet the bound, and of a published table of the bound. */
    @ParameterizedTest
    @CsvSource({"10,3,0.3582575694", "12,3,0.4472135955", "24,3,0.7102615884", "100,3,0.9274843742", "1000,3,0.9926680578", "120,4,0.8072637003",
        "240,8,0.5", "100,10,0.2784463463", "1000,32,0.1697479343", "196560,24,0.5", "275,22,0.1666666667",
        "7,2,0.6234898019", "4,3,-0.3333333333", "6,3,0"})
    void boundsOnTheLargestCosine(int n, int d, double bound) {
        assertEquals(bound, SeparationBounds.largestCosine(n, d), 2e-10);
    }

    @ParameterizedTest
    @CsvSource({"2,-1.57502720448", "3,-2.07977706059", "10,-3.24650420678", "64,-3.87523558968"})
    void uniformMeasure(int d, double loss) {
        assertEquals(loss, SeparationBounds.uniformMeasure(d, 2), 1e-11);
    }

    @Test
    void boundsHoldInTheHighestDimensions() {
        assertEquals(-1, SeparationBounds.rankin(2, Integer.MAX_VALUE));
        assertEquals(-0.5, SeparationBounds.largestCosine(3, Integer.MAX_VALUE));
    }

    @Test
    void badArgumentsAreNamed() {
        assertMessage("n: 1", () -> SeparationBounds.largestCosine(1, 3));
        assertMessage("d: 0", () -> SeparationBounds.rankin(3, 0));
        assertMessage("t: 0", () -> SeparationBounds.uniformMeasure(3, 0));
    }
}

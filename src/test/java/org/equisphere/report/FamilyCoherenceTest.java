package org.equisphere.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.equisphere.data.Labels;
import org.equisphere.sphere.Prototypes;
import org.junit.jupiter.api.Test;

class FamilyCoherenceTest {

    /** Label c is of family c / 3; 5 families. */
    private static final Labels FAMILIES = new Labels(IntStream.range(0, 15).mapToObj(Integer::toString).toList(),
            IntStream.range(0, 15).mapToObj(c -> c / 3).toList());

    private static Prototypes random(int n, int d, long seed) {
        Random random = new Random(seed);
        return Prototypes.of(random.doubles((long) n * d, -1, 1).toArray(), n, d);
    }

    /** Two families of two on a circle, at 0 and 10 and at 90 and 110 degrees: all by hand. */
    @Test
    void siblingsBeforeOneAnother() {
        double[] degrees = {0, 10, 90, 110};
        double[] rows = new double[8];
        for (int i = 0; i < 4; i++) {
            rows[2 * i] = Math.cos(Math.toRadians(degrees[i]));
            rows[2 * i + 1] = Math.sin(Math.toRadians(degrees[i]));
        }
        FamilyCoherence found = FamilyCoherence.of(Prototypes.of(rows, 4, 2), new Labels(List.of("a", "b", "c", "d"), List.of(0, 0, 1, 1)), 3000, 1);
        assertEquals(2, found.siblings());
        assertEquals((Math.cos(Math.toRadians(10)) + Math.cos(Math.toRadians(20))) / 2, found.meanCosine(), 1e-12);
        double all = 0;
        for (int[] pair : new int[][] {{10, 20}, {90, 100}, {110, 80}}) { // the three ways to make two pairs
            all += (Math.cos(Math.toRadians(pair[0])) + Math.cos(Math.toRadians(pair[1]))) / 6;
        }
        assertEquals(all, found.chanceCosine(), 0.03);
        assertEquals(1 / 3.0, found.pValue(), 0.04, "a third of the permutations pair as well");
        assertEquals(1, found.nearest());
    }

    @Test
    void bunchesOfSiblingsAreFarFromChance() {
        Random random = new Random(3);
        double[] rows = new double[15 * 4];
        Prototypes centres = random(5, 4, 5);
        for (int i = 0; i < rows.length; i++) {
            rows[i] = centres.get(i / 12, i % 4) + 0.1 * random.nextGaussian();
        }
        FamilyCoherence found = FamilyCoherence.of(Prototypes.of(rows, 15, 4), FAMILIES, 999, 1);
        assertEquals(1 / 1000.0, found.pValue(), "no permutation is as good");
        assertTrue(found.meanCosine() > found.chanceCosine() + 5 * found.deviation(), found.toString());
        assertEquals(1, found.nearest());
    }

    /** Of random assignments about one in five has p up to 0.2. */
    @Test
    void chanceLooksLikeChance() {
        int low = 0;
        for (int trial = 0; trial < 200; trial++) {
            low += FamilyCoherence.of(random(15, 4, 100 + trial), FAMILIES, 99, trial).pValue() <= 0.2 ? 1 : 0;
        }
        assertTrue(low > 20 && low < 60, low + " of 200 at p up to 0.2");
    }

    /** Between the vertices of a simplex all cosines are equal, so that no assignment is better than another; rounding must not choose. */
    @Test
    void wherePrototypesAreEquallyFarApartNothingIsFound() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            double[] rows = new double[15 * 15];
            double[] axis = random.doubles(15, -1, 1).toArray();
            double squared = java.util.Arrays.stream(axis).map(a -> a * a).sum();
            for (int i = 0; i < rows.length; i++) { // the identity mirrored: all cosines 0 but for rounding
                rows[i] = (i / 15 == i % 15 ? 1 : 0) - 2 * axis[i / 15] * axis[i % 15] / squared;
            }
            assertEquals(1, FamilyCoherence.of(Prototypes.of(rows, 15, 15), FAMILIES, 999, 1).pValue());
        }
    }

    @Test
    void whatCannotBeTestedIsRefused() {
        Prototypes four = random(4, 3, 1);
        assertNames("no families", four, Labels.numbered(4), 10);
        assertNames("4 assigned prototypes, expected 15", four, FAMILIES, 10);
        assertNames("permutations is 0", four, Labels.numbered(4), 0);
    }

    private static void assertNames(String expected, Prototypes targets, Labels labels, int permutations) {
        String message = assertThrows(IllegalArgumentException.class, () -> FamilyCoherence.of(targets, labels, permutations, 0)).getMessage();
        assertTrue(message.contains(expected), message);
    }
}

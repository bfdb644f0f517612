package org.equisphere.assignment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AssignmentTest {

    private static final double[] COST = {4, 1, 3, 2, 0, 5, 3, 2, 2};

    @Test
    void aHandWorkedMinimum() {
        Assignment best = LinearAssignment.minimize(COST, 3, 3);
        assertArrayEquals(new int[] {1, 0, 2}, best.columnOfRow());
        assertArrayEquals(new int[] {1, 0, 2}, best.rowOfColumn());
        assertEquals(5, best.value());
        assertTrue(best.verify(COST).optimal());
    }

    @Test
    void theCertificateRefutesAWorseAssignment() {
        Assignment best = LinearAssignment.minimize(COST, 3, 3);
        Assignment worse = Assignment.of(false, 6, new int[] {0, 1, 2}, best.rowDuals(), best.columnDuals());
        Certificate certificate = worse.verify(COST);
        assertTrue(!certificate.optimal());
        assertEquals(1, certificate.gap(), 1e-12);
    }

    @Test
    void theCertificateRefutesWrongDuals() {
        Assignment best = LinearAssignment.minimize(COST, 3, 3);
        double[] columnDuals = best.columnDuals();
        columnDuals[1] += 1;
        assertTrue(!Assignment.of(false, 5, best.columnOfRow(), best.rowDuals(), columnDuals).verify(COST).optimal());
    }

    @Test
    void theCertificateRefutesADualOnAnUnmatchedColumn() {
        double[] cost = {0, 5, 5};
        assertTrue(Assignment.of(false, 0, new int[] {0}, new double[] {0}, new double[3]).verify(cost).optimal());
        assertTrue(!Assignment.of(false, 0, new int[] {0}, new double[] {0}, new double[] {0, -1, 0}).verify(cost).optimal());
    }

    /** Duals off by halves and quarters, each number by hand; a tall matrix and a maximum are the same problem. */
    @Test
    void theCertificateTellsHowFarDualsAreOff() {
        double[] cost = {4, 1, 3, 2, 0, 5};
        double[] u = {1.5, 2.5};
        assertCertificate(new Certificate(2.25, 2.25, 0.75, 0.5, 2.5 * 0x1p-42, 2), cost, u, new double[] {0.25, -0.25, -0.5});
        assertCertificate(new Certificate(1.75, 2.25, 0.75, 0.25, 2.5 * 0x1p-42, 2), cost, u, new double[] {0.25, -0.25, 0});
    }

    /** Rows 0 and 1 on columns 1 and 0. */
    private static void assertCertificate(Certificate expected, double[] cost, double[] u, double[] v) {
        double[] tall = {cost[0], cost[3], cost[1], cost[4], cost[2], cost[5]};
        assertEquals(expected, Assignment.of(false, 3, new int[] {1, 0}, u, v).verify(cost));
        assertEquals(expected, Assignment.of(false, 3, new int[] {1, 0, -1}, v, u).verify(tall));
        assertEquals(expected, Assignment.of(true, -3, new int[] {1, 0}, negated(u), negated(v)).verify(negated(cost)));
    }

    private static double[] negated(double[] values) {
        return java.util.Arrays.stream(values).map(value -> -value).toArray();
    }

    @Test
    void everyConditionOfTheCertificateCounts() {
        assertTrue(new Certificate(2, 1, 1, 1, 1, 2).optimal());
        assertFalse(new Certificate(2.1, 1, 1, 1, 1, 2).optimal());
        assertFalse(new Certificate(2, 1.1, 1, 1, 1, 2).optimal());
        assertFalse(new Certificate(2, 1, 1.1, 1, 1, 2).optimal());
        assertFalse(new Certificate(2, 1, 1, 1.1, 1, 2).optimal());
        assertFalse(new Certificate(Double.NaN, 0, 0, 0, 1, 2).optimal());
    }

    @Test
    void aSavedAssignmentIsChecked() {
        double[] two = new double[2];
        for (int[] bad : new int[][] {{0, 0}, {0, 2}, {0, -1}, {-2, 0}}) {
            assertThrows(IllegalArgumentException.class, () -> Assignment.of(false, 0, bad, two, two));
        }
        assertThrows(IllegalArgumentException.class,
                () -> Assignment.of(false, 0, new int[] {0, 1}, two, new double[] {0, Double.NaN}));
        assertThrows(IllegalArgumentException.class, () -> Assignment.of(false, 0, new int[] {0, 1}, new double[3], two));
    }
}

package org.equisphere.assignment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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

package org.equisphere.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.equisphere.assignment.ClassDirections;
import org.equisphere.assignment.LabelAssignment;
import org.equisphere.sphere.GaussianPotential;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.SphericalCodes;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.AssignmentSettings.Similarity;
import org.equisphere.train.HeadSettings.HeadKind;
import org.junit.jupiter.api.Test;

class PrototypeMatchingTest {

    private static AssignmentSettings settings(Rule rule, double margin) {
        return HeadSettings.builder(HeadKind.DYNAMIC).assignment(rule).similarity(Similarity.CONFUSION).margin(margin).build().assignment();
    }

    private static ClassDirections directions(int classes, float... rows) {
        ClassDirections z = new ClassDirections(classes, rows.length / classes, 0.9, 1);
        z.update(rows, java.util.stream.IntStream.range(0, classes).toArray(), classes);
        return z;
    }

    /** Two labels gain 0.8 - 0.6 each by an exchange. */
    @Test
    void anExchangeMustGainMoreThanTheMarginForEachLabel() {
        ClassDirections z = directions(2, 0.6f, 0.8f, 0.8f, 0.6f);
        for (double margin : new double[] {0, 0.19, 0.21}) {
            PrototypeMatching matching = new PrototypeMatching(Prototypes.of(new double[] {1, 0, 0, 1}, 2, 2), 2, settings(Rule.LINEAR, margin));
            LabelAssignment.Update update = matching.solve(z);
            assertEquals(margin < 0.2 ? 2 : 0, update.labelsMoved(), "margin " + margin);
            assertEquals(1.2, update.objectiveBefore(), 1e-6);
            assertEquals(margin < 0.2 ? 1.6 : 1.2, update.objectiveAfter(), 1e-6);
        }
    }

    /**
     * Four labels on the four quarters of the circle, like 0 and 2, 1 and 3: an exchange of neighbours brings both pairs together
     * and gains 2 in the sum over pairs.
     */
    @Test
    void underTheQuadraticRuleTheMarginIsOfItsOwnObjective() {
        double[] quarters = {1, 0, 0, 1, -1, 0, 0, -1};
        double[] alike = {1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1};
        ClassDirections z = directions(4, 1, 0, 0, 1, -1, 0, 0, -1);
        for (double margin : new double[] {0, 1.9, 2.1}) {
            PrototypeMatching matching = new PrototypeMatching(Prototypes.of(quarters, 4, 2), 4, settings(Rule.QUADRATIC, margin));
            matching.similarities(alike);
            assertEquals(margin < 2 ? 2 : 0, matching.solve(z).labelsMoved(), "margin " + margin);
        }
    }

    /** Directions turned by a right angle: the rotation follows and every label stays; without it they all move. */
    @Test
    void aRotationFollowsWhereLabelsWouldMove() {
        ClassDirections z = directions(3, 0, 1, -1, 0, 0.6f, -0.8f);
        Prototypes before = Prototypes.of(new double[] {1, 0, 0, 1, -0.8, -0.6}, 3, 2);
        PrototypeMatching turned = new PrototypeMatching(before, 3, settings(Rule.ROTATION, 0.9));
        LabelAssignment.Update update = turned.solve(z);
        assertEquals(0, update.labelsMoved());
        assertEquals(3, update.objectiveAfter(), 1e-6);
        assertArrayEquals(z.directions(), turned.rows(), 1e-6);
        assertArrayEquals(new int[] {1, 2, 0}, Arrays.copyOf(moved(before, z), 3));
    }

    /** Four directions within a right angle of the circle: taken as they are, pushed apart, and in the end a square in the same order. */
    @Test
    void spreadingPushesTheDirectionsApart() {
        ClassDirections z = directions(4, 1, 0, 0.96f, 0.28f, 0.6f, 0.8f, 0, 1);
        GaussianPotential potential = new GaussianPotential(2);
        PrototypeMatching matching = new PrototypeMatching(SphericalCodes.polygon(4), 4, settings(Rule.FIXED, 0));
        double before = 0; // of points that fall together
        for (int spread : new int[] {0, 1, 4, 1000}) {
            LabelAssignment.Update update = matching.follow(z, spread);
            double value = potential.value(matching.prototypes());
            assertTrue(value < before, spread + " iterations: " + value + " after " + before);
            assertEquals(0, update.labelsMoved());
            before = value;
        }
        assertArrayEquals(new int[] {0, 1, 2, 3}, matching.prototypeOfLabel());
        double[] w = matching.rows();
        for (int label = 0; label < 4; label++) {
            int next = (label + 1) % 4;
            assertEquals(1, w[2 * label] * w[2 * next + 1] - w[2 * label + 1] * w[2 * next], 1e-5, "a right angle from " + label + " to the next");
        }
    }

    private static int[] moved(Prototypes prototypes, ClassDirections z) {
        PrototypeMatching still = new PrototypeMatching(prototypes, 3, settings(Rule.LINEAR, 0));
        still.solve(z);
        return still.prototypeOfLabel();
    }
}

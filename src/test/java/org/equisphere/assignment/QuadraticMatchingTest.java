package org.equisphere.assignment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QuadraticMatchingTest {

    private static double[] symmetric(int n, Random random) {
        double[] m = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                m[i * n + j] = random.nextGaussian();
                m[j * n + i] = m[i * n + j];
            }
        }
        return m;
    }

    /** No exchange and no move to a free prototype gains: recomputed from Q itself, not from the search's own gains. */
    @Test
    void whatIsFoundIsTheBestOfItsNeighbours() {
        Random random = new Random(4);
        int better = 0;
        for (int trial = 0; trial < 60; trial++) {
            int c = 2 + random.nextInt(8);
            int n = c + random.nextInt(4);
            QuadraticMatching q = new QuadraticMatching(symmetric(c, random), c, symmetric(n, random), n);
            int[] start = LabelAssignment.random(c, n, trial).prototypeOfLabel();
            int[] found = q.improve(start, 0);
            LabelAssignment.of(found, n);
            assertTrue(q.value(found) >= q.value(start));
            better += q.value(found) > q.value(start) + 1e-9 ? 1 : 0;
            for (int a = 0; a < c; a++) {
                for (int s = 0; s < n; s++) {
                    int[] other = found.clone();
                    int at = a;
                    int to = s;
                    IntStream.range(0, c).filter(b -> found[b] == to).forEach(b -> other[b] = found[at]);
                    other[a] = s;
                    assertTrue(q.value(other) <= q.value(found) + 1e-9, "trial " + trial + ": label " + a + " to prototype " + s + " gains");
                }
            }
        }
        assertTrue(better > 40, "only " + better + " of 60 random starts were bettered");
    }

    /** Families of siblings, and prototypes in as many bunches: siblings come together. */
    @Test
    void siblingsComeToNeighbouringPrototypes() {
        int n = 12;
        double[] similarities = new double[n * n];
        double[] closeness = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                similarities[i * n + j] = i % 4 == j % 4 ? 1 : 0;
                closeness[i * n + j] = i / 3 == j / 3 ? 0.9 : -0.3;
            }
        }
        QuadraticMatching q = new QuadraticMatching(similarities, n, closeness, n);
        assertEquals(12 * 0.9, q.value(new int[] {0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}), 1e-12);
        int[] identity = IntStream.range(0, n).toArray();
        double reached = q.value(q.improve(identity, 0));
        assertTrue(reached > q.value(identity) + 5, "from " + q.value(identity) + " to " + reached);
    }

    @Test
    void aMarginHoldsBack() {
        double[] s = {0, 1, 0, 1, 0, 0, 0, 0, 0};
        double[] g = {1, 0.2, 0.5, 0.2, 1, 0, 0.5, 0, 1};
        QuadraticMatching q = new QuadraticMatching(s, 3, g, 3);
        int[] start = {0, 1, 2};
        assertArrayEquals(start, q.improve(start, 0.31), "the best exchange gains 0.3");
        assertEquals(0.5, q.value(q.improve(start, 0.29)), 1e-12);
        assertArrayEquals(new int[] {0, 1, 2}, start, "the start is not modified");
    }

    @Test
    void whatDoesNotFitIsRefused() {
        double[] two = {0, 1, 1, 0};
        String message = assertThrows(IllegalArgumentException.class, () -> new QuadraticMatching(two, 3, two, 2)).getMessage();
        assertEquals("similarities: has 4 values, expected 3 x 3", message);
        double[] bad = two.clone();
        bad[1] = Double.NaN;
        message = assertThrows(IllegalArgumentException.class, () -> new QuadraticMatching(two, 2, bad, 2)).getMessage();
        assertEquals("closeness: row 0, column 1 is NaN, expected a finite number", message);
        double[] three = new double[9];
        Arrays.fill(three, 1);
        assertThrows(IllegalArgumentException.class, () -> new QuadraticMatching(three, 3, two, 2));
        QuadraticMatching q = new QuadraticMatching(two, 2, two, 2);
        message = assertThrows(IllegalArgumentException.class, () -> q.improve(new int[] {0}, 0)).getMessage();
        assertEquals("start has 1 labels and margin is 0.0, expected 2 and at least 0", message);
        for (double margin : new double[] {-1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> q.improve(new int[] {0, 1}, margin));
        }
    }
}

package org.equisphere.sphere;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LbfgsHistoryTest {

    private record Pair(double[] s, double[] y) {
    }

    /**
     * Against the recursion on the vectors, over more pairs than are kept; every fifth has no curvature and must be left
     * out, together with the oldest.
     */
    @ParameterizedTest
    @CsvSource({"1,2,3", "7,3,1", "40,5,4", "100,10,10", "3,3000,5", "411,257,3"})
    void directionsAreThoseOfTheTwoLoopRecursion(int n, int d, int memory) {
        try (WorkerTeam team = new WorkerTeam(3)) {
            LbfgsHistory history = new LbfgsHistory(d, memory, new RowRanges(n, d, team));
            Random random = new Random(n + 31L * d + System.nanoTime() % 1000 * 1009);
            Deque<Pair> pairs = new ArrayDeque<>();
            double[] direction = new double[n * d];
            double[] stiffness = random.doubles((long) n * d, 0.5, 5).toArray();
            double[] w = RandomRows.prototypes(n, d, random.nextInt()).toArray();
            double[] gradient = tangent(w, random, n, d);
            for (int step = 1; step <= 3 * memory + 2; step++) {
                assertEquals(pairs.isEmpty(), history.isEmpty());
                double slope = history.writeDirection(w, gradient, direction);
                double[] expected = definition(pairs, w, gradient, n, d);
                double longest = SphereVectors.longestRow(expected, 0, n, d);
                assertArrayEquals(expected, direction, 1e-9 * longest, "step " + step);
                assertEquals(longest, history.longestRow(), 1e-9 * longest);
                double size = Math.sqrt(SphereVectors.dot(gradient, gradient) * SphereVectors.dot(expected, expected));
                assertEquals(SphereVectors.dot(gradient, expected), slope, 1e-9 * size);
                double[] next = w.clone();
                SphereVectors.retract(w, 0.1, direction, next, new double[n], 0, n, d);
                double[] after = gradient.clone();
                for (int k = 0; k < after.length; k++) {
                    after[k] += (step % 5 == 0 ? -0.1 : 0.1) * stiffness[k] * direction[k];
                }
                SphereVectors.projectTangent(next, after, 0, n, d);
                history.add(next, direction, 0.1, gradient, after);
                remember(pairs, memory, next, direction, gradient, after, n, d);
                w = next;
                gradient = after;
            }
            history.clear();
            assertTrue(history.isEmpty() && history.writeDirection(w, gradient, direction) < 0);
        }
    }

    private static double[] tangent(double[] w, Random random, int n, int d) {
        double[] v = random.doubles((long) n * d, -1, 1).toArray();
        SphereVectors.projectTangent(w, v, 0, n, d);
        return v;
    }

    private static void remember(Deque<Pair> pairs, int memory, double[] point, double[] direction,
                                 double[] before, double[] gradient, int n, int d) {
        double[] s = direction.clone();
        SphereVectors.scale(0.1, s);
        SphereVectors.projectTangent(point, s, 0, n, d);
        double[] y = before.clone();
        SphereVectors.projectTangent(point, y, 0, n, d);
        SphereVectors.scale(-1, y);
        SphereVectors.add(1, gradient, y);
        if (pairs.size() == memory) {
            pairs.removeLast();
        }
        if (SphereVectors.dot(s, y) > 0) {
            pairs.addFirst(new Pair(s, y));
        }
    }

    private static double[] definition(Deque<Pair> pairs, double[] w, double[] gradient, int n, int d) {
        double[] q = gradient.clone();
        double[] alpha = new double[pairs.size()];
        int i = 0;
        for (Pair pair : pairs) {
            alpha[i] = SphereVectors.dot(pair.s(), q) / SphereVectors.dot(pair.s(), pair.y());
            SphereVectors.add(-alpha[i++], pair.y(), q);
        }
        if (!pairs.isEmpty()) {
            Pair newest = pairs.getFirst();
            SphereVectors.scale(SphereVectors.dot(newest.s(), newest.y()) / SphereVectors.dot(newest.y(), newest.y()), q);
        }
        for (Iterator<Pair> oldest = pairs.descendingIterator(); oldest.hasNext(); ) {
            Pair pair = oldest.next();
            double beta = SphereVectors.dot(pair.y(), q) / SphereVectors.dot(pair.s(), pair.y());
            SphereVectors.add(alpha[--i] - beta, pair.s(), q);
        }
        SphereVectors.scale(-1, q);
        SphereVectors.projectTangent(w, q, 0, n, d);
        return q;
    }
}

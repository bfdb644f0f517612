package org.equisphere.assignment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LabelAssignmentTest {

    private static final double[] AXES = {1, 0, 0, 1, -1, 0};

    @Test
    void directionsOnPrototypesFindThem() {
        ClassDirections z = new ClassDirections(2, 2, 0.9, 1);
        z.update(new float[] {-2, 0, 0, 3}, new int[] {0, 1}, 2);
        LabelAssignment map = LabelAssignment.identity(2, 3);
        assertNull(map.solution());
        LabelAssignment.Update update = map.update(z, AXES);
        assertEquals(new LabelAssignment.Update(1, 0, 2), update);
        assertArrayEquals(new int[] {2, 1}, map.prototypeOfLabel());
        assertArrayEquals(new int[] {-1, 1, 0}, map.labelOfPrototype());
        assertEquals(2, map.prototypeOf(0));
        assertEquals(0, map.labelOfPrototype(2));
        assertEquals(new LabelAssignment.Update(0, 2, 2), map.update(z, AXES));
    }

    @Test
    void everyUpdateReachesTheLargestObjective() {
        Random random = new Random(2);
        int classes = 40;
        int d = 8;
        ClassDirections z = new ClassDirections(classes, d, 0.9, 4);
        double[] w = CostFamilies.unitRows(60, d, random);
        LabelAssignment map = LabelAssignment.random(classes, 60, 5);
        for (int step = 0; step < 20; step++) {
            float[] features = new float[classes * d];
            int[] labels = new int[classes];
            for (int k = 0; k < features.length; k++) {
                features[k] = (float) random.nextGaussian();
                labels[k / d] = random.nextInt(classes);
            }
            z.update(features, labels, classes);
            int[] old = map.prototypeOfLabel();
            LabelAssignment.Update update = map.update(z, w);
            double[] cosines = cosines(z.directions(), w, classes, 60, d);
            assertEquals(LinearAssignment.maximize(cosines, classes, 60).value(), update.objectiveAfter(), 1e-12);
            double before = 0;
            int moved = 0;
            for (int c = 0; c < classes; c++) {
                before += cosines[c * 60 + old[c]];
                moved += old[c] == map.prototypeOf(c) ? 0 : 1;
            }
            assertEquals(before, update.objectiveBefore(), 1e-12);
            assertEquals(moved, update.labelsMoved());
        }
    }

    @Test
    void driftsOfEverySizeReachTheLargestObjectiveWithItsProof() {
        Random random = new Random(21);
        int proved = 0;
        for (int run = 0; run < 60; run++) {
            int n = 2 + random.nextInt(50);
            int d = 2 + random.nextInt(12);
            double[] w = CostFamilies.unitRows(n, d, random);
            ClassDirections z = new ClassDirections(n, d, random.nextBoolean() ? 0 : 1 - Math.pow(10, -6 * random.nextDouble()), run);
            LabelAssignment map = LabelAssignment.identity(n, n);
            boolean near = random.nextBoolean();
            for (int step = 0; step < 25; step++) {
                float[] features = new float[n * d];
                int[] labels = new int[n];
                for (int k = 0; k < features.length; k++) {
                    features[k] = (float) ((near ? w[k] : 0) + 0.3 * random.nextGaussian());
                    labels[k / d] = near ? k / d : random.nextInt(n);
                }
                z.update(features, labels, n);
                if (step == 12) {
                    w = CostFamilies.unitRows(n, d, random);
                }
                LabelAssignment.Update update = map.update(z, w);
                double[] cosines = cosines(z.directions(), w, n, n, d);
                assertEquals(LinearAssignment.maximize(cosines, n, n).value(), update.objectiveAfter(), 1e-12 * n);
                assertEquals(update.objectiveAfter(), map.solution().value(), 0);
                Certificate certificate = map.solution().verify(cosines);
                assertTrue(certificate.optimal(), certificate::toString);
                proved++;
            }
        }
        assertEquals(1500, proved);
    }

    @Test
    void aRowIsComputedAgainOnlyWhereItsPairMayHaveBroken() { // of more columns than a dense search takes, which reads every row it comes to
        int n = 150;
        int d = 32;
        double[] w = CostFamilies.unitRows(n, d, new Random(22));
        double[] z = CostFamilies.moved(w, n, d, 0.3, new Random(23));
        CosineRows rows = new CosineRows(n, n, d);
        LinearAssignment solver = LinearAssignment.maximizing();
        rows.place(w);
        for (int time = 0; time < 2; time++) { // the first warm solve is the one that learns which prototypes are near
            rows.direct(z);
            solver.resolve(rows);
        }
        java.util.Arrays.fill(rows.cosines(), Double.NaN); // a row read without being computed anew would show
        double[] moved = CostFamilies.moved(z, n, d, 1e-3, new Random(24));
        System.arraycopy(w, 5 * d, moved, 9 * d, d);
        rows.direct(moved);
        Assignment best = solver.resolve(rows);
        double[] cosines = cosines(moved, w, n, n, d);
        assertTrue(best.verify(cosines).optimal(), best.verify(cosines)::toString);
        int computed = 0;
        for (int i = 0; i < n; i++) {
            computed += Double.isNaN(rows.cosines()[i * n]) ? 0 : 1;
        }
        assertTrue(computed >= 1 && computed <= n / 4, computed + " rows of " + n);
        assertTrue(!Double.isNaN(rows.cosines()[9 * n]));
    }

    /**
     * Of more columns than a dense search takes: ties, exchanged, collapsed and jumping directions, noise of every size,
     * and prototypes of any length.
     */
    @Test
    void nearPrototypesReachTheLargestObjectiveOverThousandsOfDrifts() {
        Random random = new Random(25);
        int proved = 0;
        for (int run = 0; run < 80; run++) {
            int n = 129 + random.nextInt(run % 8 == 0 ? 200 : 30);
            int d = 2 + random.nextInt(20);
            double[] w = CostFamilies.unitRows(n, d, random);
            for (int copies = random.nextInt(3) * random.nextInt(n); copies > 0; copies--) {
                System.arraycopy(w, random.nextInt(n) * d, w, random.nextInt(n) * d, d);
            }
            if (run % 5 == 0) {
                for (int k = 0; k < w.length; k++) {
                    w[k] *= 1 + k / d % 3;
                }
            }
            CosineRows rows = new CosineRows(n, n, d);
            rows.place(w);
            LinearAssignment solver = LinearAssignment.maximizing();
            double[] z = random.nextBoolean() ? CostFamilies.moved(w, n, d, random.nextDouble(), random) : CostFamilies.unitRows(n, d, random);
            for (int step = 0; step < 25; step++) {
                rows.direct(z);
                Assignment best = solver.resolve(rows);
                double[] cosines = cosines(z, w, n, n, d);
                assertEquals(LinearAssignment.maximize(cosines, n, n).value(), best.value(), 1e-12 * n);
                Certificate certificate = best.verify(cosines);
                assertTrue(certificate.optimal(), certificate::toString);
                proved++;
                z = drifted(z, w, n, d, random);
            }
        }
        assertEquals(2000, proved);
    }

    /**
     * In half of the lanes (columns modulo 128) all prototypes are near all classes: more than there is room for below
     * the median of the lanes' least.
     */
    @Test
    void prototypesThatCrowdIntoFewLanesAreKeptAsFarAsThereIsRoom() {
        Random random = new Random(27);
        int n = 600;
        int d = 6;
        double[] w = CostFamilies.unitRows(n, d, random);
        for (int i = 0; i < n; i++) {
            w[i * d] = i % 128 < 64 ? 3 : -3;
        }
        double[] z = CostFamilies.unitRows(n, d, random);
        for (int i = 0; i < n; i++) {
            z[i * d] = 2;
        }
        CosineRows rows = new CosineRows(n, n, d);
        rows.place(w);
        LinearAssignment solver = LinearAssignment.maximizing();
        for (int step = 0; step < 4; step++) {
            rows.direct(z);
            Assignment best = solver.resolve(rows);
            Certificate certificate = best.verify(cosines(z, w, n, n, d));
            assertTrue(certificate.optimal(), certificate::toString);
            z = CostFamilies.moved(z, n, d, 1e-3, random);
        }
    }

    private static double[] drifted(double[] z, double[] w, int n, int d, Random random) {
        double[] moved = random.nextInt(4) == 0 ? z.clone() : CostFamilies.moved(z, n, d, Math.pow(10, -6 * random.nextDouble()), random);
        for (int change = random.nextInt(3) * random.nextInt(5); change > 0; change--) {
            double[] from = random.nextBoolean() ? w : z;
            System.arraycopy(from, random.nextInt(n) * d, moved, random.nextInt(n) * d, d);
        }
        return moved;
    }

    private static double[] cosines(double[] z, double[] w, int rows, int cols, int d) {
        double[] out = new double[rows * cols];
        for (int k = 0; k < out.length; k++) {
            for (int t = 0; t < d; t++) {
                out[k] += z[k / cols * d + t] * w[k % cols * d + t];
            }
        }
        return out;
    }

    @Test
    void randomMapsAreSeededAndUniform() {
        assertArrayEquals(LabelAssignment.random(50, 80, 7).prototypeOfLabel(), LabelAssignment.random(50, 80, 7).prototypeOfLabel());
        int[] hits = new int[3];
        for (int seed = 0; seed < 3000; seed++) {
            hits[LabelAssignment.random(2, 3, seed * 7919L).prototypeOf(1)]++;
        }
        for (int hit : hits) {
            assertEquals(1000, hit, 130); // five standard deviations
        }
    }

    @Test
    void badMapsAreRefused() {
        for (int[] bad : new int[][] {{0, 0}, {0, 2}, {-1, 0}, {}}) {
            assertThrows(IllegalArgumentException.class, () -> LabelAssignment.of(bad));
        }
        assertArrayEquals(new int[] {4, 0}, LabelAssignment.of(new int[] {4, 0}, 5).prototypeOfLabel());
        assertThrows(IllegalArgumentException.class, () -> LabelAssignment.identity(3, 2));
        assertThrows(IllegalArgumentException.class, () -> LabelAssignment.random(0, 2, 1));
        LabelAssignment map = LabelAssignment.identity(2, 3);
        ClassDirections z = new ClassDirections(2, 2, 0.9, 1);
        assertThrows(IllegalArgumentException.class, () -> map.update(z, new double[5]));
        assertThrows(IllegalArgumentException.class, () -> map.update(new ClassDirections(3, 2, 0.9, 1), AXES));
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
                () -> map.update(z, new double[] {1, 0, 0, Double.NaN, 0, 1}));
        assertTrue(refused.getMessage().contains("prototype 1"), refused.getMessage());
        LabelAssignment many = LabelAssignment.identity(50_000, 50_000);
        String tooMany = assertThrows(IllegalArgumentException.class,
                () -> many.update(new ClassDirections(50_000, 1, 0.9, 1), new double[50_000])).getMessage();
        assertTrue(tooMany.contains("50000, 50000, expected a product below 2^31"), tooMany);
    }

    @Test
    void aSavedSolutionGoesOn() {
        ClassDirections z = new ClassDirections(2, 2, 0.9, 1);
        LabelAssignment map = LabelAssignment.identity(2, 3);
        map.update(z, AXES);
        LabelAssignment again = LabelAssignment.of(map.prototypeOfLabel(), 3);
        again.startFrom(map.solution());
        assertSame(map.solution(), again.solution(), "to be saved once more");
        z.update(new float[] {1, 1, -1, 0}, new int[] {0, 1}, 2);
        assertEquals(map.update(z, AXES), again.update(z, AXES));
        assertThrows(IllegalArgumentException.class, () -> LabelAssignment.identity(2, 2).startFrom(map.solution()));
    }

    /** What is known of the rows holds for the duals they were read with: other duals from elsewhere must not be trusted by it. */
    @Test
    void aSolutionFromElsewhereIsAStart() {
        Random random = new Random(26);
        int n = 150;
        int d = 8;
        double[] w = CostFamilies.unitRows(n, d, random);
        for (int run = 0; run < 10; run++) {
            LabelAssignment map = LabelAssignment.identity(n, n);
            LabelAssignment elsewhere = LabelAssignment.identity(n, n);
            ClassDirections z = directions(CostFamilies.moved(w, n, d, 0.5, random), n, d);
            for (int step = 0; step < 3; step++) {
                map.update(z, w);
            }
            elsewhere.update(directions(CostFamilies.unitRows(n, d, random), n, d), w);
            map.startFrom(elsewhere.solution());
            map.update(z, w);
            Certificate certificate = map.solution().verify(cosines(z.directions(), w, n, n, d));
            assertTrue(certificate.optimal(), certificate::toString);
        }
    }

    private static ClassDirections directions(double[] z, int classes, int d) {
        ClassDirections directions = new ClassDirections(classes, d, 0, 1);
        float[] features = new float[z.length];
        for (int k = 0; k < z.length; k++) {
            features[k] = (float) z[k];
        }
        directions.update(features, java.util.stream.IntStream.range(0, classes).toArray(), classes);
        return directions;
    }

    @Test
    void updatesAreToldAsOne() {
        LabelAssignment.Update one = new LabelAssignment.Update(3, 1, 2);
        LabelAssignment.Update other = new LabelAssignment.Update(4, 1.5, 2.5);
        assertEquals(new LabelAssignment.Update(7, 1, 2.5), one.then(other));
        assertEquals(one, one.then(LabelAssignment.Update.NONE));
        assertEquals(one, LabelAssignment.Update.NONE.then(one));
    }

    /** Cosines that tie leave a choice, which what is known of the rows from updates before must not make: a resumed run has forgotten it. */
    @Test
    void aSavedSolutionGoesOnAlikeWhereCosinesTie() {
        Random random = new Random(1);
        for (int run = 0; run < 40; run++) {
            int n = 130 + random.nextInt(190);
            int d = 1 + random.nextInt(5);
            double[] w = new double[n * d];
            for (int i = 0; i < n; i++) {
                w[i * d + i % d] = i / d % 2 == 0 ? 1 : -1;
            }
            ClassDirections z = new ClassDirections(n, d, 0.9, run);
            LabelAssignment whole = LabelAssignment.identity(n, n);
            LabelAssignment resumed = LabelAssignment.identity(n, n);
            for (int step = 0; step < 6; step++) {
                float[] features = new float[n * d];
                int[] labels = new int[n];
                for (int k = 0; k < features.length; k++) {
                    features[k] = random.nextInt(3) - 1;
                    labels[k / d] = random.nextInt(n);
                }
                z.update(features, labels, n);
                whole.update(z, w);
                Assignment saved = resumed.solution();
                resumed = LabelAssignment.of(resumed.prototypeOfLabel());
                if (saved != null) {
                    resumed.startFrom(saved);
                }
                resumed.update(z, w);
                assertArrayEquals(whole.prototypeOfLabel(), resumed.prototypeOfLabel(), "run " + run + ", step " + step);
                assertArrayEquals(whole.solution().columnDuals(), resumed.solution().columnDuals(), "run " + run + ", step " + step);
            }
        }
    }
}

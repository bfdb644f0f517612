package org.equisphere.sphere;

import static org.equisphere.sphere.PrototypesTest.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.equisphere.sphere.PrototypeOptimizer.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrototypeOptimizerTest {

    /** Optima known exactly, found from random starts. */
    @ParameterizedTest
    @CsvSource({"12,3,0.4472135954999579,2", "24,4,0.5,24", "120,4,0.8090169943749475,2", "16,5,0.2,4", "27,6,0.25,4", "56,7,0.3333333333333333,4",
        "10,4,0.16666666666666666,6", "40,10,0.16666666666666666,4"})
    void separationReachesKnownOptima(int n, int d, double cosine, int restarts) {
        Result result = new PrototypeOptimizer(n, d).objective(Objective.SEPARATION).closedForms(false).restarts(restarts).optimize();
        assertFalse(result.closedForm());
        assertEquals(cosine, result.objective(), 1e-6);
        assertEquals(cosine, Separation.of(result.prototypes()).largestCosine(), 1e-6);
    }

    /** Best values known for the loss at t = 2; where the code is universally optimal they are proven. */
    @ParameterizedTest
    @CsvSource({"12,3,-2.971451049988", "16,5,-3.585288921193", "27,6,-3.454865214917", "50,3,-2.233988690169", "100,3,-2.153137512470"})
    void uniformityReachesBestKnown(int n, int d, double loss) {
        Result result = new PrototypeOptimizer(n, d).closedForms(false).restarts(4).gradientTolerance(1e-7).optimize();
        assertEquals(loss, result.objective(), 2e-9);
        assertTrue(result.gradientNorm() <= 1e-7);
    }

    /** The released prototypes' loss at t = 2 and largest cosine; ours must be no worse and strictly smaller. */
    @ParameterizedTest
    @CsvSource({"100,3,-2.153134,0.99977", "100,5,-2.795857,0.76348", "100,10,-3.455158,0.45728", "100,16,-3.714486,0.32619",
        "100,32,-3.921394,0.24650", "100,84,-4.029406,0.01895", "200,50,-3.928387,0.20499", "200,100,-4.004808,0.19945"})
    void everyPublishedSetIsBeaten(int n, int d, double loss, double cosine) {
        for (int seed = 0; seed < 2; seed++) {
            double ours = new PrototypeOptimizer(n, d).seed(seed).optimize().objective();
            assertTrue(ours <= loss, "loss " + ours);
            double largest = new PrototypeOptimizer(n, d).seed(seed).objective(Objective.SEPARATION).optimize().objective();
            assertTrue(largest < cosine, "largest cosine " + largest);
        }
    }

    /** Of the sizes one has neither its pairs nor its vectors shared among the threads, one its pairs, one both. */
    @Test
    void oneSeedGivesOneResultForAnyThreads() {
        for (Objective objective : Objective.values()) {
            sameForAnyThreads(211, 7, objective, 1);
            sameForAnyThreads(211, 7, objective, 3);
            sameForAnyThreads(640, 11, objective, 1);
            sameForAnyThreads(420, 250, objective, 1);
        }
    }

    private static void sameForAnyThreads(int n, int d, Objective objective, int restarts) {
        PrototypeOptimizer optimizer = new PrototypeOptimizer(n, d).closedForms(false)
                .objective(objective).seed(5).restarts(restarts).maxIterations(40);
        Prototypes expected = optimizer.threads(1).optimize().prototypes();
        for (int threads = 2; threads <= 3; threads++) {
            assertEquals(expected, optimizer.threads(threads).optimize().prototypes(), objective + ", n " + n + ", threads " + threads);
        }
        assertEquals(expected, optimizer.threads(1).optimize().prototypes(), objective + ", n " + n + ", once more");
    }

    @Test
    void startsEndAtTheGradientTolerance() {
        int before = 0;
        for (double tolerance : new double[] {1e-2, 1e-4, 1e-6}) {
            Result result = new PrototypeOptimizer(60, 6).seed(1).gradientTolerance(tolerance).optimize();
            assertTrue(result.gradientNorm() <= tolerance && result.iterations() > before,
                    tolerance + ": " + result.gradientNorm() + " after " + result.iterations());
            before = result.iterations();
        }
    }

    @Test
    void seedsDiffer() {
        assertNotEquals(new PrototypeOptimizer(30, 5).seed(1).optimize().prototypes(), new PrototypeOptimizer(30, 5).seed(2).optimize().prototypes());
        assertNotEquals(new PrototypeOptimizer(4, 5).seed(1).optimize().prototypes(), new PrototypeOptimizer(4, 5).seed(2).optimize().prototypes());
    }

    @Test
    void closedFormsAreTakenAndAreOptimal() {
        Result simplex = new PrototypeOptimizer(9, 20).objective(Objective.SEPARATION).optimize();
        assertTrue(simplex.closedForm());
        assertEquals(-1.0 / 8, simplex.objective(), 1e-15);
        assertEquals(0, new PrototypeOptimizer(100, 84).objective(Objective.SEPARATION).optimize().objective(), 1e-15);
        Result numerical = new PrototypeOptimizer(9, 20).closedForms(false).optimize();
        assertFalse(numerical.closedForm());
        assertEquals(new PrototypeOptimizer(9, 20).optimize().objective(), numerical.objective(), 1e-12);
    }

    @Test
    void aGivenStartIsImproved() {
        double[] start = RandomRows.gaussian(40, 6, 9);
        double before = new GaussianPotential(2).value(Prototypes.of(start, 40, 6));
        Result result = new PrototypeOptimizer(40, 6).initial(start).seed(1).optimize();
        assertTrue(result.objective() < before);
        Result again = new PrototypeOptimizer(40, 6).initial(start).seed(2).optimize();
        assertEquals(result.prototypes(), again.prototypes());
    }

    @Test
    void batchesComeNearTheFullLossAndRepeat() {
        double full = new PrototypeOptimizer(400, 8).optimize().objective();
        Result batches = new PrototypeOptimizer(400, 8).batch(60).maxIterations(1500).seed(3).optimize();
        assertEquals(1500, batches.iterations());
        assertEquals(full, batches.objective(), 0.01);
        assertEquals(batches.prototypes(), new PrototypeOptimizer(400, 8).batch(60).maxIterations(1500).seed(3).threads(3).optimize().prototypes());
        assertMessage("batch: 1", () -> new PrototypeOptimizer(9, 3).batch(1));
        assertMessage("batch: 4", () -> new PrototypeOptimizer(9, 3).batch(4).objective(Objective.SEPARATION).optimize());
    }

    @Test
    void progressIsToldAndMayStop() {
        AtomicInteger calls = new AtomicInteger();
        Result result = new PrototypeOptimizer(50, 5).progress((restart, iteration, value, norm) -> calls.incrementAndGet() < 7).optimize();
        assertEquals(7, calls.get());
        assertEquals(7, result.iterations());
    }

    @Test
    void oneOrTwoPrototypes() {
        assertTrue(Double.isNaN(new PrototypeOptimizer(1, 3).optimize().objective()));
        assertEquals(-1, new PrototypeOptimizer(2, 1).objective(Objective.SEPARATION).optimize().objective());
        assertEquals(1, new PrototypeOptimizer(5, 1).objective(Objective.SEPARATION).optimize().objective());
    }

    @Test
    void badArgumentsAreNamed() {
        PrototypeOptimizer optimizer = new PrototypeOptimizer(3, 2);
        assertMessage("n: 0", () -> new PrototypeOptimizer(0, 2));
        assertMessage("d: -1", () -> new PrototypeOptimizer(3, -1));
        assertMessage("n*d", () -> new PrototypeOptimizer(1 << 20, 1 << 20));
        assertMessage("t: NaN", () -> optimizer.t(Double.NaN));
        assertMessage("restarts: 0", () -> optimizer.restarts(0));
        assertMessage("threads: -3", () -> optimizer.threads(-3));
        assertMessage("maxIterations: 0", () -> optimizer.maxIterations(0));
        assertMessage("gradientTolerance: NaN", () -> optimizer.gradientTolerance(Double.NaN));
        assertMessage("objective: null", () -> optimizer.objective(null));
        assertMessage("length 5", () -> optimizer.initial(new double[5]));
        assertMessage("row 1", () -> optimizer.initial(new double[] {1, 0, Double.NaN, 0, 0, 1}));
    }

    /** Between two rows at one place the gradient is zero: without a nudge two labels would share a prototype for ever. */
    @Test
    void rowsOfTheStartThatFallTogetherPart() {
        for (Objective objective : Objective.values()) {
            double[] start = RandomRows.gaussian(12, 3, 4);
            System.arraycopy(start, 0, start, 3, 3);
            System.arraycopy(start, 0, start, 33, 3);
            double[] given = start.clone();
            PrototypeOptimizer optimizer = new PrototypeOptimizer(12, 3).objective(objective).initial(start);
            Prototypes found = optimizer.optimize().prototypes();
            assertTrue(Separation.of(found).largestCosine() < 0.6, objective + ": " + Separation.of(found).largestCosine());
            assertEquals(found, optimizer.optimize().prototypes());
            assertArrayEquals(given, start);
        }
    }
}

package org.equisphere.sphere;

import static org.equisphere.sphere.PrototypesTest.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GaussianPotentialTest {

    @Test
    void agreesWithPyTorch() throws IOException {
        JsonNode cases = new ObjectMapper().readTree(new File("testdata/sphere/gaussian_potential.json")).get("cases");
        assertEquals(5, cases.size());
        for (JsonNode c : cases) {
            int n = c.get("n").asInt();
            int d = c.get("d").asInt();
            Prototypes w = Prototypes.of(doubles(c.get("rows")), n, d);
            double[] gradient = new double[n * d];
            GaussianPotential potential = new GaussianPotential(c.get("t").asDouble());
            assertEquals(c.get("value").asDouble(), potential.valueAndGradient(w, gradient), 1e-12);
            assertEquals(c.get("value").asDouble(), potential.value(w), 1e-12);
            assertArrayEquals(doubles(c.get("gradient")), gradient, 1e-11);
        }
    }

    private static double[] doubles(JsonNode array) {
        double[] values = new double[array.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = array.get(k).asDouble();
        }
        return values;
    }

    /** Odd sizes on both sides of lanes, blocks and groups of blocks, and t from flat to so sharp that exp underflows without a shift. */
    @ParameterizedTest
    @CsvSource({"2,1,2", "2,5,2", "9,3,0.1", "17,8,2", "31,33,10", "95,3,2", "97,7,200", "193,19,2", "288,16,5", "301,10,50000",
        "521,9,2"})
    void bothKernelsAgreeWithTheDefinition(int n, int d, double t) {
        double[] w = RandomRows.prototypes(n, d, n + d).toArray();
        double[] expected = new double[n * d];
        double value = definition(w, n, d, 2 * t, expected);
        double largest = SphereVectors.longestRow(expected, 0, n, d);
        for (PairKernel kernel : new PairKernel[] {new PlainPairKernel(), PairKernels.best()}) {
            for (int block : new int[] {7, 64, PairwisePotential.BLOCK}) {
                double[] gradient = new double[n * d];
                PairwisePotential potential = new PairwisePotential(n, d, new WorkerTeam(1), kernel, block);
                String label = kernel.name() + ", block " + block;
                assertEquals(value, potential.evaluate(w, 2 * t, gradient), 1e-11 * Math.max(1, t), label);
                assertEquals(value, potential.evaluate(w, 2 * t, null), 1e-11 * Math.max(1, t), label);
                assertArrayEquals(expected, gradient, 1e-11 * Math.max(1, t) * largest, label);
            }
        }
    }

    /** The plain form: all pairs, two passes, no blocks. */
    private static double definition(double[] w, int n, int d, double scale, double[] gradient) {
        double largest = -1;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                largest = Math.max(largest, cosine(w, d, i, j));
            }
        }
        double sum = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double e = i == j ? 0 : Math.exp(scale * (cosine(w, d, i, j) - largest));
                sum += 0.5 * e;
                for (int k = 0; k < d; k++) {
                    gradient[i * d + k] += e * w[j * d + k];
                }
            }
        }
        SphereVectors.projectTangent(w, gradient, 0, n, d);
        SphereVectors.scale(scale / sum, gradient);
        return Math.log(sum) + scale * largest;
    }

    private static double cosine(double[] w, int d, int i, int j) {
        double sum = 0;
        for (int k = 0; k < d; k++) {
            sum += w[i * d + k] * w[j * d + k];
        }
        return sum;
    }

    /** exp of the kernels against Math.exp over the whole range. */
    @Test
    void exponentialsAreAccurateToAFewUlps() {
        for (PairKernel kernel : new PairKernel[] {new PlainPairKernel(), PairKernels.best()}) {
            double[] g = new double[64 * 64];
            double[] x = new double[g.length];
            for (int k = 0; k < g.length; k++) {
                x[k] = -708 + 1416.0 * k / g.length;
                g[k] = x[k];
            }
            g[1] = x[1] = Double.NEGATIVE_INFINITY;
            g[2] = x[2] = 0;
            double sum = kernel.exponentials(g, 0, g.length, 1, 0);
            double expectedSum = 0;
            for (int k = 0; k < g.length; k++) {
                double expected = Math.exp(Math.max(x[k], -708));
                expectedSum += expected;
                assertEquals(1, g[k] / expected, 1e-15, kernel.name() + " at " + x[k]);
            }
            assertEquals(1, sum / expectedSum, 1e-13);
        }
    }

    @ParameterizedTest
    @CsvSource({"5,3,2", "12,7,0.7", "110,4,2", "20,5,30"})
    void gradientIsTheSlopeAlongTheSphere(int n, int d, double t) {
        GaussianPotential potential = new GaussianPotential(t);
        Prototypes w = RandomRows.prototypes(n, d, 11);
        double[] gradient = new double[n * d];
        potential.valueAndGradient(w, gradient);
        for (int trial = 0; trial < 5; trial++) {
            double[] p = RandomRows.gaussian(n, d, 100 + trial);
            SphereVectors.projectTangent(w.rows(), p, 0, n, d);
            double h = 1e-5;
            double slope = (potential.value(moved(w, h, p)) - potential.value(moved(w, -h, p))) / (2 * h);
            double expected = SphereVectors.dot(gradient, p);
            assertEquals(expected, slope, 1e-6 * Math.max(1, t) * Math.max(1, Math.abs(expected)));
        }
        double[] along = gradient.clone();
        SphereVectors.projectTangent(w.rows(), along, 0, n, d);
        assertArrayEquals(gradient, along, 1e-15 * Math.max(1, t));
    }

    private static Prototypes moved(Prototypes w, double h, double[] p) {
        double[] rows = w.toArray();
        SphereVectors.add(h, p, rows);
        return Prototypes.of(rows, w.count(), w.dimension());
    }

    /** Few blocks, which play alone, and many, which play in groups. */
    @ParameterizedTest
    @CsvSource({"517,23", "6211,3"})
    void anyNumberOfThreadsGivesTheSameBits(int n, int d) {
        Prototypes w = RandomRows.prototypes(n, d, 3);
        GaussianPotential potential = new GaussianPotential(2);
        double[] expected = new double[n * d];
        double value = potential.valueAndGradient(w, expected);
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            for (int threads = 1; threads <= 3; threads++) {
                double[] gradient = new double[expected.length];
                assertEquals(value, potential.valueAndGradient(w, gradient, pool, threads));
                assertArrayEquals(expected, gradient);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void badArgumentsAreNamed() {
        Prototypes one = RandomRows.prototypes(1, 4, 1);
        Prototypes two = RandomRows.prototypes(2, 4, 1);
        assertMessage("t: NaN", () -> new GaussianPotential(Double.NaN));
        assertMessage("t: 0", () -> new GaussianPotential(0));
        assertMessage("count 1", () -> new GaussianPotential(2).value(one));
        assertMessage("gradient: length 7", () -> new GaussianPotential(2).valueAndGradient(two, new double[7]));
        assertMessage("threads: 0", () -> new GaussianPotential(2).valueAndGradient(two, new double[8], Runnable::run, 0));
        assertTrue(new GaussianPotential(2).value(two) < 0);
    }
}

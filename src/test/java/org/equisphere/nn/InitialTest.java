package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** How parameters start: their distribution, and streams of chance that have nothing to do with each other. */
class InitialTest {

    private static final Backend BACKEND = Backends.open("ejml", 1);
    private static final int COUNT = 200_000;

    @AfterAll
    static void close() {
        BACKEND.close();
    }

    private static double[] draw(Initial initial) {
        float[] values = new float[COUNT + 2];
        initial.fill(values, 1, COUNT, new SplittableRandom(7));
        assertEquals(0, values[0]);
        assertEquals(0, values[COUNT + 1]);
        double[] drawn = new double[COUNT];
        for (int i = 0; i < COUNT; i++) {
            drawn[i] = values[i + 1];
        }
        return drawn;
    }

    private static double moment(double[] x, int power) {
        double sum = 0;
        for (double v : x) {
            sum += Math.pow(v, power);
        }
        return sum / x.length;
    }

    /** Five standard errors of each moment. */
    @Test
    void kaimingIsNormal() {
        double variance = 2.0 / 36;
        double[] x = draw(new Initial.KaimingNormal(36));
        assertEquals(0, moment(x, 1), 5 * Math.sqrt(variance / COUNT));
        assertEquals(variance, moment(x, 2), 5 * variance * Math.sqrt(2.0 / COUNT));
        assertEquals(3 * variance * variance, moment(x, 4), 5 * variance * variance * Math.sqrt(96.0 / COUNT));
    }

    @Test
    void fanInUniformFillsItsRange() {
        double bound = 1 / Math.sqrt(12);
        double[] x = draw(new Initial.FanInUniform(12));
        assertEquals(0, moment(x, 1), 5 * bound / Math.sqrt(3.0 * COUNT));
        assertEquals(bound * bound / 3, moment(x, 2), 5 * bound * bound * Math.sqrt(4.0 / 45 / COUNT));
        double largest = 0;
        for (double v : x) {
            largest = Math.max(largest, Math.abs(v));
        }
        assertTrue(largest <= bound && largest > 0.999 * bound, largest + " of " + bound);
    }

    @Test
    void startsAsDeclared() {
        Weights weights = Architecture.parse("resnet8").build(new int[] {8, 8, 3}, 4).initialise(BACKEND, 9);
        for (float v : weights.get("bn1.weight").toArray()) {
            assertEquals(1, v);
        }
        for (String name : new String[] {"bn1.bias", "layer1.0.bn2.running_mean"}) {
            for (float v : weights.get(name).toArray()) {
                assertEquals(0, v);
            }
        }
        float[] conv = weights.get("layer3.0.conv2.weight").toArray();
        double squares = 0;
        for (float v : conv) {
            squares += v * v;
        }
        double variance = 2.0 / (9 * 64);
        assertEquals(variance, squares / conv.length, 5 * variance * Math.sqrt(2.0 / conv.length), "fan-out");
    }

    @Test
    void oneSeedIsOneStart() {
        Network network = Architecture.parse("resnet8").build(new int[] {8, 8, 3}, 4);
        Weights weights = network.initialise(BACKEND, 9);
        float[] expected = weights.learned().toArray();
        assertArrayEquals(expected, network.initialise(BACKEND, 9).learned().toArray());
        weights.initialise(10);
        assertFalse(Arrays.equals(expected, weights.learned().toArray()));
        weights.initialise(9);
        assertArrayEquals(expected, weights.learned().toArray());
    }

    /** No draw of one stream turns up in another: neither in other parameters of the seed nor under the seeds beside it. */
    @Test
    void streamsDoNotOverlap() {
        Network network = new Network(new int[] {20}, List.of(new Dense("a", 20, false), new Dense("b", 20, false)));
        float[] first = network.initialise(BACKEND, 1).get("a.weight").toArray();
        assertTrue(overlap(first, first) >= 399, "the measure counts");
        assertTrue(overlap(first, network.initialise(BACKEND, 1).get("b.weight").toArray()) <= 1);
        for (long seed : new long[] {0, 2, 3, -1, 1 + 0x9E3779B9L}) {
            Weights other = network.initialise(BACKEND, seed);
            assertTrue(overlap(first, other.get("a.weight").toArray()) <= 1, "seed " + seed);
            assertTrue(overlap(first, other.get("b.weight").toArray()) <= 1, "seed " + seed);
        }
    }

    /** How many values of a are in b as well. */
    private static int overlap(float[] a, float[] b) {
        int same = 0;
        for (float v : a) {
            for (float w : b) {
                if (v == w) {
                    same++;
                    break;
                }
            }
        }
        return same;
    }
}

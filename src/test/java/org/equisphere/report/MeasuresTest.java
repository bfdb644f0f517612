package org.equisphere.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.SphericalCodes;
import org.junit.jupiter.api.Test;

/** Measures against numpy (testdata/train/measures.py). */
class MeasuresTest {

    @Test
    void agreeWithNumpy() throws IOException {
        JsonNode golden = new ObjectMapper().readTree(Path.of("testdata", "train", "measures.json").toFile());
        int classes = golden.get("classes").intValue();
        assertEquals(2, golden.get("cases").size());
        for (JsonNode one : golden.get("cases")) {
            int d = one.get("d").intValue();
            int n = one.get("labels").size();
            Measures.Sample sample = new Measures.Sample(n, d, classes);
            int[] labels = IntStream.range(0, n).map(i -> one.at("/labels/" + i).intValue()).toArray();
            int first = 7; // in two parts, as batches come
            sample.add(floats(one.get("features"), 0, first * d), floats(one.get("scores"), 0, first * classes), labels, first);
            sample.add(floats(one.get("features"), first * d, n * d), floats(one.get("scores"), first * classes, n * classes),
                    java.util.Arrays.copyOfRange(labels, first, n), n - first);
            double[] targets = IntStream.range(0, classes * d).mapToDouble(i -> one.at("/targets/" + i).doubleValue()).toArray();
            Measures m = Measures.of(sample, Prototypes.of(targets, classes, d));
            double[] found = {m.angleToPrototype(), m.angleToMean(), m.smallestAngle(), m.meanAngle(),
                m.withinBetween(), m.unequalNorms(), m.unequalAngles(), m.selfDuality(), m.nearestMeanDifference()};
            for (int k = 0; k < found.length; k++) {
                double expected = one.at("/measures/" + k).doubleValue();
                assertTrue(Math.abs(found[k] - expected) <= 1e-6 * Math.abs(expected),
                        "d = " + d + ", measure " + k + ": " + found[k] + ", numpy " + expected);
            }
        }
    }

    private static float[] floats(JsonNode list, int from, int to) {
        float[] values = new float[to - from];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) list.get(from + i).doubleValue();
        }
        return values;
    }

    /** Every feature on its prototype, the prototypes a simplex: all that collapses has collapsed. */
    @Test
    void aCollapsedSimplexMeasuresZero() {
        Prototypes simplex = SphericalCodes.simplex(5, 4);
        Measures.Sample sample = new Measures.Sample(10, 4, 5);
        float[] unit = simplex.toFloats();
        float[] scores = new float[25];
        for (int label = 0; label < 5; label++) {
            scores[label * 6] = 1;
        }
        for (int pass = 0; pass < 2; pass++) {
            sample.add(unit, scores, new int[] {0, 1, 2, 3, 4}, 5);
        }
        Measures m = Measures.of(sample, simplex);
        assertEquals(0, m.angleToPrototype(), 0.05);
        assertEquals(0, m.withinBetween(), 1e-9);
        assertEquals(0, m.unequalNorms(), 1e-6);
        assertEquals(0, m.unequalAngles(), 1e-6);
        assertEquals(0, m.selfDuality(), 1e-9);
        assertEquals(0, m.nearestMeanDifference());
        assertEquals(Math.toDegrees(Math.acos(-0.25)), m.smallestAngle(), 1e-5);
        assertTrue(Double.isNaN(Measures.of(sample, null).selfDuality()), "no prototypes, no duality");
    }
}

package org.equisphere.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemperatureScalingTest {

    private static final int CLASSES = 7;
    private static final int EXAMPLES = 20_000;

    private final SplittableRandom chance = new SplittableRandom();

    private float[] scores() {
        float[] scores = new float[EXAMPLES * CLASSES];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = (float) (2 * chance.nextDouble() - 1);
        }
        return scores;
    }

    /** Labels drawn with the probabilities softmax(scores / temperature). */
    private int[] drawn(float[] scores, double temperature) {
        int[] labels = new int[EXAMPLES];
        for (int i = 0; i < EXAMPLES; i++) {
            double best = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < CLASSES; c++) {
                double noisy = scores[i * CLASSES + c] / temperature - Math.log(-Math.log(chance.nextDouble(1e-300, 1))); // Gumbel
                if (noisy > best) {
                    best = noisy;
                    labels[i] = c;
                }
            }
        }
        return labels;
    }

    private static double loss(float[] scores, int[] labels, double temperature) {
        double loss = 0;
        for (int i = 0; i < labels.length; i++) {
            double sum = 0;
            for (int c = 0; c < CLASSES; c++) {
                sum += Math.exp((scores[i * CLASSES + c] - scores[i * CLASSES + labels[i]]) / temperature);
            }
            loss += Math.log(sum);
        }
        return loss / labels.length;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.07, 0.2, 1})
    void findsTheTemperatureThatLabelsWereDrawnAt(double temperature) {
        float[] scores = scores();
        int[] labels = drawn(scores, temperature);
        double found = TemperatureScaling.temperature(scores, labels);
        assertEquals(temperature, found, 0.1 * temperature);
        double least = loss(scores, labels, found);
        for (double step : new double[] {1e-3, 1e-2, 0.1}) {
            assertTrue(loss(scores, labels, found * (1 + step)) > least && loss(scores, labels, found / (1 + step)) > least,
                    found + " is not the least by " + step);
        }
        float[] moved = scores.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] = 8 * moved[i] + 16 * (i / CLASSES % 5);
        }
        assertEquals(8 * found, TemperatureScaling.temperature(moved, labels), 1e-4 * 8 * found,
                "a factor on all scores, and a term on all of an example's");
    }

    @Test
    void whereNoTemperatureIsBestTheEndsAre() {
        float[] scores = {3, 1, 2, 0, 1, 2};
        assertEquals(1e-4, TemperatureScaling.temperature(scores, new int[] {0, 2}), 1e-9, "all right");
        assertEquals(1e4, TemperatureScaling.temperature(scores, new int[] {1, 0}), 1e-2, "worse than chance");
    }
}

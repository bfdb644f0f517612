package org.equisphere.data;

import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixupTest {
    private static final int N = 50;

    private static FeatureDataset vectors() {
        float[] values = new float[3 * N];
        int[] labels = new int[N];
        for (int i = 0; i < N; i++) {
            values[3 * i] = i;
            values[3 * i + 1] = i * i;
            values[3 * i + 2] = 1;
            labels[i] = i % 7;
        }
        return new FeatureDataset("v", values, 3, labels, Labels.numbered(7));
    }

    @Test
    void blendsEachExampleWithItsPartner() throws InterruptedException {
        try (BatchLoader loader = BatchLoader.of(vectors()).batch(8).shuffle(6).mixup(1).open()) {
            for (Batch batch; (batch = loader.next()) != null; ) {
                float a = batch.lambda();
                assertTrue(a >= 0 && a <= 1);
                boolean[] used = new boolean[batch.count()];
                for (int k = 0; k < batch.count(); k++) {
                    int p = batch.partners()[k];
                    assertFalse(used[p], "partners are a permutation");
                    used[p] = true;
                    int i = batch.indices()[k];
                    int j = batch.indices()[p];
                    assertEquals(a * i + (1 - a) * j, batch.examples()[3 * k], 1e-4);
                    assertEquals(a * i * i + (1 - a) * j * j, batch.examples()[3 * k + 1], 1e-2);
                    assertEquals(1, batch.examples()[3 * k + 2], 1e-6);
                    assertEquals(i, batch.originals()[3 * k], "what it was before");
                    assertEquals(i % 7, batch.labels()[k]);
                    assertEquals(j % 7, batch.secondLabels()[k]);
                }
            }
        }
    }

    @Test
    void theSameForAnyNumberOfThreads() throws InterruptedException {
        String[] dealt = new String[2];
        for (int t = 0; t < 2; t++) {
            StringBuilder text = new StringBuilder();
            try (BatchLoader loader = BatchLoader.of(vectors()).batch(8).shuffle(6).mixup(0.4).threads(1 + 2 * t).open()) {
                for (Batch batch; (batch = loader.next()) != null; ) {
                    text.append(batch.lambda()).append(Arrays.toString(Arrays.copyOf(batch.examples(), 3 * batch.count())))
                            .append(Arrays.toString(Arrays.copyOf(batch.partners(), batch.count())));
                }
            }
            dealt[t] = text.toString();
        }
        assertEquals(dealt[0], dealt[1]);
    }

    @Test
    void withoutItLambdaIsOne() throws InterruptedException {
        try (BatchLoader loader = BatchLoader.of(vectors()).batch(8).open()) {
            assertEquals(1, loader.next().lambda());
        }
        refusesArgument(() -> BatchLoader.of(vectors()).mixup(-0.5), "-0.5");
        refusesArgument(() -> BatchLoader.of(vectors()).mixup(Double.NaN), "NaN");
    }

    /** Beta(a, a) has mean 1/2 and variance 1 / (4 (2a + 1)). */
    @ParameterizedTest
    @ValueSource(doubles = {0.2, 0.5, 1, 2, 8})
    void lambdaHasTheMomentsOfBeta(double alpha) {
        Mixup mixup = new Mixup(alpha, 0);
        RandomStream random = new RandomStream(3, RandomStream.MIXUP, 0);
        int n = 40_000;
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < n; k++) {
            double x = mixup.beta(random);
            assertTrue(x >= 0 && x <= 1);
            sum += x;
            squares += x * x;
        }
        double mean = sum / n;
        double variance = 1 / (4 * (2 * alpha + 1));
        assertEquals(0.5, mean, 5 * Math.sqrt(variance / n));
        assertEquals(variance, squares / n - mean * mean, 0.03 * variance);
    }
}

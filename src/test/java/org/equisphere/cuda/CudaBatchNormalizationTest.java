package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.BatchNormalization;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** What the last block of a sum does, and statistics of inputs on which plain sums of squares fail. */
final class CudaBatchNormalizationTest {

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Counters left at anything but zero would keep the next sum from its end. */
    @Test
    void sumsOfManyShapesComeOutRightAgainAndAgain() {
        try (Backend backend = EmulatedCuda.openShuffled(seed | 1)) {
            int[][] shapes = {{3000, 5}, {700, 129}, {3000, 5}, {2, 40_000}, {0, 3}, {700, 129}, {2, 40_000}};
            for (int[] shape : shapes) {
                Tensor dy = backend.tensor(shape);
                Tensor dbias = backend.tensor(shape[1]);
                float value = 1 + random.nextInt(100);
                backend.fill(dy, value);
                backend.fill(dbias, Float.NaN);
                backend.addBiasBackward(dy, false, dy, dbias);
                for (float sum : dbias.toArray()) {
                    assertEquals(value * shape[0], sum, () -> shape[0] + " x " + shape[1] + " [seed " + seed + "]");
                }
            }
        }
    }

    @Test
    void anOddFirstRowAndALargeMeanCostNoAccuracy() {
        try (Backend backend = EmulatedCuda.openShuffled(seed | 1)) {
            for (int columns : new int[] {3, 16}) {
                int rows = 5001;
                assertStatistics(backend, rows, columns, 0, 1, 1e4);
                assertStatistics(backend, rows, columns, -7, 0, 1e4);
                assertStatistics(backend, rows, columns, 1e4, 0.1, 0);
                assertStatistics(backend, rows, columns, 1, 1e-3, 1e-3);
            }
        }
    }

    /** Of normal numbers whose first row is {@code odd} further off. */
    private void assertStatistics(Backend backend, int rows, int columns, double mean, double deviation, double odd) {
        float[] x = new float[rows * columns];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (mean + deviation * random.nextGaussian() + (i < columns ? odd : 0));
        }
        BatchNormalization n = new BatchNormalization(backend.tensor(columns), backend.tensor(columns), backend.tensor(columns),
                backend.tensor(columns), backend.tensor(columns), backend.tensor(columns), 1e-12f, 1);
        Tensor input = backend.tensor(x, rows, columns);
        backend.batchNormalize(n, input, null, false, input);
        for (int c = 0; c < columns; c++) {
            double sum = 0;
            for (int i = c; i < x.length; i += columns) {
                sum += x[i];
            }
            double squares = 0;
            for (int i = c; i < x.length; i += columns) {
                squares += (x[i] - sum / rows) * (x[i] - sum / rows);
            }
            String what = mean + " +- " + deviation + ", first row " + odd + ", column " + c + " of " + columns + " [seed " + seed + "]";
            double inverse = 1 / Math.sqrt(squares / rows + 1e-12f);
            assertEquals(inverse, n.inverseDeviation().toArray()[c], 2e-6 * inverse, what);
            assertEquals(sum / rows, n.mean().toArray()[c], 1e-6 * (Math.abs(mean) + Math.sqrt(squares / rows)), what);
            assertEquals(squares / (rows - 1), n.runningVariance().toArray()[c], 4e-6 * squares / rows, what);
        }
    }
}

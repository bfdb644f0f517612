package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

    /** The contract's tensors are small: their blocks add the parts themselves. */
    @Test
    void aTensorOfManyBlocksHasItsSumsFromTheLastOne() {
        Strips strips = train(524_289 + random.nextInt(2000), 4);
        assertFalse(strips.small);
    }

    /** As many rows as blocks that add parts themselves can have, where the contract's have two; aligned columns and others. */
    @Test
    void blocksThatAddPartsThemselvesTakeEightRowsAThread() {
        for (int columns : new int[] {516, 515}) {
            Strips strips = train(3460 + random.nextInt(100), columns);
            assertTrue(strips.small);
            assertEquals(8, strips.chunk / strips.blockY);
        }
    }

    /** Forward and backward against plain sums; returns how the sums were shared out. */
    private Strips train(int rows, int columns) {
        float[] x = normal(rows * columns, 3);
        float[] dy = normal(rows * columns, 0.5);
        try (Backend backend = EmulatedCuda.openShuffled(seed | 1)) {
            BatchNormalization n = new BatchNormalization(backend.tensor(normal(columns, 1), columns), backend.tensor(columns),
                    backend.tensor(columns), backend.tensor(columns), backend.tensor(columns), backend.tensor(columns), 1e-5f, 1);
            Tensor input = backend.tensor(x, rows, columns);
            Tensor upper = backend.tensor(dy, rows, columns);
            Tensor y = backend.tensor(rows, columns);
            Tensor dgamma = backend.tensor(columns);
            Tensor dbeta = backend.tensor(columns);
            backend.batchNormalize(n, input, null, false, y);
            backend.batchNormalizeBackward(n, input, y, false, upper, upper, dgamma, dbeta, null, false);
            float[] out = y.toArray();
            float[] dx = upper.toArray();
            float[] gammas = n.gamma().toArray();
            float[] sums = dbeta.toArray();
            float[] products = dgamma.toArray();
            for (int c = 0; c < columns; c++) {
                double gamma = gammas[c];
                double mean = mean(x, x, c, columns, 1, 0);
                double inverse = 1 / Math.sqrt(mean(x, x, c, columns, 2, mean) + 1e-5);
                double sum = mean(dy, x, c, columns, 1, 0);
                double product = inverse * mean(dy, x, c, columns, 2, mean);
                String what = "column " + c + " of " + rows + " rows [seed " + seed + "]";
                assertEquals(sum, sums[c] / (double) rows, 1e-6, what);
                assertEquals(product, products[c] / (double) rows, 1e-6, what);
                for (int i = c; i < x.length; i += 29 * columns) {
                    double normalized = (x[i] - mean) * inverse;
                    assertEquals(gamma * normalized, out[i], 1e-5, what);
                    assertEquals(gamma * inverse * (dy[i] - sum - normalized * product), dx[i], 1e-5, what);
                }
            }
        }
        Strips strips = new Strips();
        strips.sums(rows, columns);
        return strips;
    }

    private float[] normal(int size, double mean) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (mean + random.nextGaussian());
        }
        return values;
    }

    /** The mean over a column of a, times b less its mean where {@code factors} are two. */
    private static double mean(float[] a, float[] b, int column, int columns, int factors, double meanOfB) {
        double sum = 0;
        for (int i = column; i < a.length; i += columns) {
            sum += factors == 1 ? a[i] : a[i] * (b[i] - meanOfB);
        }
        return sum * columns / a.length;
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

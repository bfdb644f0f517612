package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The loops over rows against their definitions: the vector ones where there is the Vector API, else the plain ones. */
final class RowLoopsTest {

    private static final float LEAST = -87.33f;
    private static final float MOST = 88.7228f;

    private static final boolean VECTORS = new VectorBackendProvider().unavailable().isEmpty();
    /** Units in the last place; the plain loop rounds products. */
    private static final double ALLOWED = VECTORS ? 1.011 : 1.5;

    private final RowLoops loops = VECTORS ? new VectorRowLoops() : new RowLoops();

    private float[] exponentials(float... x) {
        float[] row = new float[RowLoops.room(x.length)];
        System.arraycopy(x, 0, row, 0, x.length);
        loops.exponentials(row, x.length);
        return Arrays.copyOf(row, x.length);
    }

    /** The largest error of the exponential, in units in the last place of the float nearest to the true value. */
    private double worst(float[] x) {
        float[] got = exponentials(x);
        double worst = 0;
        for (int i = 0; i < x.length; i++) {
            double wanted = Math.exp(x[i]);
            worst = Math.max(worst, Math.abs(got[i] - wanted) / Math.ulp((float) wanted));
        }
        return worst;
    }

    @Test
    void exponentialIsAboutOneUnitOffAtMostOverTheWholeRange() {
        int from = Float.floatToRawIntBits(Float.MIN_NORMAL);
        double worst = 0;
        float[] x = new float[1 << 12];
        int filled = 0;
        // every 997th float of either sign within the range
        for (int bits = from; Float.intBitsToFloat(bits) <= MOST; bits += 997) {
            float value = Float.intBitsToFloat(bits);
            x[filled++] = value;
            x[filled++] = Math.max(-value, LEAST);
            if (filled == x.length) {
                worst = Math.max(worst, worst(x));
                filled = 0;
            }
        }
        assertTrue(worst <= ALLOWED, "off by " + worst);
        assertTrue(worst > 0.5, "off by " + worst + " only: is anything compared?");
    }

    @Test
    void exponentialOfRandomNumbers() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        float[] x = new float[100_003];
        for (int i = 0; i < x.length; i++) {
            x[i] = LEAST + (MOST - LEAST) * random.nextFloat();
        }
        double worst = worst(x);
        assertTrue(worst <= ALLOWED, "off by " + worst + ", seed " + seed);
    }

    @Test
    void exponentialAtTheEnds() {
        float infinity = Float.POSITIVE_INFINITY;
        float payload = Float.intBitsToFloat(0x7fc00155);
        float[] x = {-infinity, -Float.MAX_VALUE, -104, -88, Math.nextDown(LEAST), 0, -0f, Float.MIN_VALUE, -Float.MIN_VALUE,
            Math.nextUp(MOST), 100, Float.MAX_VALUE, infinity, Float.NaN, payload, -payload};
        float[] wanted = {0, 0, 0, 0, 0, 1, 1, 1, 1, infinity, infinity, infinity, infinity, Float.NaN, Float.NaN, Float.NaN};
        assertArrayEquals(wanted, exponentials(x));
    }

    @Test
    void sumsWhatItWroteWhateverTheLength() {
        Random random = new Random();
        for (int n : new int[] {0, 1, 3, 15, 16, 17, 100, 1021, 1024, 1025, 4097, 100_003}) {
            float[] row = new float[RowLoops.room(n)];
            double sum = 0;
            for (int i = 0; i < row.length; i++) {
                row[i] = i < n ? (float) -Math.abs(random.nextGaussian()) : Float.NaN;
                sum += i < n ? Math.exp(row[i]) : 0;
            }
            assertEquals(sum, loops.exponentials(row, n), 1e-6 * sum, "of " + n);
        }
    }

    @Test
    void maximumKeepsNaN() {
        for (int n : new int[] {1, 5, 16, 37}) {
            float[] most = new float[n + 1];
            float[] x = new float[n + 3];
            for (int i = 0; i < n; i++) {
                most[i] = i % 5 == 3 ? Float.NaN : i;
                x[3 + i] = i % 5 == 4 ? Float.NaN : n / 2f;
            }
            loops.maximum(most, x, 3, n);
            for (int i = 0; i < n; i++) {
                assertEquals(i % 5 >= 3 ? Float.NaN : Math.max(i, n / 2f), most[i]);
            }
            assertEquals(0, most[n]);
        }
    }

    @Test
    void sumsHaveTheSameBitsOnceCompiled() {
        float[] x = new float[65];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) Math.sin(i) * 3;
        }
        double first = 0;
        for (int i = 0; i < 50_000; i++) {
            float[] row = Arrays.copyOf(x, RowLoops.room(x.length));
            double sum = loops.exponentials(row, x.length);
            first = i == 0 ? sum : first;
            assertEquals(first, sum, "in round " + i);
        }
    }
}

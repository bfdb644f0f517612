package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.DoubleBackend;
import org.equisphere.tensor.Tensor;
import org.equisphere.tensor.WindowAttention;
import org.junit.jupiter.api.Test;

/** Gradients of attention over so many windows that a thread or block sums several of them, in several parts, against double arithmetic. */
final class WindowAttentionTest {

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Three windows of all 49 cells a block, some cut and some not. */
    @Test
    void manySmallWindows() {
        check(new WindowAttention(2, 118, 120, 3, 4, 7, 3));
    }

    /** Two windows a thread, whose heads do not fit the kernels for small ones. */
    @Test
    void manyLargeWindows() {
        check(new WindowAttention(8300, 1, 2, 1, 33, 2, 0));
    }

    private void check(WindowAttention g) {
        assertTrue(g.windows() * g.heads() > 2 * 768, g::toString);
        int tokens = g.batch() * g.height() * g.width();
        float[] qkv = normal(tokens * 3 * g.channels());
        float[] bias = normal(g.relativePlaces() * g.heads());
        float[] dy = normal(tokens * g.channels());
        try (Backend exact = new DoubleBackend(); Backend cuda = EmulatedCuda.openShuffled(seed | 1)) {
            Tensor[] expected = gradients(exact, g, qkv, bias, dy);
            Tensor[] got = gradients(cuda, g, qkv, bias, dy);
            assertClose(DoubleBackend.get(expected[0]), got[0].toArray(), 1e-4, g + ", dqkv");
            // A sum of independent errors.
            assertClose(DoubleBackend.get(expected[1]), got[1].toArray(), 1e-5 * Math.sqrt(g.windows()), g + ", dbias");
        }
    }

    private static Tensor[] gradients(Backend backend, WindowAttention g, float[] qkv, float[] bias, float[] dy) {
        Tensor dqkv = backend.tensor(g.batch(), g.height(), g.width(), 3 * g.channels());
        Tensor dbias = backend.tensor(g.relativePlaces(), g.heads());
        backend.fill(dqkv, Float.NaN);
        backend.fill(dbias, Float.NaN);
        backend.windowAttentionBackward(g, backend.tensor(qkv, dqkv.shape()), backend.tensor(bias, dbias.shape()),
                backend.tensor(dy, g.batch(), g.height(), g.width(), g.channels()), dqkv, dbias);
        return new Tensor[] {dqkv, dbias};
    }

    private void assertClose(double[] expected, float[] got, double tolerance, String what) {
        assertEquals(expected.length, got.length);
        for (int i = 0; i < got.length; i++) {
            int at = i;
            assertEquals(expected[i], got[i], tolerance, () -> what + " at " + at + " [seed " + seed + "]");
        }
    }

    private float[] normal(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}

package org.equisphere.sphere;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.equisphere.tensor.VectorBackendProvider;
import org.junit.jupiter.api.Test;

class PairKernelTest {

    @Test
    void theVectorApiServesHereWhereItServesTheBackend() {
        assertEquals(new VectorBackendProvider().unavailable().isEmpty(), PairKernels.best() instanceof VectorPairKernel);
    }

    /** Sums take one order, compiled or not: else prototypes of one seed would differ from run to run. */
    @Test
    void theOrderOfASumDoesNotDependOnTheCompiler() {
        PairKernel kernel = PairKernels.best();
        int lanes = kernel.lanes();
        SplittableRandom random = new SplittableRandom(3);
        for (int call = 0; call < 20_000; call++) {
            double[] g = random.doubles(4L * lanes, -3, 3).toArray();
            double sum = kernel.exponentials(g, 0, g.length, 1, 0);
            double[] ofLane = new double[lanes];
            for (int k = 0; k < g.length; k++) {
                ofLane[k % lanes] += g[k];
            }
            double expected = 0;
            for (double part : ofLane) {
                expected += part;
            }
            assertEquals(expected, sum, 0, "call " + call + " of " + kernel.name());
        }
    }
}

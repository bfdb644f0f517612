package org.equisphere.nn;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.equisphere.tensor.DoubleBackend;
import org.equisphere.tensor.Tensor;

/** Holds gradients against central differences in double: (L(x + h) - L(x - h)) / 2h. */
final class FiniteDifferences {

    /** Balances the truncation error h^2 against the rounding error 1e-16 / h. */
    private static final double STEP = 1e-5;

    /** Of the tensor's largest gradient; the worst found over all layers was 5e-10. */
    private static final double TOLERANCE = 1e-8;

    private FiniteDifferences() {
    }

    /**
     * Checks a gradient, at every element of a small tensor and at a sample of a large one.
     *
     * @param what     for messages
     * @param x        moved and put back
     * @param gradient what is checked
     * @param samples  how many elements at most
     * @param loss     computes the loss anew
     */
    static void check(String what, Tensor x, double[] gradient, int samples, DoubleSupplier loss) {
        double largest = 0;
        for (double g : gradient) {
            largest = Math.max(largest, Math.abs(g));
        }
        assertTrue(largest > 1e-6, what + ": the gradient is zero, which shows nothing");
        SplittableRandom random = new SplittableRandom(gradient.length);
        for (int k = 0; k < Math.min(samples, gradient.length); k++) {
            int i = gradient.length <= samples ? k : random.nextInt(gradient.length);
            double difference = difference(x, i, loss);
            double error = Math.abs(gradient[i] - difference);
            assertTrue(error <= TOLERANCE * largest, what + "[" + i + "]: gradient " + gradient[i] + ", difference " + difference);
        }
    }

    private static double difference(Tensor x, int i, DoubleSupplier loss) {
        double at = DoubleBackend.get(x, i);
        DoubleBackend.set(x, i, at + STEP);
        double above = loss.getAsDouble();
        DoubleBackend.set(x, i, at - STEP);
        double below = loss.getAsDouble();
        DoubleBackend.set(x, i, at);
        return (above - below) / (2 * STEP);
    }
}

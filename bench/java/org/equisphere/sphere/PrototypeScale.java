package org.equisphere.sphere;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.Locale;

/**
 * Optimises a large set, to be run with -Xmx2g: arguments n, d, iterations, batch (0 for all pairs). Prints the loss and the time at each iteration
 * (each tenth part of them with batches, of whose loss), and at the end the loss over all pairs, the uniform measure's, seconds and the heap's peak
 * and limit.
 */
public final class PrototypeScale {

    private PrototypeScale() {
    }

    public static void main(String[] args) {
        if (args.length < 4) {
            throw new IllegalArgumentException("expected N D ITERATIONS BATCH");
        }
        int n = Integer.parseInt(args[0]);
        int d = Integer.parseInt(args[1]);
        int iterations = Integer.parseInt(args[2]);
        int batch = Integer.parseInt(args[3]);
        long begin = System.nanoTime();
        int every = batch > 0 ? Math.max(1, iterations / 10) : 1;
        PrototypeOptimizer.Result result = new PrototypeOptimizer(n, d).maxIterations(iterations).batch(batch)
                .progress((restart, iteration, loss, norm) -> {
            if (iteration % every == 0) {
                System.out.printf(Locale.ROOT, "  iteration %d, %.1f s, loss %.6f%n", iteration, 1e-9 * (System.nanoTime() - begin), loss);
            }
            return true;
        }).optimize();
        long peak = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            peak += pool.getType() == MemoryType.HEAP ? pool.getPeakUsage().getUsed() : 0;
        }
        System.out.printf(Locale.ROOT, "n %d, d %d, batch %d, %d iterations, %.1f s, loss %.6f, uniform measure %.6f, heap at most %d MB of %d MB%n",
                n, d, batch, result.iterations(), result.seconds(), result.objective(), SeparationBounds.uniformMeasure(d, 2), peak >> 20,
                Runtime.getRuntime().maxMemory() >> 20);
    }
}

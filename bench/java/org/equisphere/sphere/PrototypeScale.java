package org.equisphere.sphere;

import java.util.Locale;

/**
 * Optimises a large set, to be run with -Xmx2g: arguments n, d, iterations, batch (0 for all pairs). Prints the loss before and after,
 * seconds and the heap's peak.
 */
public final class PrototypeScale {

    private PrototypeScale() {
    }

    public static void main(String[] args) {
        int n = Integer.parseInt(args[0]);
        int d = Integer.parseInt(args[1]);
        PrototypeOptimizer.Result result = new PrototypeOptimizer(n, d).maxIterations(Integer.parseInt(args[2])).batch(Integer.parseInt(args[3]))
                .optimize();
        System.out.printf(Locale.ROOT, "n %d, d %d, batch %s, %d iterations, %.1f s, loss %.6f, uniform measure %.6f, heap limit %d MB%n", n, d, args[3],
                result.iterations(), result.seconds(), result.objective(), SeparationBounds.uniformMeasure(d, 2), Runtime.getRuntime().maxMemory() >> 20);
    }
}

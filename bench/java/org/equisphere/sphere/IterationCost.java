package org.equisphere.sphere;

import java.util.Locale;
import java.util.Random;

/**
 * The cost of one value and gradient of the Gaussian potential against n, as CSV: n, d, threads, kernel, block, milliseconds (the
 * least of the repeats), GFLOP/s counting 3 n^2 d (what the symmetric half takes) and the heap in use at the end, garbage included, in MB.
 *
 * <p>Arguments: any number of n,d pairs such as 1000,512; default a range of both. bench/iteration_cost_plot.py draws the result.
 */
public final class IterationCost {

    private static final String[] DEFAULT = {"100,10", "200,10", "500,10", "1000,10", "2000,10", "5000,10", "10000,10", "20000,10",
        "100,128", "200,128", "500,128", "1000,128", "2000,128", "5000,128", "10000,128", "20000,128",
        "100,512", "200,512", "500,512", "1000,512", "2000,512", "5000,512", "10000,512"};

    private IterationCost() {
    }

    public static void main(String[] args) {
        System.out.println("n,d,threads,kernel,block,ms,gflops,heap_mb");
        for (String size : args.length == 0 ? DEFAULT : args) {
            int n = Integer.parseInt(size.split(",")[0]);
            int d = Integer.parseInt(size.split(",")[1]);
            int block = Integer.getInteger("block", PairwisePotential.BLOCK);
            for (int threads = 1; threads <= Math.min(2, Runtime.getRuntime().availableProcessors()); threads++) {
                try (WorkerTeam team = new WorkerTeam(threads)) {
                    measure(n, d, new PairwisePotential(n, d, team, PairKernels.best(), block), threads, block);
                }
            }
        }
    }

    private static void measure(int n, int d, PairwisePotential potential, int threads, int block) {
        Random random = new Random(1);
        double[] rows = new double[n * d];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = random.nextGaussian();
        }
        double[] w = Prototypes.of(rows, n, d).rows();
        double[] gradient = new double[n * d];
        double flops = 3.0 * n * n * d;
        double least = Double.POSITIVE_INFINITY;
        int repeats = (int) Math.max(1, Math.min(20000, 4e10 / (flops + 2e4 * n)));
        for (int repeat = 0; repeat < repeats; repeat++) {
            long start = System.nanoTime();
            potential.evaluate(w, 4, gradient);
            least = Math.min(least, 1e-6 * (System.nanoTime() - start));
        }
        Runtime runtime = Runtime.getRuntime();
        System.out.printf(Locale.ROOT, "%d,%d,%d,%s,%d,%.4f,%.1f,%d%n", n, d, threads, PairKernels.best().name(), block, least, 1e-6 * flops / least,
                (runtime.totalMemory() - runtime.freeMemory()) >> 20);
    }
}

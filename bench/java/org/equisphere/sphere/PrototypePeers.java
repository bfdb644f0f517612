package org.equisphere.sphere;

import java.util.Locale;

/**
 * Our side of the comparison with the paper's method: every published size, both objectives, seeds 0 to 4, against the loss and the
 * largest cosine of the released prototypes. CSV on standard output; the exit is by exception if a figure is not as good.
 *
 * <p>Arguments: seeds (default 5), smallest and largest n (default all).
 *
 * <p>The other side is bench/peers/prototype_peers.py. The first pass of the smallest size is a warm-up and not printed.
 */
public final class PrototypePeers {

    /** n, d, the released prototypes' uniformity loss at t = 2 and largest cosine. */
    private static final double[][] PUBLISHED = {
        {100, 3, -2.153134, 0.99977}, {100, 5, -2.795857, 0.76348}, {100, 10, -3.455158, 0.45728}, {100, 16, -3.714486, 0.32619},
        {100, 32, -3.921394, 0.24650}, {100, 84, -4.029406, 0.01895}, {200, 50, -3.928387, 0.20499}, {200, 100, -4.004808, 0.19945},
        {1000, 512, -3.992997, 0.15641}};

    private PrototypePeers() {
    }

    public static void main(String[] args) {
        for (Objective objective : Objective.values()) {
            new PrototypeOptimizer(100, 10).objective(objective).restarts(4).optimize();
        }
        System.out.println("n,d,objective,seed,seconds,iterations,ours,published");
        int seeds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        int smallest = args.length > 1 ? Integer.parseInt(args[1]) : 0;
        int largest = args.length > 2 ? Integer.parseInt(args[2]) : Integer.MAX_VALUE;
        for (double[] row : PUBLISHED) {
            if (row[0] < smallest || row[0] > largest) {
                continue;
            }
            for (Objective objective : Objective.values()) {
                for (int seed = 0; seed < seeds; seed++) {
                    compare(row, objective, seed);
                }
            }
        }
    }

    private static void compare(double[] row, Objective objective, int seed) {
        PrototypeOptimizer.Result result = new PrototypeOptimizer((int) row[0], (int) row[1]).objective(objective).seed(seed).optimize();
        double published = objective == Objective.SEPARATION ? row[3] : row[2];
        System.out.printf(Locale.ROOT, "%.0f,%.0f,%s,%d,%.4f,%d,%.9f,%.6f%n", row[0], row[1], objective, seed, result.seconds(),
                result.iterations(), result.objective(), published);
        boolean asGood = objective == Objective.SEPARATION ? result.objective() < published : result.objective() <= published;
        if (!asGood) {
            throw new IllegalStateException("not as good as the published prototypes: n = " + row[0] + ", d = " + row[1] + ", " + objective);
        }
    }
}

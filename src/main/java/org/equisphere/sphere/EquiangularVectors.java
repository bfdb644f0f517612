package org.equisphere.sphere;

import java.util.Random;

/**
 * Equiangular basis vectors (Shen, Sun and Wei, "Equiangular Basis Vectors", 2023): n unit vectors whose cosines, signs left aside, are bounded
 * by a small number for every pair, so that every vector is nearly orthogonal to every other.
 *
 * <p>The published construction stops at a bound given beforehand; here the bound is made as small as can be: the largest |cos| of the vectors
 * is the largest cosine of the vectors and their opposites together, which {@link SeparationDescent} lowers. For n at most d the vectors are
 * orthonormal and the bound is 0.
 */
public final class EquiangularVectors {

    private static final int HISTORY = 10;
    private static final double GRADIENT_TOLERANCE = 1e-6;

    private EquiangularVectors() {
    }

    /**
     * Makes n of them in d dimensions from a seed; the same bits for the same arguments.
     *
     * @throws IllegalArgumentException if n or d is below 1
     */
    public static Prototypes of(int n, int d, long seed) {
        Prototypes.requireSizes(n, d);
        if (n <= d) {
            return SphericalCodes.rotated(axes(n, d), seed);
        }
        Random random = new Random(seed);
        double[] w = new double[n * d];
        for (int k = 0; k < w.length; k++) {
            w[k] = random.nextGaussian();
        }
        w = Prototypes.of(w, n, d).toArray();
        if (d > 1) {
            descend(w, n, d);
        }
        return Prototypes.of(w, n, d);
    }

    /** The largest |cos| of any pair; 0 for a single vector. */
    public static double largestAbsoluteCosine(Prototypes w) {
        double largest = 0;
        for (int i = 0; i < w.count(); i++) {
            for (int j = 0; j < i; j++) {
                double cosine = 0;
                for (int k = 0; k < w.dimension(); k++) {
                    cosine += w.rows()[i * w.dimension() + k] * w.rows()[j * w.dimension() + k];
                }
                largest = Math.max(largest, Math.abs(cosine));
            }
        }
        return largest;
    }

    private static Prototypes axes(int n, int d) {
        double[] rows = new double[n * d];
        for (int i = 0; i < n; i++) {
            rows[i * d + i] = 1;
        }
        return Prototypes.of(rows, n, d);
    }

    private static void descend(double[] w, int n, int d) {
        try (WorkerTeam team = new WorkerTeam(Math.max(1, Runtime.getRuntime().availableProcessors()))) {
            RiemannianLbfgs lbfgs = new RiemannianLbfgs(n, d, HISTORY, team);
            CosineSum sum = new WithOpposites(n, d, team);
            new SeparationDescent(n, d, sum, lbfgs, Integer.MAX_VALUE, GRADIENT_TOLERANCE, 1).run(w, (iteration, value, norm) -> true);
        }
    }

    /** The sum over the pairs of all vectors and their opposites. */
    private static final class WithOpposites implements CosineSum {

        private final PairwisePotential potential;
        private final double[] all;
        private final double[] slope;

        WithOpposites(int n, int d, WorkerTeam team) {
            potential = new PairwisePotential(2 * n, d, team);
            all = new double[2 * n * d];
            slope = new double[2 * n * d];
        }

        @Override
        public double evaluate(double[] w, double scale, double[] gradient) {
            for (int k = 0; k < w.length; k++) {
                all[k] = w[k];
                all[w.length + k] = -w[k];
            }
            double value = potential.evaluate(all, scale, gradient == null ? null : slope);
            for (int k = 0; gradient != null && k < w.length; k++) {
                gradient[k] = slope[k] - slope[w.length + k];
            }
            return value;
        }

        @Override
        public double largestCosine() {
            return potential.largestCosine();
        }
    }
}

package org.equisphere.sphere;

/**
 * Minimises the largest cosine: annealed log-sum-exp.
 *
 * <p>f_s(W) = 1/s log( sum over i<j of exp(s cos_ij) ) lies above the largest cosine by at most log(n(n-1)/2)/s. It is minimised at
 * growing inverse temperatures s, each from the last one's end. The slower, the nearer each stage comes to its own minimum before the next
 * begins, which decides how good the end is where n is large beside d.
 */
final class SeparationDescent {

    private static final double FIRST_SCALE = 8;
    private static final double LAST_SCALE = 1e5;
    /** At slowness 1. A stage ends where five iterations lower f_s by less than the tolerance over s. */
    private static final double GROWTH = 3;
    private static final int STAGE_ITERATIONS = 150;
    private static final double STAGE_TOLERANCE = 1e-3;

    private final int n;
    private final int d;
    private final CosineSum sum;
    private final RiemannianLbfgs lbfgs;
    private final int maxIterations;
    private final double gradientTolerance;
    private final double growth;
    private final long stageIterations;
    private final double stageTolerance;
    private int iterations;
    private boolean stopped;

    SeparationDescent(int n, int d, CosineSum sum, RiemannianLbfgs lbfgs, int maxIterations, double gradientTolerance,
                      int slowness) {
        this.n = n;
        this.d = d;
        this.sum = sum;
        this.lbfgs = lbfgs;
        this.maxIterations = maxIterations;
        this.gradientTolerance = gradientTolerance;
        this.growth = 1 + (GROWTH - 1) / Math.sqrt(slowness);
        this.stageIterations = (long) STAGE_ITERATIONS * slowness;
        this.stageTolerance = STAGE_TOLERANCE / ((double) slowness * slowness);
    }

    /** @param w n x d unit rows, modified: holds the end */
    PrototypeOptimizer.Descent run(double[] w, RiemannianLbfgs.Watch watch) {
        double norm = Double.NaN;
        for (double scale = FIRST_SCALE; scale <= LAST_SCALE && iterations < maxIterations && !stopped; scale *= growth) {
            norm = anneal(w, scale, watch);
        }
        sum.evaluate(w, 1, null);
        return new PrototypeOptimizer.Descent(w, sum.largestCosine(), norm, iterations);
    }

    private double anneal(double[] w, double scale, RiemannianLbfgs.Watch watch) {
        int before = iterations;
        SphereFunction soft = (x, gradient) -> {
            double value = sum.evaluate(x, scale, gradient) / scale;
            SphereVectors.scale(1 / scale, gradient);
            return value;
        };
        int most = (int) Math.min(stageIterations, maxIterations - iterations);
        RiemannianLbfgs.Outcome end = lbfgs.minimize(soft, w, Double.POSITIVE_INFINITY, most, gradientTolerance, stageTolerance / scale,
                (iteration, value, norm) -> {
                    iterations = before + iteration;
                    stopped = !watch.proceed(iterations, sum.largestCosine(), norm);
                    return !stopped;
                });
        return end.gradientNorm();
    }
}

package org.equisphere.sphere;

/**
 * Limited-memory BFGS on the product of n spheres S^(d-1).
 *
 * <p>The retraction is the normalisation of each row, the vector transport the orthogonal projection to the tangent space. The
 * {@link LbfgsHistory} is projected where it is used: the recursion runs in the surrounding space and its result is projected, which costs
 * one projection an iteration instead of 2m. See Absil, Mahony and Sepulchre, "Optimization Algorithms on Matrix Manifolds", 2008, section 8.
 */
final class RiemannianLbfgs {

    /** Told after each iteration; may stop the run by returning false. */
    interface Watch {
        boolean proceed(int iteration, double value, double gradientNorm);
    }

    /** Where a run ended. */
    record Outcome(double value, double gradientNorm, int iterations) {
    }

    /** A run ends when this many iterations together lower the value by less than the value tolerance. */
    private static final int PATIENCE = 5;
    /** The first step, and any after the history was cleared, moves no prototype by more than this many radians. */
    private static final double FIRST_MOVE = 0.1;

    private final int d;
    private final RowRanges ranges;
    private final LbfgsHistory history;
    private final SphereLineSearch search;
    private double[] gradient;
    private final double[] direction;

    /** @param memory pairs of the history: 2 n*d numbers each */
    RiemannianLbfgs(int n, int d, int memory, WorkerTeam team) {
        this.d = d;
        this.ranges = new RowRanges(n, d, team);
        this.history = new LbfgsHistory(d, memory, ranges);
        this.search = new SphereLineSearch(n, d, ranges);
        this.gradient = new double[n * d];
        this.direction = new double[n * d];
    }

    /**
     * Minimises a function from w.
     *
     * @param start n x d unit rows, modified: holds the best point at the end
     * @param firstStep along the negative gradient, where nothing is known of the curvature yet; shortened where it would move a prototype too far
     * @param gradientTolerance the run ends where the norm of the gradient falls to this
     * @param valueTolerance the run ends where five iterations lower the value by less than this; with 0, where they raise it
     */
    Outcome minimize(SphereFunction function, double[] start, double firstStep, int maxIterations, double gradientTolerance,
                     double valueTolerance, Watch watch) {
        history.clear();
        double[] w = start;
        double value = function.valueAndGradient(w, gradient);
        ranges.each(1, (from, to, results, at) -> results[at] = SphereVectors.dot(gradient, gradient, from * d, to * d));
        double norm = Math.sqrt(ranges.sum(0));
        double[] recent = new double[PATIENCE];
        int iteration = 0;
        while (iteration < maxIterations && !(norm <= gradientTolerance)) {
            double slope = history.writeDirection(w, gradient, direction);
            boolean fresh = history.isEmpty();
            if (!fresh && !(slope < 0)) {
                history.clear();
                continue;
            }
            double step = fresh ? Math.min(firstStep, FIRST_MOVE / history.longestRow()) : 1;
            if (!search.run(function, w, direction, history.longestRow(), value, slope, step)) {
                if (fresh) {
                    break;
                }
                history.clear();
                continue;
            }
            history.add(search.point(), direction, search.step(), gradient, search.gradient());
            w = search.exchangePoint(w);
            gradient = search.exchangeGradient(gradient);
            value = search.value();
            norm = search.gradientNorm();
            iteration++;
            double before = recent[iteration % PATIENCE];
            recent[iteration % PATIENCE] = value;
            if (!watch.proceed(iteration, value, norm) || iteration > PATIENCE && before - value < valueTolerance) {
                break;
            }
        }
        if (w != start) {
            SphereVectors.copy(w, start);
            search.exchangePoint(w);
        }
        return new Outcome(value, norm, iteration);
    }
}

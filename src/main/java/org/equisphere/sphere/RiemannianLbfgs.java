package org.equisphere.sphere;

/**
 * Limited-memory BFGS on the product of n spheres S^(d-1).
 *
 * <p>The retraction is the normalisation of each row, the vector transport the orthogonal projection to the tangent space. The
 * history is projected where it is used: the two-loop recursion (Nocedal and Wright, Algorithm 7.4) runs in the surrounding space and
 * its result is projected, which costs one projection an iteration instead of 2m. See Absil, Mahony and Sepulchre, "Optimization
 * Algorithms on Matrix Manifolds", 2008, section 8.
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
    /** The first step, and any after a restart, moves no prototype by more than this many radians. */
    private static final double FIRST_MOVE = 0.1;
    /** Curvature s.y must exceed this share of |s||y| for a pair to enter the history. */
    private static final double CURVATURE = 1e-10;

    private final int n;
    private final int d;
    private final int memory;
    private final double[][] steps;
    private final double[][] changes;
    private final double[] curvatures;
    private final double[] weights;
    private int stored;
    private int newest;

    private double[] w;
    private double[] gradient;
    private double[] direction;
    private final SphereLineSearch search;

    RiemannianLbfgs(int n, int d, int memory) {
        this.n = n;
        this.d = d;
        this.memory = memory;
        this.steps = new double[memory][];
        this.changes = new double[memory][];
        this.curvatures = new double[memory];
        this.weights = new double[memory];
        this.gradient = new double[n * d];
        this.direction = new double[n * d];
        this.search = new SphereLineSearch(n, d);
    }

    /**
     * Minimises a function from w.
     *
     * @param start n x d unit rows, modified: holds the best point at the end
     * @param gradientTolerance the run ends where the norm of the gradient falls to this
     * @param valueTolerance the run ends where five iterations lower the value by less than this; 0 switches that off
     */
    Outcome minimize(SphereFunction function, double[] start, int maxIterations, double gradientTolerance, double valueTolerance,
                     Watch watch) {
        w = start;
        stored = 0;
        newest = -1;
        double value = function.valueAndGradient(w, gradient);
        double norm = Math.sqrt(SphereVectors.dot(gradient, gradient));
        double[] recent = new double[PATIENCE];
        int iteration = 0;
        while (iteration < maxIterations && !(norm <= gradientTolerance)) {
            double slope = chooseDirection();
            boolean fresh = stored == 0;
            double step = fresh ? FIRST_MOVE / SphereVectors.longestRow(direction, n, d) : 1;
            if (!search.run(function, w, direction, value, slope, step)) {
                if (fresh) {
                    break;
                }
                stored = 0;
                continue;
            }
            remember();
            SphereVectors.copy(search.point(), w);
            SphereVectors.copy(search.gradient(), gradient);
            value = search.value();
            norm = Math.sqrt(SphereVectors.dot(gradient, gradient));
            iteration++;
            double before = recent[iteration % PATIENCE];
            recent[iteration % PATIENCE] = value;
            if (!watch.proceed(iteration, value, norm) || iteration > PATIENCE && before - value < valueTolerance) {
                break;
            }
        }
        return new Outcome(value, norm, iteration);
    }

    /** Sets the direction to -H g, H the inverse Hessian's estimate, and returns its slope g.p, negative. */
    private double chooseDirection() {
        SphereVectors.copy(gradient, direction);
        for (int back = 0; back < stored; back++) {
            int at = (newest - back + memory) % memory;
            weights[at] = SphereVectors.dot(steps[at], direction) / curvatures[at];
            SphereVectors.add(-weights[at], changes[at], direction);
        }
        if (stored > 0) {
            double[] y = changes[newest];
            SphereVectors.scale(curvatures[newest] / SphereVectors.dot(y, y), direction);
        }
        for (int back = stored - 1; back >= 0; back--) {
            int at = (newest - back + memory) % memory;
            double beta = SphereVectors.dot(changes[at], direction) / curvatures[at];
            SphereVectors.add(weights[at] - beta, steps[at], direction);
        }
        SphereVectors.scale(-1, direction);
        SphereVectors.projectTangent(w, direction, n, d);
        double slope = SphereVectors.dot(gradient, direction);
        if (stored > 0 && !(slope < 0)) {
            stored = 0;
            return chooseDirection();
        }
        return slope;
    }

    /** Stores s = the step transported to the new point, y = the change of the gradient there. */
    private void remember() {
        int slot = (newest + 1) % memory;
        if (steps[slot] == null) {
            steps[slot] = new double[n * d];
            changes[slot] = new double[n * d];
        }
        double[] s = steps[slot];
        double[] y = changes[slot];
        double[] point = search.point();
        SphereVectors.copy(direction, s);
        SphereVectors.scale(search.step(), s);
        SphereVectors.projectTangent(point, s, n, d);
        SphereVectors.copy(gradient, y);
        SphereVectors.projectTangent(point, y, n, d);
        SphereVectors.scale(-1, y);
        SphereVectors.add(1, search.gradient(), y);
        double sy = SphereVectors.dot(s, y);
        if (sy > CURVATURE * Math.sqrt(SphereVectors.dot(s, s) * SphereVectors.dot(y, y))) {
            curvatures[slot] = sy;
            newest = slot;
            stored = Math.min(stored + 1, memory);
        }
    }
}

package org.equisphere.sphere;

/**
 * A line search along x(a) = normalise(w + a p) for the weak Wolfe conditions, by expansion and bracketing.
 *
 * <p>The bracketing is that of Lewis and Overton, "Nonsmooth optimization via quasi-Newton methods", 2013, with cubic interpolation
 * inside the bracket; near the limit of rounding the decrease is judged by the slopes, as in Hager and Zhang's approximate Wolfe
 * conditions (2005).
 */
final class SphereLineSearch {

    private static final double DECREASE = 1e-4;
    private static final double SLOPE = 0.9;
    /** Values within this share of each other are equal as far as rounding can tell. */
    private static final double ROUNDING = 1e-14;
    private static final int MAX_TRIALS = 30;
    /** No prototype moves further than this along the tangent in one step: beyond it the search direction says nothing. */
    private static final double LONGEST_MOVE = 1;

    private final int n;
    private final int d;
    private final double[] point;
    private final double[] gradient;
    private final double[] norms;
    private double value;
    private double step;

    SphereLineSearch(int n, int d) {
        this.n = n;
        this.d = d;
        this.point = new double[n * d];
        this.gradient = new double[n * d];
        this.norms = new double[n];
    }

    double[] point() {
        return point;
    }

    double[] gradient() {
        return gradient;
    }

    double value() {
        return value;
    }

    double step() {
        return step;
    }

    /**
     * Looks for a step from w along p; on success the point, value and gradient there can be read.
     *
     * @param w n x d unit rows, not modified
     * @param p n x d tangent at w, not modified
     * @param value0 the value at w
     * @param slope0 the slope at w along p, negative
     */
    boolean run(SphereFunction function, double[] w, double[] p, double value0, double slope0, double firstStep) {
        double longest = LONGEST_MOVE / SphereVectors.longestRow(p, n, d);
        double low = 0;
        double lowValue = value0;
        double lowSlope = slope0;
        double high = Double.POSITIVE_INFINITY;
        double rounding = ROUNDING * Math.abs(value0);
        step = Math.min(firstStep, longest);
        for (int trial = 0; trial < MAX_TRIALS; trial++) {
            SphereVectors.retract(w, step, p, point, norms, n, d);
            value = function.valueAndGradient(point, gradient);
            double slope = slopeAt(p);
            boolean lower = value <= value0 + DECREASE * step * slope0
                    || value <= value0 + rounding && slope <= (2 * DECREASE - 1) * slope0;
            if (!lower) {
                high = step;
                step = inside(low, lowValue, lowSlope, high, value, slope);
            } else if (slope < SLOPE * slope0 && step < longest) {
                low = step;
                lowValue = value;
                lowSlope = slope;
                step = high == Double.POSITIVE_INFINITY ? Math.min(2.5 * step, longest) : 0.5 * (low + high);
            } else {
                return true;
            }
        }
        return false;
    }

    /** d/da of f(x(a)): the gradient is tangent at x(a), so only p's length matters, and that shrinks by 1/|w + a p|. */
    private double slopeAt(double[] p) {
        double slope = 0;
        for (int i = 0; i < n; i++) {
            slope += SphereVectors.dot(gradient, p, i * d, (i + 1) * d) / norms[i];
        }
        return slope;
    }

    /** The minimum of the cubic through both ends, kept within the middle eight tenths of the bracket. */
    private static double inside(double low, double lowValue, double lowSlope, double high, double highValue, double highSlope) {
        double width = high - low;
        double a = lowSlope + highSlope - 3 * (highValue - lowValue) / width;
        double root = Math.sqrt(a * a - lowSlope * highSlope);
        double cubic = high - width * (highSlope + root - a) / (highSlope - lowSlope + 2 * root);
        double middle = Double.isFinite(cubic) ? cubic : 0.5 * (low + high);
        return Math.max(low + 0.1 * width, Math.min(high - 0.1 * width, middle));
    }
}

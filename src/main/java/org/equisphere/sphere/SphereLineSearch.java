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

    private final int d;
    private final RowRanges ranges;
    private final double[] norms;
    private double[] point;
    private double[] gradient;
    private double value;
    private double gradientNorm;
    private double step;

    SphereLineSearch(int n, int d, RowRanges ranges) {
        this.d = d;
        this.ranges = ranges;
        this.norms = new double[n];
        this.point = new double[n * d];
        this.gradient = new double[n * d];
    }

    double[] point() {
        return point;
    }

    double[] gradient() {
        return gradient;
    }

    /** Gives the point away, and takes an array for the next in its place. */
    double[] exchangePoint(double[] spare) {
        double[] given = point;
        point = spare;
        return given;
    }

    /** Gives the gradient away, and takes an array for the next in its place. */
    double[] exchangeGradient(double[] spare) {
        double[] given = gradient;
        gradient = spare;
        return given;
    }

    double value() {
        return value;
    }

    double gradientNorm() {
        return gradientNorm;
    }

    double step() {
        return step;
    }

    /**
     * Looks for a step from w along p; on success the point, value and gradient there can be read.
     *
     * @param w n x d unit rows, not modified
     * @param p n x d tangent at w, not modified
     * @param longestRow the length of p's longest row
     * @param value0 the value at w
     * @param slope0 the slope at w along p, negative
     */
    boolean run(SphereFunction function, double[] w, double[] p, double longestRow, double value0, double slope0, double firstStep) {
        double longest = LONGEST_MOVE / longestRow;
        double low = 0;
        double lowValue = value0;
        double lowSlope = slope0;
        double high = Double.POSITIVE_INFINITY;
        double rounding = ROUNDING * Math.abs(value0);
        step = Math.min(firstStep, longest);
        for (int trial = 0; trial < MAX_TRIALS; trial++) {
            double length = step;
            ranges.each(0, (from, to, results, at) -> SphereVectors.retract(w, length, p, point, norms, from, to, d));
            value = function.valueAndGradient(point, gradient);
            double slope = judge(p);
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

    /** The gradient's norm, and d/da of f(x(a)): the gradient is tangent at x(a), so only p's length matters, and that shrinks by 1/|w + a p|. */
    private double judge(double[] p) {
        ranges.each(2, (from, to, results, at) -> {
            results[at] = 0;
            for (int i = from; i < to; i++) {
                results[at] += SphereVectors.dot(gradient, p, i * d, (i + 1) * d) / norms[i];
            }
            results[at + 1] = SphereVectors.dot(gradient, gradient, from * d, to * d);
        });
        gradientNorm = Math.sqrt(ranges.sum(1));
        return ranges.sum(0);
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

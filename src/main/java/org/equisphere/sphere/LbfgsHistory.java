package org.equisphere.sphere;

/**
 * What L-BFGS remembers of a run on the product of n spheres: the last pairs of a step s and the change y of the gradient along it, as they were
 * where the step ended, and the search direction they give.
 *
 * <p>The two-loop recursion (Nocedal and Wright, "Numerical Optimization", Algorithm 7.4) only ever meets combinations of the pairs and the gradient.
 * It runs on their coefficients here, which takes nothing but inner products (Chen, Wang and Zhou, "Large-scale L-BFGS using MapReduce", 2014):
 * one pass over the history for the products of the newest pair and gradient with the older, and one for the direction, where the recursion
 * on the vectors would go to memory for each of them four times, one after the other.
 */
final class LbfgsHistory {

    /** Curvature s.y must exceed this share of |s||y| for a pair to be kept. */
    private static final double CURVATURE = 1e-10;

    private final int d;
    private final int memory;
    private final RowRanges ranges;
    private final double[][] steps;
    private final double[][] changes;
    /** s_i.y_j for each pair i and every pair j that is not older; y_i.y_j; and the products with the gradient at the newest point. */
    private final double[][] stepChange;
    private final double[][] changeChange;
    private final double[] stepGradient;
    private final double[] changeGradient;
    /** What the direction takes of each pair. */
    private final double[] ofStep;
    private final double[] ofChange;
    private int stored;
    private int newest;
    private double longestRow;

    /** @param memory pairs to keep */
    LbfgsHistory(int d, int memory, RowRanges ranges) {
        this.d = d;
        this.memory = memory;
        this.ranges = ranges;
        this.steps = new double[memory][];
        this.changes = new double[memory][];
        this.stepChange = new double[memory][memory];
        this.changeChange = new double[memory][memory];
        this.stepGradient = new double[memory];
        this.changeGradient = new double[memory];
        this.ofStep = new double[memory];
        this.ofChange = new double[memory];
        this.newest = memory - 1;
    }

    boolean isEmpty() {
        return stored == 0;
    }

    void clear() {
        stored = 0;
    }

    /** The slot of a pair, counted back from the newest. */
    private int slot(int back) {
        return (newest - back + memory) % memory;
    }

    /**
     * Takes on the pair of a step, in place of the oldest where all slots are full, unless its curvature is too small.
     *
     * @param point where the step ended, n x d unit rows
     * @param direction the step's, tangent where it began
     * @param step its length along the direction
     * @param before the gradient where it began
     * @param gradient the gradient at the point; {@link #writeDirection} is to be asked for the direction there
     */
    void add(double[] point, double[] direction, double step, double[] before, double[] gradient) {
        stored = Math.min(stored, memory - 1);
        int slot = (newest + 1) % memory;
        if (steps[slot] == null) {
            steps[slot] = new double[point.length];
            changes[slot] = new double[point.length];
        }
        double[] s = steps[slot];
        double[] y = changes[slot];
        ranges.each(5 + 4 * stored, (from, to, products, at) -> {
            transport(point, direction, step, before, gradient, s, y, from, to);
            int first = from * d;
            int last = to * d;
            SphereVectors.twoDots(s, y, gradient, first, last, products, at);
            SphereVectors.twoDots(y, y, gradient, first, last, products, at + 2);
            products[at + 4] = SphereVectors.dot(s, s, first, last);
            for (int back = 0; back < stored; back++) {
                SphereVectors.twoDots(steps[slot(back)], y, gradient, first, last, products, at + 5 + 4 * back);
                SphereVectors.twoDots(changes[slot(back)], y, gradient, first, last, products, at + 7 + 4 * back);
            }
        });
        for (int back = 0; back < stored; back++) {
            int older = slot(back);
            stepChange[older][slot] = ranges.sum(5 + 4 * back);
            stepGradient[older] = ranges.sum(6 + 4 * back);
            changeChange[older][slot] = ranges.sum(7 + 4 * back);
            changeChange[slot][older] = changeChange[older][slot];
            changeGradient[older] = ranges.sum(8 + 4 * back);
        }
        double curvature = ranges.sum(0);
        double yy = ranges.sum(2);
        if (curvature > CURVATURE * Math.sqrt(ranges.sum(4) * yy)) {
            stepChange[slot][slot] = curvature;
            stepGradient[slot] = ranges.sum(1);
            changeChange[slot][slot] = yy;
            changeGradient[slot] = ranges.sum(3);
            newest = slot;
            stored++;
        }
    }

    /** s = the step, y = the change of the gradient, both projected to the tangent space of the new point. */
    private void transport(double[] point, double[] direction, double step, double[] before,
                           double[] gradient, double[] s, double[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            int first = i * d;
            int last = first + d;
            double alongStep = step * SphereVectors.dot(point, direction, first, last);
            double alongBefore = SphereVectors.dot(point, before, first, last);
            for (int k = first; k < last; k++) {
                s[k] = step * direction[k] - alongStep * point[k];
            }
            for (int k = first; k < last; k++) {
                y[k] = gradient[k] - (before[k] - alongBefore * point[k]);
            }
        }
    }

    /**
     * Sets the direction to -H g projected to the tangent space, H being the inverse Hessian's estimate: the identity without any pairs.
     *
     * @param w n x d unit rows: the newest pair's point
     * @param gradient the gradient there
     * @return the slope along the direction
     */
    double writeDirection(double[] w, double[] gradient, double[] direction) {
        double ofGradient = findCoefficients();
        ranges.each(2, (from, to, results, at) -> {
            int first = from * d;
            int last = to * d;
            for (int k = first; k < last; k++) {
                direction[k] = ofGradient * gradient[k];
            }
            for (int back = 0; back < stored; back++) {
                int slot = slot(back);
                SphereVectors.addTwo(ofStep[slot], steps[slot], ofChange[slot], changes[slot], direction, first, last);
            }
            SphereVectors.projectTangent(w, direction, from, to, d);
            results[at] = SphereVectors.dot(gradient, direction, first, last);
            results[at + 1] = SphereVectors.longestRow(direction, from, to, d);
        });
        longestRow = ranges.largest(1);
        return ranges.sum(0);
    }

    /** The Euclidean length of the longest row of the last direction. */
    double longestRow() {
        return longestRow;
    }

    /** The two-loop recursion for -H g on coefficients; returns that of the gradient. */
    private double findCoefficients() {
        if (stored == 0) {
            return -1;
        }
        double[] alpha = ofChange;
        for (int back = 0; back < stored; back++) {
            int i = slot(back);
            double product = stepGradient[i];
            for (int newer = 0; newer < back; newer++) {
                product -= alpha[slot(newer)] * stepChange[i][slot(newer)];
            }
            alpha[i] = product / stepChange[i][i];
        }
        double scale = stepChange[newest][newest] / changeChange[newest][newest];
        for (int back = stored - 1; back >= 0; back--) {
            int i = slot(back);
            double product = changeGradient[i];
            for (int other = 0; other < stored; other++) {
                product -= alpha[slot(other)] * changeChange[i][slot(other)];
            }
            product *= scale;
            for (int older = stored - 1; older > back; older--) {
                product -= ofStep[slot(older)] * stepChange[slot(older)][i];
            }
            ofStep[i] = product / stepChange[i][i] - alpha[i];
        }
        for (int back = 0; back < stored; back++) {
            ofChange[slot(back)] *= scale;
        }
        return -scale;
    }
}

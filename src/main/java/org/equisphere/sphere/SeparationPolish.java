package org.equisphere.sphere;

import java.util.Arrays;

/**
 * Takes the largest cosine from where annealing leaves it, about 1e-5 above a local minimum, to that minimum's last digits.
 *
 * <p>A primal-dual interior-point method for: least sigma with cos_a &lt;= sigma for every pair a of points near each other. Pair a has a slack
 * y_a = sigma - cos_a and a multiplier l_a, the multipliers sum to 1, and l_a y_a = mu falls to 0 (Wright, "Primal-Dual Interior-Point Methods",
 * 1997, chapter 1). A step V moves the points along their tangents against sum l_a grad cos_a, damped by rho in place of the curvature; eliminating
 * it leaves (G + rho diag(y/l)) l + rho sigma = rho (sigma_0 + mu/l) for the new l and sigma, where G holds the inner products of the pairs'
 * gradients, which are 0 unless two pairs share a point. Where as many pairs touch as there are degrees of freedom, as in nearly
 * every minimum, this is Newton's method on their equations.
 */
final class SeparationPolish {

    /** The most pairs a step may consider: their matrix takes 8 bytes a pair of pairs. */
    private static final int MOST_PAIRS = 2600;
    private static final int MOST_POINTS = 2000;
    /** Pairs further than this below the largest cosine are not looked at in a step; there are too many to polish if the second is not met. */
    private static final double NEAR = 2e-3;
    private static final double NEAREST = 2e-4;
    /** The first sigma above the largest cosine: what annealing leaves. */
    private static final double FIRST_SLACK = 1e-3;
    private static final double FIRST_DAMPING = 0.1;
    private static final double LEAST_DAMPING = 1e-3;
    private static final int MAX_STEPS = 400;
    private static final int MAX_HALVINGS = 12;
    /** No slack and no multiplier falls to less than this share of itself in one step. */
    private static final double TO_THE_WALL = 0.05;
    /** The share of mu that a full step leaves. */
    private static final double SHRINK = 0.1;
    /** sigma may lie this far above the optimum at the end: rounding. */
    private static final double SETTLED = 1e-12;

    private final int n;
    private final int d;
    private final double[] trial;
    private final double[] norms;
    private final double[] step;
    private double[] cosines;
    private double[] tried;
    private final double[] multiplierOf;
    private final CholeskySolver solver;
    private double[] matrix = new double[0];
    private int pairs;
    private int[] one;
    private int[] other;
    private double[] slack;
    private double[] multipliers;
    private double[] next;
    private double sigma;
    private double nextSigma;

    SeparationPolish(int n, int d, WorkerTeam team) {
        this.n = n;
        this.d = d;
        this.trial = new double[n * d];
        this.norms = new double[n];
        this.step = new double[n * d];
        this.cosines = new double[n * n];
        this.tried = new double[n * n];
        this.multiplierOf = new double[n * n];
        this.solver = new CholeskySolver(MOST_PAIRS, team);
    }

    /** Whether n points are few enough for their Gram matrix to be held. */
    static boolean fits(int n) {
        return n <= MOST_POINTS;
    }

    /**
     * Lowers the largest cosine as far as it goes.
     *
     * @param w n x d unit rows, modified
     * @return the largest cosine at the end, no larger than at the start
     */
    double run(double[] w) {
        double[] at = w.clone();
        double best = fillCosines(w, cosines);
        sigma = best + FIRST_SLACK;
        double damping = FIRST_DAMPING;
        double mu = 1;
        double share = 0;
        double pull = Double.POSITIVE_INFINITY;
        for (int taken = 0; taken < MAX_STEPS && choosePairs(mu); taken++) {
            double gap = SphereVectors.dot(multipliers, slack);
            if (!(gap > SETTLED)) {
                break;
            }
            mu = (share > 0.9 && pull < gap ? SHRINK : 1) * gap / pairs;
            findMultipliers(damping, mu);
            writeStep(at, damping);
            pull = damping * Math.sqrt(SphereVectors.dot(step, step));
            share = advance(at);
            if (share == 0) {
                break;
            }
            damping = share > 0.8 ? Math.max(LEAST_DAMPING, 0.3 * damping) : share < 0.3 ? 4 * damping : damping;
            double largest = largestOf(cosines);
            if (largest < best) {
                best = largest;
                SphereVectors.copy(at, w);
            }
        }
        return best;
    }

    private double fillCosines(double[] w, double[] into) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double cosine = 0;
                for (int k = 0; k < d; k++) {
                    cosine += w[i * d + k] * w[j * d + k];
                }
                into[i * n + j] = cosine;
                into[j * n + i] = cosine;
            }
            into[i * n + i] = -1;
        }
        return largestOf(into);
    }

    private static double largestOf(double[] cosines) {
        double largest = -1;
        for (double cosine : cosines) {
            largest = Math.max(largest, cosine);
        }
        return largest;
    }

    /** Lists the pairs near sigma, their slacks and multipliers (mu / slack for a new one); false if there are too many. */
    private boolean choosePairs(double mu) {
        double near = NEAR;
        while (count(sigma - near) > MOST_PAIRS) {
            near *= 0.7;
            if (near < NEAREST) {
                return false;
            }
        }
        pairs = count(sigma - near);
        one = new int[pairs];
        other = new int[pairs];
        slack = new double[pairs];
        multipliers = new double[pairs];
        next = new double[pairs];
        int a = 0;
        double sum = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double y = sigma - cosines[i * n + j];
                if (y <= near) {
                    one[a] = i;
                    other[a] = j;
                    slack[a] = y;
                    multipliers[a] = multiplierOf[i * n + j] > 0 ? multiplierOf[i * n + j] : mu / y;
                    sum += multipliers[a++];
                }
            }
        }
        SphereVectors.scale(1 / sum, multipliers);
        return true;
    }

    private int count(double least) {
        int count = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                count += cosines[i * n + j] >= least ? 1 : 0;
            }
        }
        return count;
    }

    /** The inner product of the tangent gradients of cos(i, j) at i and cos(k, l) at k, 0 unless i = k. */
    private double shared(int i, int j, int k, int l) {
        return i == k ? (j == l ? 1 : cosines[j * n + l]) - cosines[i * n + j] * cosines[i * n + l] : 0;
    }

    private void findMultipliers(double damping, double mu) {
        if (matrix.length < pairs * pairs) {
            matrix = new double[pairs * pairs];
        }
        double[] ones = new double[pairs];
        for (int a = 0; a < pairs; a++) {
            for (int b = 0; b <= a; b++) {
                // G is singular along the multipliers at a minimum; adding 1 to every entry only shifts sigma, since they sum to 1.
                matrix[a * pairs + b] = 1 + shared(one[a], other[a], one[b], other[b]) + shared(one[a], other[a], other[b], one[b])
                        + shared(other[a], one[a], one[b], other[b]) + shared(other[a], one[a], other[b], one[b]);
            }
            matrix[a * pairs + a] += damping * slack[a] / multipliers[a];
            next[a] = damping * mu / multipliers[a];
            ones[a] = 1;
        }
        solver.factorize(matrix, pairs);
        solver.solve(next);
        solver.solve(ones);
        double excess = (Arrays.stream(next).sum() - 1) / Arrays.stream(ones).sum();
        SphereVectors.add(-excess, ones, next);
        nextSigma = sigma + (excess + 1) / damping;
    }

    /** V = -1/rho sum of l_a times the tangent gradient of pair a's cosine. */
    private void writeStep(double[] w, double damping) {
        Arrays.fill(step, 0);
        for (int a = 0; a < pairs; a++) {
            double factor = -next[a] / damping;
            for (int k = 0; k < d; k++) {
                step[one[a] * d + k] += factor * w[other[a] * d + k];
                step[other[a] * d + k] += factor * w[one[a] * d + k];
            }
        }
        SphereVectors.projectTangent(w, step, 0, n, d);
    }

    /** Goes along the step as far as the slacks allow, and moves the multipliers; returns the share of the step taken, 0 for none. */
    private double advance(double[] w) {
        double share = 1;
        for (int halving = 0; halving < MAX_HALVINGS; halving++) {
            SphereVectors.retract(w, share, step, trial, norms, 0, n, d);
            double largest = fillCosines(trial, tried);
            double aim = sigma + share * (nextSigma - sigma);
            boolean inside = aim > largest;
            for (int a = 0; a < pairs && inside; a++) {
                inside = aim - tried[one[a] * n + other[a]] >= TO_THE_WALL * slack[a];
            }
            if (inside) {
                SphereVectors.copy(trial, w);
                double[] kept = cosines;
                cosines = tried;
                tried = kept;
                sigma = aim;
                moveMultipliers();
                return share;
            }
            share *= 0.6;
        }
        return 0;
    }

    private void moveMultipliers() {
        double share = 1;
        for (int a = 0; a < pairs; a++) {
            double fall = multipliers[a] - next[a];
            if (fall > 0) {
                share = Math.min(share, (1 - TO_THE_WALL) * multipliers[a] / fall);
            }
        }
        Arrays.fill(multiplierOf, 0);
        for (int a = 0; a < pairs; a++) {
            multiplierOf[one[a] * n + other[a]] = multipliers[a] + share * (next[a] - multipliers[a]);
        }
    }
}

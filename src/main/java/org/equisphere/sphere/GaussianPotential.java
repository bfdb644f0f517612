package org.equisphere.sphere;

import java.util.concurrent.Executor;

/**
 * The uniformity loss L(W) = log( mean over i&lt;j of exp(-t |w_i - w_j|^2) ) of unit vectors.
 *
 * <p>Source: Wang and Isola, "Understanding Contrastive Representation Learning through Alignment and Uniformity on the
 * Hypersphere", ICML 2020. On the sphere |w_i - w_j|^2 = 2 - 2 w_i.w_j, so that L is a log-sum-exp of cosines at scale 2t.
 * Cost is O(n^2 d) and memory O(n d): the n x n matrix of distances is never held.
 */
public final class GaussianPotential {

    private final double t;

    /**
     * @param t the inverse width of the potential, positive and finite; 2 is customary
     * @throws IllegalArgumentException if t is not positive and finite
     */
    public GaussianPotential(double t) {
        if (!(t > 0 && t < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("t: " + t + ", expected a positive finite number");
        }
        this.t = t;
    }

    /** The inverse width t. */
    public double t() {
        return t;
    }

    /**
     * L(W), between -4t and 0.
     *
     * @throws IllegalArgumentException if there are fewer than two prototypes
     */
    public double value(Prototypes prototypes) {
        return evaluate(prototypes, null, new WorkerTeam(1));
    }

    /**
     * L(W) and its Riemannian gradient on the product of spheres: row i is the derivative with respect to w_i without its part
     * along w_i, which is also what differentiating through a normalisation of row i gives.
     *
     * @param prototypes n x d; not modified
     * @param gradient n*d numbers, row-major, modified
     * @throws IllegalArgumentException if there are fewer than two prototypes or the gradient has another length
     */
    public double valueAndGradient(Prototypes prototypes, double[] gradient) {
        return valueAndGradient(prototypes, gradient, new WorkerTeam(1));
    }

    /**
     * As {@link #valueAndGradient(Prototypes, double[])}, on several threads; the result is the same bit for bit.
     *
     * @param executor lends threads - 1 threads for the length of the call; the caller's thread works too
     * @param threads at least 1
     */
    public double valueAndGradient(Prototypes prototypes, double[] gradient, Executor executor, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: " + threads + ", expected at least 1");
        }
        return valueAndGradient(prototypes, gradient, new WorkerTeam(executor, threads));
    }

    private double valueAndGradient(Prototypes prototypes, double[] gradient, WorkerTeam team) {
        int expected = prototypes.count() * prototypes.dimension();
        if (gradient.length != expected) {
            throw new IllegalArgumentException("gradient: length " + gradient.length + ", expected n*d = " + expected);
        }
        return evaluate(prototypes, gradient, team);
    }

    private double evaluate(Prototypes prototypes, double[] gradient, WorkerTeam team) {
        int n = prototypes.count();
        if (n < 2) {
            throw new IllegalArgumentException("prototypes: count " + n + ", expected at least 2, since the loss is a mean over pairs");
        }
        PairwisePotential potential = new PairwisePotential(n, prototypes.dimension(), team);
        return fromLogSum(potential.evaluate(prototypes.rows(), 2 * t, gradient), n);
    }

    /** L from F = log( sum over i<j of exp(2t cos) ). */
    double fromLogSum(double logSum, int n) {
        return logSum - Math.log(0.5 * n * (n - 1.0)) - 2 * t;
    }
}

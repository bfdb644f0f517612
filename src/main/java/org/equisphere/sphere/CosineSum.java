package org.equisphere.sphere;

/** F(W) = log( sum over some pairs of rows of exp(s * cos) ): above s times the largest of those cosines, by little where s is large. */
interface CosineSum {

    /**
     * F(W), and if asked its Riemannian gradient.
     *
     * @param w        n x d, row-major, unit rows; not modified
     * @param scale    s, the inverse temperature
     * @param gradient n x d, modified; null if not wanted
     */
    double evaluate(double[] w, double scale, double[] gradient);

    /** The largest of the cosines at the last evaluation. */
    double largestCosine();
}

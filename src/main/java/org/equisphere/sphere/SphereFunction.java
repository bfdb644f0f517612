package org.equisphere.sphere;

/** A smooth function of n unit vectors. */
interface SphereFunction {

    /**
     * The value at w and the Riemannian gradient there.
     *
     * @param w n x d, row-major, unit rows; not modified
     * @param gradient n x d, modified; its rows are orthogonal to those of w
     */
    double valueAndGradient(double[] w, double[] gradient);
}

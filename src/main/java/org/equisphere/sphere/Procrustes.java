package org.equisphere.sphere;

/**
 * The orthogonal Procrustes problem (Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966). Angles between
 * prototypes do not change when all of them are turned, so how they are turned is free.
 */
public final class Procrustes {

    private Procrustes() {
    }

    /**
     * The orthogonal matrix R that maximises sum over rows of &lt;R a_i, b_i&gt;: U V^T of the singular value decomposition of B^T A. It may
     * reflect. Where A and B leave directions undetermined, these are filled in some orthogonal way, the same for the same arguments.
     *
     * @param a [n, d], row-major; not modified
     * @param b [n, d], row-major; not modified
     * @return R [d, d], row-major
     * @throws IllegalArgumentException if a length is not n * d
     * @throws ArithmeticException      if an entry is not finite
     */
    public static double[] rotation(double[] a, double[] b, int n, int d) {
        if (a.length != (long) n * d || b.length != a.length) {
            throw new IllegalArgumentException("a, b: lengths " + a.length + ", " + b.length + ", expected n*d = " + n + "*" + d);
        }
        double[] product = new double[d * d];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < d; k++) {
                double factor = b[i * d + k];
                for (int l = 0; l < d; l++) {
                    product[k * d + l] += factor * a[i * d + l];
                }
            }
        }
        SingularValueDecomposition svd = SingularValueDecomposition.of(product, d, d);
        double[] rotation = new double[d * d];
        for (int v = 0; v < d; v++) {
            for (int k = 0; k < d; k++) {
                double factor = svd.left()[v * d + k];
                for (int l = 0; l < d; l++) {
                    rotation[k * d + l] += factor * svd.right()[v * d + l];
                }
            }
        }
        return rotation;
    }

    /**
     * Turns every row: w_i becomes R w_i.
     *
     * @param prototypes not modified
     * @param rotation   [d, d], orthogonal, row-major; not modified
     */
    public static Prototypes turned(Prototypes prototypes, double[] rotation) {
        int n = prototypes.count();
        int d = prototypes.dimension();
        double[] turned = new double[n * d];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < d; k++) {
                for (int l = 0; l < d; l++) {
                    turned[i * d + k] += rotation[k * d + l] * prototypes.get(i, l);
                }
            }
        }
        return Prototypes.of(turned, n, d);
    }
}

package org.equisphere.sphere;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

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
     * @throws ArithmeticException      if the decomposition does not converge, as with a NaN
     */
    public static double[] rotation(double[] a, double[] b, int n, int d) {
        if (a.length != (long) n * d || b.length != a.length) {
            throw new IllegalArgumentException("a, b: lengths " + a.length + ", " + b.length + ", expected n*d = " + n + "*" + d);
        }
        DMatrixRMaj product = new DMatrixRMaj(d, d);
        CommonOps_DDRM.multTransA(DMatrixRMaj.wrap(n, d, b), DMatrixRMaj.wrap(n, d, a), product);
        SingularValueDecomposition_F64<DMatrixRMaj> svd = DecompositionFactory_DDRM.svd(d, d, true, true, false);
        if (!svd.decompose(product)) {
            throw new ArithmeticException("the singular value decomposition of a " + d + " x " + d + " matrix did not converge");
        }
        DMatrixRMaj rotation = new DMatrixRMaj(d, d);
        CommonOps_DDRM.mult(svd.getU(null, false), svd.getV(null, true), rotation);
        return rotation.getData();
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
        DMatrixRMaj turned = new DMatrixRMaj(n, d);
        CommonOps_DDRM.multTransB(DMatrixRMaj.wrap(n, d, prototypes.rows()), DMatrixRMaj.wrap(d, d, rotation), turned);
        return Prototypes.of(turned.getData(), n, d);
    }
}

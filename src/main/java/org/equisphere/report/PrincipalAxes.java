package org.equisphere.report;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * The two directions along which points scatter most (Pearson 1901), through their mean.
 *
 * @param share of the points' squared distance from the mean that lies along the two
 */
record PrincipalAxes(double[] mean, double[] first, double[] second, double share) {

    /** @param rows [n, d], row-major; not modified */
    static PrincipalAxes of(double[] rows, int n, int d) {
        double[] mean = new double[d];
        for (int k = 0; k < rows.length; k++) {
            mean[k % d] += rows[k] / n;
        }
        DMatrixRMaj centred = new DMatrixRMaj(n, d);
        for (int k = 0; k < rows.length; k++) {
            centred.data[k] = rows[k] - mean[k % d];
        }
        SingularValueDecomposition_F64<DMatrixRMaj> svd = DecompositionFactory_DDRM.svd(n, d, false, true, true);
        if (!svd.decompose(centred)) {
            throw new ArithmeticException("the singular value decomposition of a " + n + " x " + d + " matrix did not converge");
        }
        DMatrixRMaj axes = svd.getV(null, true);
        double[] values = svd.getSingularValues();
        SingularOps_DDRM.descendingOrder(null, false, values, svd.numberOfSingularValues(), axes, true);
        double total = 0;
        for (double value : values) {
            total += value * value;
        }
        double two = values[0] * values[0] + (values.length > 1 ? values[1] * values[1] : 0);
        return new PrincipalAxes(mean, axis(axes, 0, d), axis(axes, 1, d), total > 0 ? two / total : 0);
    }

    /** Signed so that the largest entry is positive: the same picture for the same points. */
    private static double[] axis(DMatrixRMaj axes, int number, int d) {
        double[] axis = new double[d];
        if (number >= axes.numRows) {
            return axis;
        }
        double largest = 0;
        for (int k = 0; k < d; k++) {
            axis[k] = axes.get(number, k);
            largest = Math.abs(axis[k]) > Math.abs(largest) ? axis[k] : largest;
        }
        for (int k = 0; k < d && largest < 0; k++) {
            axis[k] = -axis[k];
        }
        return axis;
    }

    /** {x, y} of d numbers from {@code at} on. */
    double[] place(double[] rows, int at) {
        double x = 0;
        double y = 0;
        for (int k = 0; k < mean.length; k++) {
            x += (rows[at + k] - mean[k]) * first[k];
            y += (rows[at + k] - mean[k]) * second[k];
        }
        return new double[] {x, y};
    }
}

package org.equisphere.report;

import org.equisphere.sphere.SingularValueDecomposition;

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
        double[] centred = new double[rows.length];
        for (int k = 0; k < rows.length; k++) {
            centred[k] = rows[k] - mean[k % d];
        }
        SingularValueDecomposition svd = SingularValueDecomposition.of(centred, n, d);
        double[] values = svd.values();
        double total = 0;
        for (double value : values) {
            total += value * value;
        }
        double two = values[0] * values[0] + (values.length > 1 ? values[1] * values[1] : 0);
        return new PrincipalAxes(mean, axis(svd.right(), 0, d), axis(svd.right(), 1, d), total > 0 ? two / total : 0);
    }

    /** Signed so that the largest entry is positive: the same picture for the same points. */
    private static double[] axis(double[] axes, int number, int d) {
        double[] axis = new double[d];
        if ((number + 1) * d > axes.length) {
            return axis;
        }
        double largest = 0;
        for (int k = 0; k < d; k++) {
            axis[k] = axes[number * d + k];
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

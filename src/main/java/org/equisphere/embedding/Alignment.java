package org.equisphere.embedding;

import java.util.List;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_FDRM;
import org.equisphere.nn.Network;
import org.equisphere.nn.Parameter;
import org.equisphere.sphere.Prototypes;

/**
 * The linear map I + shift u' of the sphere's space; see {@link HypersphericalHead#withAlignedClass}.
 *
 * @param shift p - m
 * @param u     with u'm = 1
 */
record Alignment(double[] shift, float[] u) {

    /**
     * Solves for u = G^-1 m / (m' G^-1 m), where G is the second moment of the earlier classes: their prototypes', and on the diagonal
     * the spread of the new class's codes.
     *
     * @param taken the prototypes of the earlier classes
     * @param codes of the new class
     * @param m     their mean direction
     * @param p     the prototype it gets
     */
    static Alignment of(Prototypes prototypes, int[] taken, float[][] codes, double[] m, double[] p) {
        int d = m.length;
        FMatrixRMaj moment = new FMatrixRMaj(d, d);
        double spread = spread(codes, m);
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                double sum = 0;
                for (int t : taken) {
                    sum += prototypes.get(t, i) * prototypes.get(t, j);
                }
                moment.set(i, j, (float) (sum / taken.length + (i == j ? spread : 0)));
            }
        }
        FMatrixRMaj direction = new FMatrixRMaj(d, 1);
        for (int k = 0; k < d; k++) {
            direction.set(k, 0, (float) m[k]);
        }
        FMatrixRMaj u = new FMatrixRMaj(d, 1);
        CommonOps_FDRM.solve(moment, direction, u);
        CommonOps_FDRM.divide(u, CommonOps_FDRM.dot(u, direction));
        double[] shift = new double[d];
        for (int k = 0; k < d; k++) {
            shift[k] = p[k] - m[k];
        }
        return new Alignment(shift, u.getData());
    }

    /** Mean squared distance from the mean, a dimension; never 0, so that the moment can be inverted. */
    private static double spread(float[][] codes, double[] m) {
        double sum = 1e-6 * codes.length;
        for (float[] code : codes) {
            for (int k = 0; k < m.length; k++) {
                sum += (code[k] - m[k]) * (code[k] - m[k]);
            }
        }
        return sum / (codes.length * (double) m.length);
    }

    /**
     * The weights of a network whose outputs go through this map: it becomes part of the last dense layer, {@code fc}.
     *
     * @param learned not modified
     */
    float[] applied(Network network, float[] learned) {
        List<Parameter> parameters = network.parameters();
        Parameter weight = parameters.get(parameters.size() - 2);
        if (!weight.name().equals("fc.weight")) {
            throw new IllegalStateException("the last layer is " + weight.name()
                    + ", expected the projection fc: train a head without normalisation behind it");
        }
        int d = u.length;
        float[] moved = learned.clone();
        for (int row = weight.offset(); row < moved.length; row += d) { // the rows of the weight, then the bias
            double along = 0;
            for (int k = 0; k < d; k++) {
                along += u[k] * learned[row + k];
            }
            for (int k = 0; k < d; k++) {
                moved[row + k] += (float) (along * shift[k]);
            }
        }
        return moved;
    }
}

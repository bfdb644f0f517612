package org.equisphere.embedding;

import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.equisphere.nn.Network;
import org.equisphere.nn.Parameter;
import org.equisphere.sphere.Prototypes;

/**
 * The linear map I + shift u' of the sphere's space; see {@link HypersphericalHead#withAlignedClass}.
 *
 * @param shift p - m
 * @param u     with u'm = 1
 */
record Alignment(double[] shift, double[] u) {

    /**
     * Solves for u = G^-1 m / (m' G^-1 m), where G is the second moment of the earlier classes: their prototypes', and on the diagonal the spread of the new
     * class's codes.
     *
     * @param taken the prototypes of the earlier classes
     * @param codes of the new class
     * @param m     their mean direction
     * @param p     the prototype it gets
     */
    static Alignment of(Prototypes prototypes, int[] taken, float[][] codes, double[] m, double[] p) {
        int d = m.length;
        DMatrixRMaj moment = new DMatrixRMaj(d, d);
        double spread = spread(codes, m);
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                double sum = 0;
                for (int t : taken) {
                    sum += prototypes.get(t, i) * prototypes.get(t, j);
                }
                moment.set(i, j, sum / taken.length + (i == j ? spread : 0));
            }
        }
        DMatrixRMaj direction = new DMatrixRMaj(d, 1, true, m);
        DMatrixRMaj u = new DMatrixRMaj(d, 1);
        CommonOps_DDRM.solve(moment, direction, u);
        CommonOps_DDRM.divide(u, CommonOps_DDRM.dot(u, direction));
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
            throw new IllegalStateException("the last layer is " + weight.name() + ", expected the projection fc: train a head without normalisation behind it");
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

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * The uniformity loss of {@link Backend}. Row i visits all other rows, so that no two rows write the same gradient; the sums
 * of the rows are added in their order. Energies are taken relative to the closest pair's: far rows would underflow to log 0.
 */
final class PlainGaussianPotential {

    private final Workers workers;
    private final Rows rows = new Rows();

    PlainGaussianPotential(Workers workers) {
        this.workers = workers;
    }

    double potential(Tensor w, float t, Tensor dw) {
        int n = w.dimension(0);
        int d = w.dimension(1);
        rows.prepare(n, d);
        rows.w = w;
        rows.t = t;
        rows.withGradient = dw != null;
        rows.run(workers, n, n * d);
        double nearest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            nearest = Math.min(nearest, rows.nearest[i]);
        }
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += rows.energy[i] * Math.exp(t * (nearest - rows.nearest[i]));
        }
        for (int i = 0; dw != null && i < n; i++) {
            double share = Math.exp(t * (nearest - rows.nearest[i])) / sum;
            for (int j = i * d; j < i * d + d; j++) {
                array(dw)[dw.offset() + j] = (float) (rows.gradient[j] * share);
            }
        }
        return Math.log(sum / ((double) n * (n - 1))) - t * nearest;
    }

    private static final class Rows extends RangeTask {

        private Tensor w;
        private float t;
        private boolean withGradient;
        /** The least squared distance of each row from another. */
        private double[] nearest = new double[0];
        /** The energies of each row's pairs, relative to its nearest pair's; the gradient likewise. */
        private double[] energy = new double[0];
        private double[] gradient = new double[0];

        private void prepare(int n, int d) {
            if (energy.length < n) {
                energy = new double[n];
                nearest = new double[n];
            }
            if (gradient.length < n * d) {
                gradient = new double[n * d];
            }
        }

        @Override
        void range(int index, int from, int to) {
            for (int i = from; i < to; i++) {
                row(i);
            }
        }

        private void row(int i) {
            int n = w.dimension(0);
            int d = w.dimension(1);
            nearest[i] = Double.POSITIVE_INFINITY;
            for (int k = 0; k < n; k++) {
                if (k != i) {
                    nearest[i] = Math.min(nearest[i], squaredDistance(i, k));
                }
            }
            energy[i] = 0;
            Arrays.fill(gradient, i * d, i * d + d, 0);
            for (int k = 0; k < n; k++) {
                if (k != i) {
                    double e = Math.exp(t * (nearest[i] - squaredDistance(i, k)));
                    energy[i] += e;
                    if (withGradient) {
                        pull(i, k, -4.0 * t * e);
                    }
                }
            }
        }

        private double squaredDistance(int i, int k) {
            int d = w.dimension(1);
            float[] x = array(w);
            double sum = 0;
            for (int j = 0; j < d; j++) {
                double difference = (double) x[w.offset() + i * d + j] - x[w.offset() + k * d + j];
                sum += difference * difference;
            }
            return sum;
        }

        private void pull(int i, int k, double factor) {
            int d = w.dimension(1);
            float[] x = array(w);
            for (int j = 0; j < d; j++) {
                gradient[i * d + j] += factor * ((double) x[w.offset() + i * d + j] - x[w.offset() + k * d + j]);
            }
        }
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/** Layer normalisation of {@link Backend} row by row, in double; the backward pass takes a row's statistics anew. */
final class PlainLayerNormalization {

    private final Workers workers;
    private final Rows rows = new Rows();

    PlainLayerNormalization(Workers workers) {
        this.workers = workers;
    }

    void forward(Tensor x, Tensor gamma, Tensor beta, float epsilon, Tensor y) {
        rows.dy = null;
        rows.beta = beta;
        rows.run(x, gamma, epsilon, y);
    }

    void backward(Tensor x, Tensor gamma, float epsilon, Tensor dy, Tensor dx, boolean accumulate, Tensor dgamma, Tensor dbeta) {
        rows.dy = dy;
        rows.accumulate = accumulate;
        rows.run(x, gamma, epsilon, dx);
        if (gamma.size() > 0) {
            rows.sums.total(0, dbeta);
            rows.sums.total(1, dgamma);
        }
    }

    /** Forward, or backward where dy is given. */
    private final class Rows extends RangeTask {

        private final ColumnSums sums = new ColumnSums(2);
        private Tensor x;
        private Tensor gamma;
        private Tensor beta;
        private Tensor dy;
        private Tensor out;
        private float epsilon;
        private boolean accumulate;

        private void run(Tensor input, Tensor scale, float small, Tensor output) {
            x = input;
            gamma = scale;
            epsilon = small;
            out = output;
            int c = gamma.size();
            int count = c == 0 ? 0 : x.size() / c;
            if (dy != null) {
                sums.prepare(count, c);
            }
            run(workers, count, c);
        }

        @Override
        void range(int index, int from, int to) {
            int c = gamma.size();
            int betaSums = dy == null ? 0 : sums.clear(0, index);
            int gammaSums = dy == null ? 0 : sums.clear(1, index);
            for (int row = from; row < to; row++) {
                double mean = mean(row * c, c);
                double inverse = 1 / Math.sqrt(variance(row * c, c, mean) + epsilon);
                if (dy == null) {
                    normalize(row * c, c, mean, inverse);
                } else {
                    gradient(row * c, c, mean, inverse, betaSums, gammaSums);
                }
            }
        }

        private double mean(int first, int c) {
            float[] in = array(x);
            double sum = 0;
            for (int i = x.offset() + first; i < x.offset() + first + c; i++) {
                sum += in[i];
            }
            return sum / c;
        }

        private double variance(int first, int c, double mean) {
            float[] in = array(x);
            double sum = 0;
            for (int i = x.offset() + first; i < x.offset() + first + c; i++) {
                sum += (in[i] - mean) * (in[i] - mean);
            }
            return sum / c;
        }

        private void normalize(int first, int c, double mean, double inverse) {
            float[] in = array(x);
            float[] scale = array(gamma);
            float[] shift = array(beta);
            float[] y = array(out);
            for (int j = 0; j < c; j++) {
                double normal = (in[x.offset() + first + j] - mean) * inverse;
                y[out.offset() + first + j] = (float) (normal * scale[gamma.offset() + j] + shift[beta.offset() + j]);
            }
        }

        private void gradient(int first, int c, double mean, double inverse, int betaSums, int gammaSums) {
            float[] in = array(x);
            float[] upper = array(dy);
            float[] scale = array(gamma);
            float[] dx = array(out);
            double[] partial = sums.partial();
            double sum = 0;
            double product = 0;
            for (int j = 0; j < c; j++) {
                double g = upper[dy.offset() + first + j];
                double normal = (in[x.offset() + first + j] - mean) * inverse;
                partial[betaSums + j] += g;
                partial[gammaSums + j] += g * normal;
                sum += g * scale[gamma.offset() + j];
                product += g * scale[gamma.offset() + j] * normal;
            }
            for (int j = 0; j < c; j++) {
                double g = (double) upper[dy.offset() + first + j] * scale[gamma.offset() + j];
                double normal = (in[x.offset() + first + j] - mean) * inverse;
                float value = (float) (inverse * (g - (sum + normal * product) / c));
                int at = out.offset() + first + j;
                dx[at] = accumulate ? dx[at] + value : value;
            }
        }
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;
import static org.equisphere.tensor.HostBackend.get;
import static org.equisphere.tensor.HostBackend.set;

/**
 * The batch normalisation of {@link Backend} as plain loops over blocks of rows. The variance is taken in a second pass around the
 * mean, in double: E[x^2] - E[x]^2 would cancel where the mean is large.
 */
final class PlainBatchNormalization {

    private final Workers workers;
    private final Moment moment = new Moment();
    private final Affine affine = new Affine();
    private final GradientSums gradientSums = new GradientSums();
    private final Gradient gradient = new Gradient();
    private double[] scale = new double[0];
    private double[] shift = new double[0];

    PlainBatchNormalization(Workers workers) {
        this.workers = workers;
    }

    void normalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        int c = prepare(n);
        int rows = c == 0 ? 0 : x.size() / c;
        double[] mean = shift;
        double[] variance = scale;
        moment.sums.prepare(rows, c);
        moment.x = x;
        moment.mean = null;
        moment.run(workers, rows, c);
        moment.means(rows, mean);
        moment.mean = mean;
        moment.run(workers, rows, c);
        moment.means(rows, variance);
        keepStatistics(n, mean, variance, rows);
        for (int j = 0; j < c; j++) {
            double s = get(n.gamma(), j) / Math.sqrt(variance[j] + n.epsilon());
            scale[j] = s;
            shift[j] = get(n.beta(), j) - mean[j] * s;
        }
        affine.run(x, residual, relu, y, c);
    }

    private static void keepStatistics(BatchNormalization n, double[] mean, double[] variance, int rows) {
        double unbiased = rows / (rows - 1.0);
        double momentum = n.momentum();
        for (int j = 0; j < n.gamma().size(); j++) {
            set(n.mean(), j, mean[j]);
            set(n.inverseDeviation(), j, 1 / Math.sqrt(variance[j] + n.epsilon()));
            move(n.runningMean(), j, momentum, mean[j]);
            move(n.runningVariance(), j, momentum, variance[j] * unbiased);
        }
    }

    /** Moves a running average's j-th number. */
    static void move(Tensor average, int j, double momentum, double value) {
        set(average, j, (1 - momentum) * get(average, j) + momentum * value);
    }

    void inference(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        int c = prepare(n);
        runningScale(n);
        affine.run(x, residual, relu, y, c);
    }

    void fold(BatchNormalization n, Tensor w, Tensor folded, Tensor bias) {
        int c = prepare(n);
        runningScale(n);
        for (int j = 0; j < c; j++) {
            set(bias, j, shift[j]);
        }
        float[] in = array(w);
        float[] out = array(folded);
        for (int i = 0; i < w.size(); i++) {
            out[folded.offset() + i] = (float) (in[w.offset() + i] * scale[i % c]);
        }
    }

    /** scale = gamma / sqrt(runningVariance + epsilon), shift = beta - runningMean * scale. */
    private void runningScale(BatchNormalization n) {
        for (int j = 0; j < n.gamma().size(); j++) {
            double s = get(n.gamma(), j) / Math.sqrt((double) get(n.runningVariance(), j) + n.epsilon());
            scale[j] = s;
            shift[j] = get(n.beta(), j) - get(n.runningMean(), j) * s;
        }
    }

    void backward(BatchNormalization n, Tensor x, Tensor y, boolean relu, Tensor dy, Tensor dx, Tensor dgamma, Tensor dbeta,
                  Tensor dresidual, boolean accumulateResidual) {
        int c = prepare(n);
        int rows = c == 0 ? 0 : x.size() / c;
        gradientSums.sums.prepare(rows, c);
        gradientSums.n = n;
        gradientSums.x = x;
        gradientSums.y = relu ? y : null;
        gradientSums.dy = dy;
        gradientSums.run(workers, rows, c);
        gradientSums.sums.total(0, dbeta);
        gradientSums.sums.total(1, dgamma);
        // dx = s * g - s * (dbeta + xh * dgamma) / rows with s = gamma * inverseDeviation
        for (int j = 0; j < c; j++) {
            scale[j] = gradientSums.sums.total(0, j) / rows;
            shift[j] = gradientSums.sums.total(1, j) / rows;
        }
        gradient.n = n;
        gradient.x = x;
        gradient.y = relu ? y : null;
        gradient.dy = dy;
        gradient.dx = dx;
        gradient.dresidual = dresidual;
        gradient.accumulate = accumulateResidual;
        gradient.run(workers, rows, c);
    }

    private int prepare(BatchNormalization n) {
        int c = n.gamma().size();
        if (scale.length < c) {
            scale = new double[c];
            shift = new double[c];
        }
        return c;
    }

    /** Sums of x, or of (x - mean)^2. */
    private static final class Moment extends RangeTask {

        private final ColumnSums sums = new ColumnSums(1);
        private Tensor x;
        private double[] mean;

        @Override
        void range(int index, int from, int to) {
            int c = sums.columns();
            double[] partial = sums.partial();
            int at = sums.clear(0, index);
            float[] in = array(x);
            for (int row = from; row < to; row++) {
                int r = x.offset() + row * c;
                if (mean == null) {
                    for (int j = 0; j < c; j++) {
                        partial[at + j] += in[r + j];
                    }
                } else {
                    for (int j = 0; j < c; j++) {
                        double deviation = in[r + j] - mean[j];
                        partial[at + j] += deviation * deviation;
                    }
                }
            }
        }

        private void means(int rows, double[] out) {
            for (int j = 0; j < sums.columns(); j++) {
                out[j] = sums.total(0, j) / rows;
            }
        }
    }

    /** y = act(x * scale + shift + residual), in double: x * scale and shift may be large and of opposite sign. */
    private final class Affine extends RangeTask {

        private Tensor x;
        private Tensor residual;
        private Tensor y;
        private boolean relu;
        private int c;

        private void run(Tensor in, Tensor added, boolean rectified, Tensor out, int columns) {
            x = in;
            residual = added;
            relu = rectified;
            y = out;
            c = columns;
            run(workers, c == 0 ? 0 : x.size() / c, c);
        }

        @Override
        void range(int index, int from, int to) {
            float[] in = array(x);
            float[] out = array(y);
            for (int row = from; row < to; row++) {
                int xr = x.offset() + row * c;
                int yr = y.offset() + row * c;
                if (residual == null) {
                    for (int j = 0; j < c; j++) {
                        float value = (float) (in[xr + j] * scale[j] + shift[j]);
                        out[yr + j] = relu ? Math.max(value, 0) : value;
                    }
                } else {
                    float[] r = array(residual);
                    int rr = residual.offset() + row * c;
                    for (int j = 0; j < c; j++) {
                        float value = (float) (in[xr + j] * scale[j] + shift[j] + r[rr + j]);
                        out[yr + j] = relu ? Math.max(value, 0) : value;
                    }
                }
            }
        }
    }

    /** Sums of g and of g * xh. */
    private static final class GradientSums extends RangeTask {

        private final ColumnSums sums = new ColumnSums(2);
        private BatchNormalization n;
        private Tensor x;
        private Tensor y;
        private Tensor dy;

        @Override
        void range(int index, int from, int to) {
            int c = sums.columns();
            double[] partial = sums.partial();
            int beta = sums.clear(0, index);
            int gamma = sums.clear(1, index);
            float[] in = array(x);
            float[] out = y == null ? null : array(y);
            float[] upper = array(dy);
            float[] mean = array(n.mean());
            float[] inverse = array(n.inverseDeviation());
            int mo = n.mean().offset();
            int io = n.inverseDeviation().offset();
            for (int row = from; row < to; row++) {
                int first = row * c;
                for (int j = 0; j < c; j++) {
                    if (out == null || out[y.offset() + first + j] > 0) {
                        float g = upper[dy.offset() + first + j];
                        partial[beta + j] += g;
                        partial[gamma + j] += (double) g * (in[x.offset() + first + j] - mean[mo + j]) * inverse[io + j];
                    }
                }
            }
        }
    }

    /** dx and dresidual, given the means of g (in {@code scale}) and of g * xh (in {@code shift}). */
    private final class Gradient extends RangeTask {

        private BatchNormalization n;
        private Tensor x;
        private Tensor y;
        private Tensor dy;
        private Tensor dx;
        private Tensor dresidual;
        private boolean accumulate;

        @Override
        void range(int index, int from, int to) {
            int c = n.gamma().size();
            float[] in = array(x);
            float[] out = y == null ? null : array(y);
            float[] upper = array(dy);
            float[] lower = array(dx);
            float[] gamma = array(n.gamma());
            float[] mean = array(n.mean());
            float[] inverse = array(n.inverseDeviation());
            int go = n.gamma().offset();
            int mo = n.mean().offset();
            int io = n.inverseDeviation().offset();
            for (int row = from; row < to; row++) {
                int first = row * c;
                for (int j = 0; j < c; j++) {
                    float g = out == null || out[y.offset() + first + j] > 0 ? upper[dy.offset() + first + j] : 0;
                    if (dresidual != null) {
                        keepResidual(first + j, g);
                    }
                    double xh = ((double) in[x.offset() + first + j] - mean[mo + j]) * inverse[io + j];
                    lower[dx.offset() + first + j] = (float) (gamma[go + j] * inverse[io + j] * (g - scale[j] - xh * shift[j]));
                }
            }
        }

        private void keepResidual(int i, float g) {
            float[] r = array(dresidual);
            int at = dresidual.offset() + i;
            r[at] = accumulate ? r[at] + g : g;
        }
    }
}

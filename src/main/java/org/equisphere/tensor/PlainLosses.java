package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;
import static org.equisphere.tensor.HostBackend.get;
import static org.equisphere.tensor.HostBackend.set;

/** Row normalisation and the losses of {@link Backend} that compare a feature with a target, row by row, sums in double. */
final class PlainLosses {

    /** No norm counts as smaller. */
    static final double LEAST_NORM = 1e-12;

    private final Workers workers;
    private final NormalizeRows normalizeRows = new NormalizeRows();
    private final NormalizeRowsBackward normalizeRowsBackward = new NormalizeRowsBackward();
    private final Cosine cosine = new Cosine();
    private final DotRegression dotRegression = new DotRegression();

    PlainLosses(Workers workers) {
        this.workers = workers;
    }

    void normalizeRows(Tensor x, Tensor y, Tensor norms) {
        normalizeRows.x = x;
        normalizeRows.y = y;
        normalizeRows.norms = norms;
        normalizeRows.run(workers, x.dimension(0), x.dimension(1));
    }

    void normalizeRowsBackward(Tensor y, Tensor norms, Tensor dy, Tensor dx) {
        normalizeRowsBackward.y = y;
        normalizeRowsBackward.norms = norms;
        normalizeRowsBackward.dy = dy;
        normalizeRowsBackward.dx = dx;
        normalizeRowsBackward.run(workers, y.dimension(0), y.dimension(1));
    }

    void cosineLoss(Tensor f, Tensor prototypes, LabelVector labels, float scale, Tensor losses, Tensor df) {
        cosine.run(f, prototypes, labels, scale, losses, df);
    }

    void dotRegressionLoss(Tensor f, Tensor targets, LabelVector labels, float scale, Tensor losses, Tensor df) {
        dotRegression.run(f, targets, labels, scale, losses, df);
    }

    private static double dot(float[] a, int ao, float[] b, int bo, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += (double) a[ao + i] * b[bo + i];
        }
        return sum;
    }

    private static double norm(float[] a, int ao, int n) {
        return Math.max(Math.sqrt(dot(a, ao, a, ao, n)), LEAST_NORM);
    }

    private static final class NormalizeRows extends RangeTask {

        private Tensor x;
        private Tensor y;
        private Tensor norms;

        @Override
        void range(int index, int from, int to) {
            int d = x.dimension(1);
            float[] in = array(x);
            float[] out = array(y);
            for (int row = from; row < to; row++) {
                int xr = x.offset() + row * d;
                int yr = y.offset() + row * d;
                double norm = norm(in, xr, d);
                set(norms, row, norm);
                for (int j = 0; j < d; j++) {
                    out[yr + j] = (float) (in[xr + j] / norm);
                }
            }
        }
    }

    private static final class NormalizeRowsBackward extends RangeTask {

        private Tensor y;
        private Tensor norms;
        private Tensor dy;
        private Tensor dx;

        @Override
        void range(int index, int from, int to) {
            int d = y.dimension(1);
            float[] unit = array(y);
            float[] upper = array(dy);
            float[] lower = array(dx);
            for (int row = from; row < to; row++) {
                int yr = y.offset() + row * d;
                int gr = dy.offset() + row * d;
                int out = dx.offset() + row * d;
                double along = dot(unit, yr, upper, gr, d);
                double norm = get(norms, row);
                for (int j = 0; j < d; j++) {
                    lower[out + j] = (float) ((upper[gr + j] - unit[yr + j] * along) / norm);
                }
            }
        }
    }

    /** A loss of each feature against the target its label names. */
    private abstract class TargetLoss extends RangeTask {

        Tensor f;
        Tensor targets;
        LabelVector labels;
        float scale;
        Tensor losses;
        Tensor df;

        final void run(Tensor features, Tensor means, LabelVector classes, float factor, Tensor values, Tensor gradient) {
            f = features;
            targets = means;
            labels = classes;
            scale = factor;
            losses = values;
            df = gradient;
            run(workers, f.dimension(0), f.dimension(1));
        }

        @Override
        final void range(int index, int from, int to) {
            int d = f.dimension(1);
            for (int row = from; row < to; row++) {
                int target = targets.offset() + array(labels)[row] * d;
                set(losses, row, row(f.offset() + row * d, target, df.offset() + row * d, d));
            }
        }

        /** Writes the gradient of the row whose feature, target and gradient start at the given places; returns its loss. */
        abstract double row(int feature, int target, int gradient, int d);
    }

    private final class Cosine extends TargetLoss {

        @Override
        double row(int feature, int target, int gradient, int d) {
            float[] z = array(f);
            float[] p = array(targets);
            double norm = norm(z, feature, d);
            double cos = dot(z, feature, p, target, d) / norm;
            double factor = -2 * scale * (1 - cos) / norm;
            float[] out = array(df);
            for (int j = 0; j < d; j++) {
                out[gradient + j] = (float) (factor * (p[target + j] - cos * (z[feature + j] / norm)));
            }
            return scale * (1 - cos) * (1 - cos);
        }
    }

    private final class DotRegression extends TargetLoss {

        @Override
        double row(int feature, int target, int gradient, int d) {
            float[] z = array(f);
            float[] m = array(targets);
            double norm = norm(z, feature, d);
            double error = dot(z, feature, m, target, d) - norm * Math.sqrt(dot(m, target, m, target, d));
            float[] out = array(df);
            for (int j = 0; j < d; j++) {
                out[gradient + j] = (float) (scale * error * m[target + j] / norm);
            }
            return scale * error * error / (2 * norm);
        }
    }
}

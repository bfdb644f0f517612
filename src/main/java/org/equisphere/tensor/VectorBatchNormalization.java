package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;
import static org.equisphere.tensor.HostBackend.get;
import static org.equisphere.tensor.HostBackend.set;

import java.util.Arrays;

/**
 * The batch normalisation of {@link Backend}: two passes forward and two backward. Statistics are taken in float over the runs of a block, shifted
 * by the mean of a run's first values, and combined in double (Chan, Golub and LeVeque 1983), block after block. The second pass goes from the last
 * block to the first, since what the first pass read last is still in a cache: 0.9 % of a training step.
 *
 * <p>Channels that are no multiple of the lanes are left to the plain loops.
 */
final class VectorBatchNormalization {

    private static final int L = Lanes.COUNT;
    /** Elements in a block of rows, about. */
    private static final int BLOCK = 1 << 15;
    /** Elements that pass through the first cache together. */
    private static final int STRIP = 1 << 10;

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final PlainBatchNormalization plain;
    private final Moments moments = new Moments();
    private final Affine affine = new Affine();
    private final Sums sums = new Sums();
    private final Gradient gradient = new Gradient();

    private int c;
    private int rows;
    private int rowsInBlock;
    private int blocks;
    /**
     * Columns that the four vectors of {@link NormalizationLoops} cover. Where four vectors are a whole number of rows, or a row is a whole number of
     * four vectors, they lie side by side; else they are the same columns of four rows.
     */
    private int width;
    /** Floats from one of the four vectors to the next. */
    private int gap;
    /** How many rows the four are of. */
    private int group;
    /** Two quantities of each block and channel. */
    private double[] first = new double[0];
    private double[] second = new double[0];
    /** Four coefficients of each channel. */
    private float[] coefficients = new float[0];

    VectorBatchNormalization(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        this.scratch = scratch;
        plain = new PlainBatchNormalization(workers);
    }

    /** Makes ready for a tensor; false where it is left to the plain loops. */
    private boolean prepare(BatchNormalization n, Tensor x) {
        c = n.gamma().size();
        if (c == 0 || c % L != 0 || x.size() == 0) {
            return false;
        }
        rows = x.size() / c;
        rowsInBlock = Math.max(1, BLOCK / c);
        blocks = (rows + rowsInBlock - 1) / rowsInBlock;
        boolean adjacent = 4 * L % c == 0 || c % (4 * L) == 0;
        width = adjacent ? Math.min(c, 4 * L) : L;
        gap = adjacent ? L : c;
        group = 4 * L / width;
        if (first.length < blocks * c) {
            first = new double[blocks * c];
            second = new double[blocks * c];
        }
        if (coefficients.length < 4 * c) {
            coefficients = new float[4 * c];
        }
        return true;
    }

    private int rowsOf(int block) {
        return Math.min(rowsInBlock, rows - block * rowsInBlock);
    }

    /** Sets a block's quantities to zero; returns where they start. */
    private int clear(int block) {
        int at = block * c;
        Arrays.fill(first, at, at + c, 0);
        Arrays.fill(second, at, at + c, 0);
        return at;
    }

    void normalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        if (!prepare(n, x)) {
            plain.normalize(n, x, residual, relu, y);
            return;
        }
        moments.x = x;
        workers.run(blocks, moments);
        for (int j = 0; j < c; j++) {
            keepStatistics(n, j);
        }
        affine.run(x, residual, relu, y);
    }

    /** Combines the blocks' means (first) and sums of squared deviations (second) of channel j. */
    private void keepStatistics(BatchNormalization n, int j) {
        double mean = 0;
        double deviations = 0;
        double count = 0;
        for (int block = 0; block < blocks; block++) {
            double more = rowsOf(block);
            double share = more / (count + more);
            double delta = first[block * c + j] - mean;
            deviations += second[block * c + j] + delta * delta * count * share;
            mean += delta * share;
            count += more;
        }
        double variance = deviations / rows;
        set(n.mean(), j, mean);
        set(n.inverseDeviation(), j, 1 / Math.sqrt(variance + n.epsilon()));
        PlainBatchNormalization.move(n.runningMean(), j, n.momentum(), mean);
        PlainBatchNormalization.move(n.runningVariance(), j, n.momentum(), deviations / (rows - 1.0));
        affine(n, j, mean, variance);
    }

    /** The coefficients of y = (x - mean) * gamma / sqrt(variance + epsilon) + beta, the mean in two floats. */
    private void affine(BatchNormalization n, int j, double mean, double variance) {
        coefficients[j] = (float) mean;
        coefficients[c + j] = (float) (mean - coefficients[j]);
        coefficients[2 * c + j] = (float) (get(n.gamma(), j) / Math.sqrt(variance + n.epsilon()));
        coefficients[3 * c + j] = get(n.beta(), j);
    }

    void inference(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        if (!prepare(n, x)) {
            plain.inference(n, x, residual, relu, y);
            return;
        }
        for (int j = 0; j < c; j++) {
            affine(n, j, get(n.runningMean(), j), get(n.runningVariance(), j));
        }
        affine.run(x, residual, relu, y);
    }

    void fold(BatchNormalization n, Tensor w, Tensor folded, Tensor bias) {
        plain.fold(n, w, folded, bias);
    }

    void backward(BatchNormalization n, Tensor x, Tensor y, boolean relu, Tensor dy, Tensor dx, Tensor dgamma, Tensor dbeta,
                  Tensor dresidual, boolean accumulateResidual) {
        if (!prepare(n, x)) {
            plain.backward(n, x, y, relu, dy, dx, dgamma, dbeta, dresidual, accumulateResidual);
            return;
        }
        sums.n = n;
        sums.x = x;
        sums.y = relu ? y : null;
        sums.dy = dy;
        workers.run(blocks, sums);
        for (int j = 0; j < c; j++) {
            gradientOf(n, j, dgamma, dbeta);
        }
        gradient.x = x;
        gradient.y = relu ? y : null;
        gradient.dy = dy;
        gradient.dx = dx;
        gradient.dresidual = dresidual;
        gradient.accumulate = accumulateResidual;
        workers.runBackward(blocks, gradient);
    }

    /** Sums up the blocks and sets the coefficients of dx = s * g - s * xh * dgamma / rows - s * dbeta / rows, s = gamma * inverseDeviation. */
    private void gradientOf(BatchNormalization n, int j, Tensor dgamma, Tensor dbeta) {
        double sum = 0;
        double product = 0;
        for (int block = 0; block < blocks; block++) {
            sum += first[block * c + j];
            product += second[block * c + j];
        }
        double inverse = get(n.inverseDeviation(), j);
        double scale = get(n.gamma(), j) * inverse;
        set(dbeta, j, sum);
        set(dgamma, j, product * inverse);
        coefficients[j] = get(n.mean(), j);
        coefficients[c + j] = (float) (-scale * inverse * inverse * product / rows);
        coefficients[2 * c + j] = (float) scale;
        coefficients[3 * c + j] = (float) (-scale * sum / rows);
    }

    /** Means and sums of squared deviations of a block. */
    private final class Moments implements Workers.Task {

        private Tensor x;

        @Override
        public void part(int block) {
            float[] s = scratch.get().first(12 * L);
            int from = x.offset() + block * rowsInBlock * c;
            int count = rowsOf(block) / group;
            int to = clear(block);
            for (int column = 0; column < c && count > 0; column += width) {
                NormalizationLoops.moments(array(x), from + column, gap, group * c, count, s);
                addRuns(s, count, to + column);
            }
            for (int row = count * group; row < rowsOf(block); row++) {
                addRow(to, row, from + row * c);
            }
        }

        /** Combines the runs of {@code count} values each in four vectors. */
        private void addRuns(float[] s, int count, int to) {
            double inverse = 1.0 / count;
            for (int run = 0; run < 4 * L; run += width) {
                double share = (double) width / (run + width);
                double between = (double) count * run / (run + width);
                for (int j = 0; j < width; j++) {
                    double sum = s[4 * L + run + j];
                    double delta = s[run + j] + sum * inverse - first[to + j];
                    second[to + j] += s[8 * L + run + j] - sum * sum * inverse + delta * delta * between;
                    first[to + j] += delta * share;
                }
            }
        }

        private void addRow(int to, int row, int at) {
            double share = 1.0 / (row + 1);
            for (int j = 0; j < c; j++) {
                double delta = array(x)[at + j] - first[to + j];
                second[to + j] += delta * delta * row * share;
                first[to + j] += delta * share;
            }
        }
    }

    private final class Affine implements Workers.Task {

        private Tensor x;
        private Tensor residual;
        private Tensor y;
        private float floor;

        private void run(Tensor in, Tensor added, boolean relu, Tensor out) {
            x = in;
            residual = added;
            y = out;
            floor = relu ? 0 : Float.NEGATIVE_INFINITY;
            workers.runBackward(blocks, this);
        }

        @Override
        public void part(int block) {
            int from = block * rowsInBlock * c;
            int count = rowsOf(block) * c;
            if (residual == null) {
                NormalizationLoops.affine(array(x), x.offset() + from, floor, array(y), y.offset() + from, count, c, coefficients);
            } else {
                NormalizationLoops.affineAdd(array(x), x.offset() + from, array(residual), residual.offset() + from, floor, array(y),
                        y.offset() + from, count, c, coefficients);
            }
        }
    }

    /** Sums of g and of g * (x - mean) of a block. */
    private final class Sums implements Workers.Task {

        private BatchNormalization n;
        private Tensor x;
        private Tensor y;
        private Tensor dy;

        @Override
        public void part(int block) {
            Scratch mine = scratch.get();
            float[] s = mine.first(8 * L);
            float[] mean = mine.second(4 * L);
            int from = block * rowsInBlock * c;
            int count = rowsOf(block) / group;
            int to = clear(block);
            for (int column = 0; column < c; column += width) {
                for (int run = 0; run < 4 * L; run += width) {
                    System.arraycopy(array(n.mean()), n.mean().offset() + column, mean, run, width);
                }
                int at = from + column;
                if (y == null) {
                    NormalizationLoops.plainSums(array(x), x.offset() + at, array(dy), dy.offset() + at, gap, group * c, count, mean, s);
                } else {
                    NormalizationLoops.maskedSums(array(x), x.offset() + at, array(y), y.offset() + at, array(dy), dy.offset() + at, gap,
                            group * c, count, mean, s);
                }
                addRuns(s, to + column);
            }
            for (int row = count * group; row < rowsOf(block); row++) {
                addRow(to, from + row * c);
            }
        }

        private void addRuns(float[] s, int to) {
            for (int run = 0; run < 4 * L; run += width) {
                for (int j = 0; j < width; j++) {
                    first[to + j] += s[run + j];
                    second[to + j] += s[4 * L + run + j];
                }
            }
        }

        private void addRow(int to, int at) {
            for (int j = 0; j < c; j++) {
                if (y == null || get(y, at + j) > 0) {
                    double g = get(dy, at + j);
                    first[to + j] += g;
                    second[to + j] += g * ((double) get(x, at + j) - get(n.mean(), j));
                }
            }
        }
    }

    private final class Gradient implements Workers.Task {

        private Tensor x;
        private Tensor y;
        private Tensor dy;
        private Tensor dx;
        private Tensor dresidual;
        private boolean accumulate;

        @Override
        public void part(int block) {
            int strip = Math.max(1, STRIP / c) * c;
            int end = (block * rowsInBlock + rowsOf(block)) * c;
            for (int at = block * rowsInBlock * c; at < end; at += strip) {
                int count = Math.min(strip, end - at);
                if (dresidual != null && (y == null || accumulate)) {
                    keepResidual(at, count);
                }
                if (y == null) {
                    NormalizationLoops.plainGradient(array(x), x.offset() + at, array(dy), dy.offset() + at, array(dx), dx.offset() + at, count,
                            c, coefficients);
                } else if (dresidual == null || accumulate) {
                    NormalizationLoops.maskedGradient(array(x), x.offset() + at, array(y), y.offset() + at, array(dy), dy.offset() + at,
                            array(dx), dx.offset() + at, count, c, coefficients);
                } else {
                    NormalizationLoops.maskedGradients(array(x), x.offset() + at, array(y), y.offset() + at, array(dy), dy.offset() + at,
                            array(dx), dx.offset() + at, array(dresidual), dresidual.offset() + at, count, c, coefficients);
                }
            }
        }

        /** dresidual (+)= g, unless {@link NormalizationLoops#maskedGradients} writes it. */
        private void keepResidual(int at, int count) {
            float[] from = array(dy);
            float[] to = array(dresidual);
            int to0 = dresidual.offset() + at;
            int from0 = dy.offset() + at;
            if (y != null) {
                NormalizationLoops.maskedAdd(array(y), y.offset() + at, from, from0, to, to0, count);
            } else if (accumulate) {
                for (int i = 0; i < count; i++) {
                    to[to0 + i] += from[from0 + i];
                }
            } else {
                System.arraycopy(from, from0, to, to0, count);
            }
        }
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * The batch normalisation of {@link Backend}: two passes forward and two backward. Statistics are taken in float over short runs, shifted
 * by a value of the run, and combined in double (Chan, Golub and LeVeque 1983), block after block.
 *
 * <p>Channels that are no multiple of the lanes are left to the plain loops.
 */
final class VectorBatchNormalization {

    private static final int L = Lanes.COUNT;
    /** Elements in a block of rows, about. */
    private static final int BLOCK = 1 << 15;
    /** Elements that pass through the first cache together. */
    private static final int STRIP = 1 << 10;
    /** Rows whose mean shifts a run. */
    private static final int SHIFT_ROWS = 8;

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
    /** Two quantities of each block and channel. */
    private double[] first = new double[0];
    private double[] second = new double[0];
    /** Four coefficients of each channel. */
    private float[] coefficients = new float[0];
    /** The mean in the order of four vectors of a row or of successive rows. */
    private float[] means = new float[0];

    VectorBatchNormalization(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        this.scratch = scratch;
        plain = new PlainBatchNormalization(workers);
    }

    /** Whether this tensor is left to the plain loops; else makes ready for it. */
    private boolean odd(BatchNormalization n, Tensor x) {
        c = n.gamma().size();
        if (c == 0 || c % L != 0 || x.size() == 0) {
            return true;
        }
        rows = x.size() / c;
        rowsInBlock = Math.max(1, BLOCK / c);
        blocks = (rows + rowsInBlock - 1) / rowsInBlock;
        if (first.length < blocks * c) {
            first = new double[blocks * c];
            second = new double[blocks * c];
        }
        if (coefficients.length < 4 * c) {
            coefficients = new float[4 * c];
        }
        return false;
    }

    private int rowsOf(int block) {
        return Math.min(rowsInBlock, rows - block * rowsInBlock);
    }

    void normalize(BatchNormalization n, Tensor x, Tensor residual, boolean relu, Tensor y) {
        if (odd(n, x)) {
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
            double delta = first[block * c + j] - mean;
            deviations += second[block * c + j] + delta * delta * count * more / (count + more);
            mean += delta * more / (count + more);
            count += more;
        }
        double variance = deviations / rows;
        set(n.mean(), j, mean);
        set(n.inverseDeviation(), j, 1 / Math.sqrt(variance + n.epsilon()));
        set(n.runningMean(), j, (1 - n.momentum()) * (double) get(n.runningMean(), j) + n.momentum() * mean);
        set(n.runningVariance(), j, (1 - n.momentum()) * (double) get(n.runningVariance(), j) + n.momentum() * deviations / (rows - 1.0));
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
        if (odd(n, x)) {
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
        if (odd(n, x)) {
            plain.backward(n, x, y, relu, dy, dx, dgamma, dbeta, dresidual, accumulateResidual);
            return;
        }
        sums.run(n, x, relu ? y : null, dy);
        for (int j = 0; j < c; j++) {
            gradientOf(n, j, dgamma, dbeta);
        }
        gradient.x = x;
        gradient.y = relu ? y : null;
        gradient.dy = dy;
        gradient.dx = dx;
        gradient.dresidual = dresidual;
        gradient.accumulate = accumulateResidual;
        workers.run(blocks, gradient);
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

    private static float get(Tensor x, int i) {
        return array(x)[x.offset() + i];
    }

    private static void set(Tensor x, int i, double value) {
        array(x)[x.offset() + i] = (float) value;
    }

    /**
     * Which four vectors are summed at a time: of four rows of one vector or two of two, of half-rows and so on where four vectors divide rows
     * or the other way round, else of one column of vectors in four rows.
     */
    private int width() {
        return 4 * L % c == 0 || c % (4 * L) == 0 ? 4 * L : L;
    }

    /** Means and sums of squared deviations of a block. */
    private final class Moments implements Workers.Task {

        private Tensor x;

        @Override
        public void part(int block) {
            float[] s = scratch.get().first(12 * L);
            int width = width();
            int from = x.offset() + block * rowsInBlock * c;
            int group = width == L ? 4 : Math.max(1, width / c);
            int count = rowsOf(block) / group;
            Arrays.fill(first, block * c, block * c + c, 0);
            Arrays.fill(second, block * c, block * c + c, 0);
            for (int column = 0; column < c && count > 0; column += width) {
                shift(from + column, width == L ? c : L, group * c, Math.min(SHIFT_ROWS, count), s);
                NormalizationLoops.moments(array(x), from + column, width == L ? c : L, group * c, count, s);
                for (int i = 0; i < 4 * L; i++) {
                    int j = block * c + (column + (width == L ? i % L : i)) % c;
                    double mean = s[i] + (double) s[4 * L + i] / count;
                    double deviations = s[8 * L + i] - (double) s[4 * L + i] * s[4 * L + i] / count;
                    // earlier runs of the same channel have the same length
                    int earlier = i / Math.min(c, width);
                    merge(j, (double) earlier * count, mean, deviations, count);
                }
            }
            for (int row = count * group; row < rowsOf(block); row++) {
                addRow(block, row, from + row * c);
            }
        }

        /** The mean of the first few values, near enough to the run's mean; one value alone may lie far out. */
        private void shift(int from, int gap, int step, int count, float[] s) {
            for (int i = 0; i < 4 * L; i++) {
                int at = from + i / L * gap + i % L;
                float sum = 0;
                for (int t = 0; t < count; t++) {
                    sum += array(x)[at + t * step];
                }
                s[i] = sum / count;
            }
        }

        private void addRow(int block, int row, int at) {
            for (int j = 0; j < c; j++) {
                merge(block * c + j, row, array(x)[at + j], 0, 1);
            }
        }

        private void merge(int j, double have, double mean, double deviations, double more) {
            double delta = mean - first[j];
            second[j] += deviations + delta * delta * have * more / (have + more);
            first[j] += delta * more / (have + more);
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
            workers.run(blocks, this);
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

        private void run(BatchNormalization state, Tensor in, Tensor out, Tensor upper) {
            n = state;
            x = in;
            y = out;
            dy = upper;
            int length = Math.max(c, 4 * L);
            if (width() == L) {
                length = 4 * c;
            }
            if (means.length < length) {
                means = new float[length];
            }
            for (int i = 0; i < length; i++) {
                means[i] = width() == L ? get(n.mean(), i / (4 * L) * L + i % L) : get(n.mean(), i % c);
            }
            workers.run(blocks, this);
        }

        @Override
        public void part(int block) {
            Scratch mine = scratch.get();
            float[] s = mine.first(8 * L);
            float[] mean = mine.second(4 * L);
            int width = width();
            int from = block * rowsInBlock * c;
            int group = width == L ? 4 : Math.max(1, width / c);
            int count = rowsOf(block) / group;
            int gap = width == L ? c : L;
            Arrays.fill(first, block * c, block * c + c, 0);
            Arrays.fill(second, block * c, block * c + c, 0);
            for (int column = 0; column < c; column += width) {
                System.arraycopy(means, width == L ? 4 * column : column, mean, 0, 4 * L);
                int at = from + column;
                if (y == null) {
                    NormalizationLoops.plainSums(array(x), x.offset() + at, array(dy), dy.offset() + at, gap, group * c, count, mean, s);
                } else {
                    NormalizationLoops.maskedSums(array(x), x.offset() + at, array(y), y.offset() + at, array(dy), dy.offset() + at, gap,
                            group * c, count, mean, s);
                }
                for (int i = 0; i < 4 * L; i++) {
                    int j = block * c + (column + (width == L ? i % L : i)) % c;
                    first[j] += s[i];
                    second[j] += s[4 * L + i];
                }
            }
            for (int row = count * group; row < rowsOf(block); row++) {
                addRow(block * c, from + row * c);
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
                if (dresidual != null) {
                    keepResidual(at, count);
                }
                if (y == null) {
                    NormalizationLoops.plainGradient(array(x), x.offset() + at, array(dy), dy.offset() + at, array(dx), dx.offset() + at, count,
                            c, coefficients);
                } else {
                    NormalizationLoops.maskedGradient(array(x), x.offset() + at, array(y), y.offset() + at, array(dy), dy.offset() + at,
                            array(dx), dx.offset() + at, count, c, coefficients);
                }
            }
        }

        /** dresidual (+)= g, without relu g being dy. */
        private void keepResidual(int at, int count) {
            float[] mask = y == null ? null : array(y);
            float[] from = array(dy);
            float[] to = array(dresidual);
            int to0 = dresidual.offset() + at;
            int from0 = dy.offset() + at;
            if (mask == null && accumulate) {
                for (int i = 0; i < count; i++) {
                    to[to0 + i] += from[from0 + i];
                }
            } else if (mask == null) {
                System.arraycopy(from, from0, to, to0, count);
            } else if (accumulate) {
                NormalizationLoops.maskedAdd(mask, y.offset() + at, from, from0, to, to0, count);
            } else {
                NormalizationLoops.mask(mask, y.offset() + at, from, from0, to, to0, count);
            }
        }
    }
}

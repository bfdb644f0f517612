package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/**
 * The uniformity loss of {@link Backend} from inner products, a block of rows against all rows at a time. Energies are taken relative to that of
 * each row's closest pair: rows far from all others would underflow to log 0.
 */
final class PlainGaussianPotential extends RangeTask {

    /** Pairs of a block, about. */
    private static final int PAIRS = 1 << 18;

    private final HostBackend backend;
    private final Scratch.OfThread scratch;
    private final RowLoops loops;
    /** A block: its rows, their products with all rows and then the energies, the energies times the rows. */
    private Tensor block;
    private Tensor pairs;
    private Tensor pulls;
    private float[] squares = new float[0];
    /** Of each row: the logarithm of its largest energy, the sum of its energies in units of that. */
    private double[] largest = new double[0];
    private double[] sums = new double[0];
    private int n;
    private int first;
    private float t;

    PlainGaussianPotential(HostBackend backend, Scratch.OfThread scratch, RowLoops loops) {
        this.backend = backend;
        this.scratch = scratch;
        this.loops = loops;
    }

    double potential(Tensor w, float temperature, Tensor dw) {
        n = w.dimension(0);
        t = temperature;
        int d = w.dimension(1);
        int rows = Math.min(n, Math.max(16, PAIRS / n));
        prepare(rows, d);
        for (int i = 0; i < n; i++) {
            squares[i] = square(array(w), w.offset() + i * d, d);
        }
        for (first = 0; first < n; first += rows) {
            int count = Math.min(rows, n - first);
            System.arraycopy(array(w), w.offset() + first * d, array(block), 0, count * d);
            backend.computeGemm(false, true, count, n, d, 2, block, w, 0, pairs);
            run(backend.workers, count, n);
            if (dw != null) {
                backend.computeGemm(false, false, count, d, n, 1, pairs, w, 0, pulls);
                for (int i = 0; i < count * d; i++) {
                    array(dw)[dw.offset() + first * d + i] = (float) (array(pulls)[i] - sums[first + i / d] * array(block)[i]);
                }
            }
        }
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            most = Math.max(most, largest[i]);
        }
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += sums[i] * Math.exp(largest[i] - most);
        }
        for (int i = 0; dw != null && i < n; i++) {
            double share = 4 * t * Math.exp(largest[i] - most) / sum;
            for (int j = dw.offset() + i * d; j < dw.offset() + i * d + d; j++) {
                array(dw)[j] *= share;
            }
        }
        return Math.log(sum / ((double) n * (n - 1))) + most;
    }

    private void prepare(int rows, int d) {
        if (block == null || block.size() < rows * d) {
            block = backend.tensor(rows, d);
            pulls = backend.tensor(rows, d);
        }
        if (pairs == null || pairs.size() < rows * n) {
            pairs = backend.tensor(rows, n);
        }
        if (sums.length < n) {
            squares = new float[n];
            largest = new double[n];
            sums = new double[n];
        }
    }

    private static float square(float[] w, int from, int d) {
        double sum = 0;
        for (int j = from; j < from + d; j++) {
            sum += (double) w[j] * w[j];
        }
        return (float) sum;
    }

    /** From products, doubled, to energies. */
    @Override
    void range(int index, int from, int to) {
        float[] row = scratch.get().first(RowLoops.room(n));
        for (int i = from; i < to; i++) {
            System.arraycopy(array(pairs), i * n, row, 0, n);
            for (int j = 0; j < n; j++) {
                row[j] = t * (row[j] - squares[j]);
            }
            row[first + i] = Float.NEGATIVE_INFINITY;
            largest[first + i] = RowLoops.shift(row, n) - (double) t * squares[first + i];
            sums[first + i] = loops.exponentials(row, n);
            System.arraycopy(row, 0, array(pairs), i * n, n);
        }
    }
}

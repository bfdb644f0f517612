package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/** The bias operations of {@link Backend} as plain loops over blocks of rows. */
final class PlainBias {

    private final Workers workers;
    private final Add add;
    private final Backward backward = new Backward();

    PlainBias(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        add = new Add(scratch);
    }

    void addBias(Tensor y, Tensor bias, boolean relu) {
        int c = bias.size();
        if (c == 0) {
            return;
        }
        add.y = y;
        add.bias = bias;
        add.relu = relu;
        add.run(workers, y.size() / c, c);
    }

    void addBiasBackward(Tensor y, boolean relu, Tensor dy, Tensor dbias) {
        int c = dbias.size();
        if (c == 0) {
            return;
        }
        int rows = dy.size() / c;
        backward.y = y;
        backward.relu = relu;
        backward.dy = dy;
        backward.sums.prepare(rows, c);
        backward.run(workers, rows, c);
        backward.sums.total(0, dbias);
    }

    private static final class Add extends RangeTask {

        private final Scratch.OfThread scratch;
        private Tensor y;
        private Tensor bias;
        private boolean relu;

        private Add(Scratch.OfThread scratch) {
            this.scratch = scratch;
        }

        /**
         * A strip of rows at a time, beside as many copies of the bias: C2 vectorises a loop over several arrays only where all indices are alike.
         */
        @Override
        void range(int index, int from, int to) {
            int c = bias.size();
            int rows = Math.max(1, Scratch.STRIP / c);
            float[] sum = scratch.get().first(rows * c);
            float[] term = scratch.get().second(rows * c);
            for (int row = 0; row < rows; row++) {
                System.arraycopy(array(bias), bias.offset(), term, row * c, c);
            }
            for (int row = from; row < to; row += rows) {
                int n = Math.min(rows, to - row) * c;
                System.arraycopy(array(y), y.offset() + row * c, sum, 0, n);
                RowSums.addOne(sum, n, term, 1);
                if (relu) {
                    RowLoops.rectify(sum, n);
                }
                System.arraycopy(sum, 0, array(y), y.offset() + row * c, n);
            }
        }
    }

    private static final class Backward extends RangeTask {

        private final ColumnSums sums = new ColumnSums(1);
        private Tensor y;
        private Tensor dy;
        private boolean relu;

        @Override
        void range(int index, int from, int to) {
            int c = sums.columns();
            double[] partial = sums.partial();
            int at = sums.clear(0, index);
            float[] gradient = array(dy);
            for (int row = from; row < to; row++) {
                int g = dy.offset() + row * c;
                if (relu) {
                    mask(row * c, c);
                }
                for (int j = 0; j < c; j++) {
                    partial[at + j] += gradient[g + j];
                }
            }
        }

        private void mask(int first, int count) {
            float[] out = array(y);
            float[] gradient = array(dy);
            for (int i = first; i < first + count; i++) {
                if (!(out[y.offset() + i] > 0)) {
                    gradient[dy.offset() + i] = 0;
                }
            }
        }
    }
}

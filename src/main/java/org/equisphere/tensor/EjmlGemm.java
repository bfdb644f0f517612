package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.mult.MatrixMatrixMult_FDRM;

/**
 * The matrix product of {@link Backend} through EJML. EJML sees whole arrays only, so op(b) is laid out once in a kept matrix, and
 * each block of rows of op(a) in a kept matrix of its lane. A lane takes every {@value #LANES}-th block: the memory is bounded.
 */
final class EjmlGemm implements Workers.Task {

    private static final int LANES = 16;
    private static final int ROWS = 64;

    private final Workers workers;
    private final FMatrixRMaj right = new FMatrixRMaj(0, 0);
    private final FMatrixRMaj[] left = new FMatrixRMaj[LANES];
    private final FMatrixRMaj[] product = new FMatrixRMaj[LANES];
    private boolean transposeA;
    private int m;
    private int n;
    private int k;
    private float alpha;
    private Tensor a;
    private float beta;
    private Tensor c;

    EjmlGemm(Workers workers) {
        this.workers = workers;
        for (int lane = 0; lane < LANES; lane++) {
            left[lane] = new FMatrixRMaj(0, 0);
            product[lane] = new FMatrixRMaj(0, 0);
        }
    }

    void multiply(boolean transA, boolean transB, int rows, int columns, int inner, float factor, Tensor x, Tensor y, float kept, Tensor z) {
        transposeA = transA;
        m = rows;
        n = columns;
        k = inner;
        alpha = factor;
        a = x;
        beta = kept;
        c = z;
        right.reshape(k, n);
        layOut(array(y), y.offset(), transB ? 1 : n, transB ? k : 1, right);
        workers.run(Math.min(LANES, (m + ROWS - 1) / ROWS), this);
    }

    @Override
    public void part(int lane) {
        for (int row = lane * ROWS; row < m; row += LANES * ROWS) {
            int rows = Math.min(ROWS, m - row);
            left[lane].reshape(rows, k);
            product[lane].reshape(rows, n);
            layOut(array(a), a.offset() + row * (transposeA ? 1 : k), transposeA ? 1 : k, transposeA ? m : 1, left[lane]);
            if (k == 0) {
                product[lane].zero();
            } else {
                MatrixMatrixMult_FDRM.mult_reorder(left[lane], right, product[lane]);
            }
            store(product[lane].data, row * n, rows * n);
        }
    }

    /** target[i, j] = source[at + i * rowStep + j * columnStep]. */
    private static void layOut(float[] source, int at, int rowStep, int columnStep, FMatrixRMaj target) {
        for (int i = 0; i < target.numRows; i++) {
            for (int j = 0; j < target.numCols; j++) {
                target.data[i * target.numCols + j] = source[at + i * rowStep + j * columnStep];
            }
        }
    }

    private void store(float[] from, int first, int count) {
        float[] to = array(c);
        int at = c.offset() + first;
        for (int i = 0; i < count; i++) {
            to[at + i] = beta == 0 ? alpha * from[i] : alpha * from[i] + beta * to[at + i];
        }
    }
}

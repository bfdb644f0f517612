package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * One window of {@link WindowAttention} and one head, unpacked: the n tokens that are there, their queries, keys and values. Order of use:
 * {@link #place}, then for every head {@link #load}, {@link #attend}, and either {@link #storeOutput} or {@link #backward}
 * and {@link #storeGradients}.
 */
final class AttentionWindow {

    private final RowLoops loops;
    private WindowAttention g;
    private int n;
    /** Of each token: its number in the batch, its cell in a table of relative places, the part of a window it is in. */
    private int[] token = new int[0];
    private int[] cell = new int[0];
    private int[] side = new int[0];
    /** [n, d] each; a name with T is the transpose. */
    private float[][] q = {};
    private float[][] k = {};
    private float[][] kT = {};
    private float[][] v = {};
    private float[][] vT = {};
    private float[][] dy = {};
    private float[][] result = {};
    /** [n, n]: p and, backward, the scores' gradients; a row. */
    private float[] p = new float[0];
    private float[] ds = new float[0];
    private float[] row = new float[0];

    AttentionWindow(RowLoops loops) {
        this.loops = loops;
    }

    /** Finds the tokens of a window. */
    void place(WindowAttention geometry, int number) {
        g = geometry;
        int w = g.window();
        int most = mostTokens();
        if (token.length < most) {
            token = new int[most];
            cell = new int[most];
            side = new int[most];
            p = new float[most * most];
            ds = new float[most * most];
        }
        int across = number % g.windowsAcross();
        int down = number / g.windowsAcross() % g.windowsDown();
        int image = number / g.windowsAcross() / g.windowsDown();
        n = 0;
        for (int r = 0; r < w; r++) {
            int i = (down * w + r + g.shiftDown()) % (g.windowsDown() * w);
            for (int c = 0; c < w && i < g.height(); c++) {
                int j = (across * w + c + g.shiftAcross()) % (g.windowsAcross() * w);
                if (j < g.width()) {
                    token[n] = (image * g.height() + i) * g.width() + j;
                    cell[n] = r * (2 * w - 1) + c;
                    // only the last windows go round the edge, where their tokens from w - shift on come from the other side
                    side[n++] = (i < down * w ? 2 : 0) + (j < across * w ? 1 : 0);
                }
            }
        }
    }

    /** A window may be larger than what it looks at. */
    private int mostTokens() {
        return Math.min(g.window(), g.height()) * Math.min(g.window(), g.width());
    }

    /** Reads the queries, keys and values of a head. */
    void load(Tensor qkv, int head) {
        int d = g.headSize();
        int rows = Math.max(d, mostTokens());
        q = RowSums.atLeast(q, rows, d);
        k = RowSums.atLeast(k, rows, d);
        v = RowSums.atLeast(v, rows, d);
        result = RowSums.atLeast(result, rows, d);
        kT = RowSums.atLeast(kT, rows, rows);
        vT = RowSums.atLeast(vT, rows, rows);
        row = row.length < RowLoops.room(rows) ? new float[RowLoops.room(rows)] : row;
        gather(qkv, 3 * g.channels(), head * d, q);
        gather(qkv, 3 * g.channels(), g.channels() + head * d, k);
        gather(qkv, 3 * g.channels(), 2 * g.channels() + head * d, v);
        transpose(k, kT);
    }

    private void gather(Tensor x, int stride, int from, float[][] rows) {
        for (int i = 0; i < n; i++) {
            System.arraycopy(array(x), x.offset() + token[i] * stride + from, rows[i], 0, g.headSize());
        }
    }

    private void scatter(float[][] rows, Tensor x, int stride, int from) {
        for (int i = 0; i < n; i++) {
            System.arraycopy(rows[i], 0, array(x), x.offset() + token[i] * stride + from, g.headSize());
        }
    }

    private void transpose(float[][] rows, float[][] columns) {
        for (int i = 0; i < n; i++) {
            for (int l = 0; l < g.headSize(); l++) {
                columns[l][i] = rows[i][l];
            }
        }
    }

    /** p_i = softmax over j of q_i k_j / sqrt(d) + bias, for every i; 0 where i does not see j. */
    void attend(Tensor bias, int head) {
        float[] table = array(bias);
        int centre = bias.offset() + 2 * g.window() * (g.window() - 1) * g.heads() + head;
        float scale = g.scale();
        for (int i = 0; i < n; i++) {
            Arrays.fill(row, 0, n, 0);
            RowSums.add(row, n, kT, 0, g.headSize(), q[i], 0, 1);
            for (int j = 0; j < n; j++) {
                row[j] = side[i] == side[j] ? row[j] * scale + table[centre + (cell[i] - cell[j]) * g.heads()] : Float.NEGATIVE_INFINITY;
            }
            RowLoops.shift(row, n);
            float share = (float) (1 / loops.exponentials(row, n));
            for (int j = 0; j < n; j++) {
                p[i * n + j] = row[j] * share;
            }
        }
    }

    /** y_i = sum over j of p_ij v_j. */
    void storeOutput(Tensor y, int head) {
        products(v, p, false, 1);
        scatter(result, y, g.channels(), head * g.headSize());
    }

    /** result_i = scale * sum over j of f_ij rows_j, f transposed where asked. */
    private void products(float[][] rows, float[] f, boolean transposed, float scale) {
        for (int i = 0; i < n; i++) {
            float[] sum = result[i];
            Arrays.fill(sum, 0, g.headSize(), 0);
            RowSums.add(sum, g.headSize(), rows, 0, n, f, transposed ? i : i * n, transposed ? n : 1);
            for (int l = 0; l < g.headSize(); l++) {
                sum[l] *= scale;
            }
        }
    }

    /** The gradients of the scores, ds_ij = p_ij (dp_ij - sum over k of p_ik dp_ik) with dp_ij = dy_i v_j, which are also those of the bias. */
    void backward(Tensor gradient, int head, double[] biasSums, int at) {
        dy = RowSums.atLeast(dy, q.length, g.headSize());
        gather(gradient, g.channels(), head * g.headSize(), dy);
        transpose(v, vT);
        int centre = at + 2 * g.window() * (g.window() - 1) * g.heads() + head;
        for (int i = 0; i < n; i++) {
            Arrays.fill(row, 0, n, 0);
            RowSums.add(row, n, vT, 0, g.headSize(), dy[i], 0, 1);
            double mean = 0;
            for (int j = 0; j < n; j++) {
                mean += p[i * n + j] * row[j];
            }
            for (int j = 0; j < n; j++) {
                float each = (float) (p[i * n + j] * (row[j] - mean));
                ds[i * n + j] = each;
                biasSums[centre + (cell[i] - cell[j]) * g.heads()] += each;
            }
        }
    }

    /** dq_i = sum_j ds_ij k_j / sqrt(d), dk_j = sum_i ds_ij q_i / sqrt(d), dv_j = sum_i p_ij dy_i. */
    void storeGradients(Tensor dqkv, int head) {
        int stride = 3 * g.channels();
        products(k, ds, false, g.scale());
        scatter(result, dqkv, stride, head * g.headSize());
        products(q, ds, true, g.scale());
        scatter(result, dqkv, stride, g.channels() + head * g.headSize());
        products(dy, p, true, 1);
        scatter(result, dqkv, stride, 2 * g.channels() + head * g.headSize());
    }
}

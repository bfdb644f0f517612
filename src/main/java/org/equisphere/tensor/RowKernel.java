package org.equisphere.tensor;

/**
 * Register tiles over rows: for P rows of x and V vectors of columns,
 * out[p, :] = start[p, :] + sum over t of x[x0 + p * step + t] * w[w0 + t * V * lanes + :]. {@code start} may be {@code out}.
 * One method a shape P x V.
 */
interface RowKernel {

    void rows16x1(float[] x, int x0, int step, int count, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep);

    void rows8x2(float[] x, int x0, int step, int count, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep);

    void rows4x2(float[] x, int x0, int step, int count, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep);
}

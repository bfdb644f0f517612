package org.equisphere.tensor;

/**
 * Register tiles of P rows and V vectors of columns, one method a shape P x V. Along rows:
 * out[p, :] = start[p, :] + sum over t of x[x0 + p * step + t] * w[w0 + t * V * lanes + :]; {@code start} may be {@code out}.
 * Over rows, the outer products of gradients by weights:
 * sums[p, :] += sum over t of x[x0 + t * xStep + p] * y[y0 + t * yStep + :]. A kernel for one step takes it for xStep and yStep as well.
 */
interface RowKernel {

    void rows16x1(float[] x, int x0, int step, int count, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep);

    void rows8x2(float[] x, int x0, int step, int count, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep);

    void rows4x2(float[] x, int x0, int step, int count, float[] w, int w0, float[] start, int s0, int sStep, float[] out, int o0, int oStep);

    void outer16x1(float[] x, int x0, int xStep, int count, float[] y, int y0, int yStep, float[] sums, int o0, int oStep);

    void outer8x2(float[] x, int x0, int xStep, int count, float[] y, int y0, int yStep, float[] sums, int o0, int oStep);

    void outer4x2(float[] x, int x0, int xStep, int count, float[] y, int y0, int yStep, float[] sums, int o0, int oStep);
}

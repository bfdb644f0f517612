package org.equisphere.sphere;

/**
 * The arithmetic of one block of pairs: a tile of the Gram matrix, the exponentials of its entries, and what they pull on.
 *
 * <p>Matrices are row-major with a row stride; strides named {@code dp} (padded dimension) and {@code bp} (padded block) are
 * multiples of {@link #lanes()}, and the padding of every input holds zeros.
 */
interface PairKernel {

    /** Padding multiple of row strides, in doubles. */
    int lanes();

    /** A name for logs and benchmark tables. */
    String name();

    /**
     * g = A * B: g[i*bp + j] = sum over k below d of a[aOff + i*dp + k] * bt[btOff + k*bp + j], for i below rows and j below bp.
     * With {@code upper}, only entries with j >= i are needed; the others may hold anything.
     *
     * @param a rows x dp; not modified
     * @param bt the other block, transposed: d x bp; not modified
     * @param g modified: rows x bp
     */
    void gram(double[] a, int aOff, int dp, int rows, double[] bt, int btOff, int bp, int d, boolean upper, double[] g);

    /** The largest of g[from] .. g[to-1], both multiples of {@link #lanes()}. */
    double largest(double[] g, int from, int to);

    /**
     * g[k] = exp(scale * (g[k] - shift)) for from <= k < to, both multiples of {@link #lanes()}; arguments below -708 are
     * taken as -708.
     *
     * @param g modified
     * @return the sum of the new values
     */
    double exponentials(double[] g, int from, int to, double scale, double shift);

    /** c[cOff + i*dp + k] += sum over j below inner of e[i*bp + j] * w[wOff + j*dp + k], for i below rows and k below dp. */
    void accumulate(double[] e, int bp, int rows, int inner, double[] w, int wOff, int dp, double[] c, int cOff);

    /** c[cOff + j*dp + k] += sum over i below inner of e[i*bp + j] * w[wOff + i*dp + k], for j below rows and k below dp. */
    void accumulateTransposed(double[] e, int bp, int rows, int inner, double[] w, int wOff, int dp, double[] c, int cOff);
}

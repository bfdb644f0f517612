package org.equisphere.sphere;

/**
 * The arithmetic of one block of pairs: a tile of the Gram matrix, the exponentials of its entries, and what they pull on.
 *
 * <p>A tile is row-major with a row stride {@code bp}, a multiple of {@link #lanes()}. The blocks it comes from and the pulls it goes to are laid out
 * in {@link Panels} of {@link #width} columns.
 */
interface PairKernel {

    /** Padding multiple of a tile's row stride, in doubles. */
    int lanes();

    /** The columns of a panel for a matrix of so many columns: a multiple of 4 and of {@link #lanes()}. */
    int width(int columns);

    /** A name for logs and benchmark tables. */
    String name();

    /**
     * g = A^T B: g[i*bp + j] is the product of column i of A and column j of B, for i below rows and j below bp. With {@code upper}, only entries
     * with j >= i are needed; the others may hold anything.
     *
     * @param a a block transposed, in panels: d rows and at least {@code rows} columns; not modified
     * @param b the other block, likewise, of at least bp columns with the padding; not modified
     * @param g modified: rows x bp, and up to three rows more
     */
    void gram(double[] a, int aOff, int rows, double[] b, int bOff, int bp, int width, int d, boolean upper, double[] g);

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

    /**
     * C += E W, where E is the tile's first rows and inner columns.
     *
     * @param w a block in panels: {@code height} rows and d columns, of which the first {@code inner} rows are read; not modified
     * @param c likewise, of which the first {@code rows} rows are modified, and up to three rows more; height is a multiple of 4
     */
    void accumulate(double[] e, int bp, int rows, int inner, double[] w, int wOff, int height, int width, int d, double[] c, int cOff);

    /** C += E^T W, where E is the tile's first inner rows and first rows columns; all else as in {@link #accumulate}. */
    void accumulateTransposed(double[] e, int bp, int rows, int inner, double[] w, int wOff, int height, int width, int d, double[] c, int cOff);
}

package org.equisphere.sphere;

/** The definition of {@link PairKernel} in plain loops, written so that C2 can vectorise them. */
final class PlainPairKernel implements PairKernel {

    @Override
    public int lanes() {
        return 4;
    }

    /** One panel for all columns, the longest loops. */
    @Override
    public int width(int columns) {
        return (columns + 3) / 4 * 4;
    }

    @Override
    public String name() {
        return "plain";
    }

    @Override
    public void gram(double[] a, int aOff, int rows, double[] b, int bOff, int bp, int width, int d, boolean upper, double[] g) {
        for (int i = 0; i < rows; i++) {
            int from = upper ? i : 0;
            int gRow = i * bp;
            for (int j = 0; j < bp; j++) {
                g[gRow + j] = 0;
            }
            for (int k = 0; k < d; k++) {
                double x = a[aOff + k * width + i];
                int bRow = bOff + k * width;
                for (int j = from; j < bp; j++) {
                    g[gRow + j] += x * b[bRow + j];
                }
            }
        }
    }

    @Override
    public double largest(double[] g, int from, int to) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int k = from; k < to; k++) {
            largest = Math.max(largest, g[k]);
        }
        return largest;
    }

    @Override
    public double exponentials(double[] g, int from, int to, double scale, double shift) {
        double sum = 0;
        for (int k = from; k < to; k++) {
            g[k] = Math.exp(Math.max(scale * (g[k] - shift), -708));
            sum += g[k];
        }
        return sum;
    }

    @Override
    public void accumulate(double[] e, int bp, int rows, int inner, double[] w, int wOff, int height, int width, int d, double[] c, int cOff) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < inner; j++) {
                axpy(e[i * bp + j], w, wOff + j * width, c, cOff + i * width, d);
            }
        }
    }

    @Override
    public void accumulateTransposed(double[] e, int bp, int rows, int inner, double[] w,
                                     int wOff, int height, int width, int d, double[] c, int cOff) {
        for (int j = 0; j < rows; j++) {
            for (int i = 0; i < inner; i++) {
                axpy(e[i * bp + j], w, wOff + i * width, c, cOff + j * width, d);
            }
        }
    }

    private static void axpy(double factor, double[] x, int xOff, double[] y, int yOff, int length) {
        for (int k = 0; k < length; k++) {
            y[yOff + k] += factor * x[xOff + k];
        }
    }
}

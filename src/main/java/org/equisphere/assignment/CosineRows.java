package org.equisphere.assignment;

import java.util.Arrays;

/**
 * The cosines {@code Z W^T} of class directions and prototypes that a label assignment maximises the sum of, row by row and
 * only where a row is needed.
 */
final class CosineRows {

    /** So many rows are computed at a time, so that a prototype is read once for all of them. */
    static final int GROUP = 16;

    private final int classes;
    private final int prototypes;
    private final int dimension;
    private final int width; // the dimension, padded with zeros to whole fours
    private final double[] cosines; // [classes, prototypes]
    private double[] z; // [classes, width]
    private double[] before; // [classes, width] the directions before those
    private final double[] w; // [prototypes, width]
    private final double[] columns; // [panels, width, PANEL], w transposed so that the inner loops run over prototypes
    private final int[] one = new int[1];
    private final boolean[] fresh; // [classes] whether the row is that of z
    private final RowScans scans = RowScans.best();
    private final NearPrototypes near;
    private double longest; // max |w|

    CosineRows(int classes, int prototypes, int dimension) {
        this.classes = classes;
        this.prototypes = prototypes;
        this.dimension = dimension;
        if ((long) classes * prototypes > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("classes, prototypes: are " + classes + ", " + prototypes
                    + ", expected a product below 2^31, the number of their cosines");
        }
        width = (dimension + RowScans.TERMS - 1) / RowScans.TERMS * RowScans.TERMS;
        cosines = new double[classes * prototypes];
        z = new double[classes * width];
        before = new double[classes * width];
        w = new double[prototypes * width];
        columns = new double[(prototypes + RowScans.PANEL - 1) / RowScans.PANEL * RowScans.PANEL * width];
        fresh = new boolean[classes];
        near = new NearPrototypes(this);
    }

    int classes() {
        return classes;
    }

    int prototypes() {
        return prototypes;
    }

    int dimension() {
        return dimension;
    }

    /** The length of a row of {@link #z}. */
    int width() {
        return width;
    }

    /** {@code [classes, width]}, the directions taken last. */
    double[] z() {
        return z;
    }

    /** By how much a cosine of class i may have changed since the directions before. */
    double step(int i) {
        return moved(i, before);
    }

    /**
     * By how much a cosine of class i may differ from that of its row in {@code from}, {@code [classes, width]}. Two rounded cosines may miss their
     * own by {@code d 2^-53 |z| |w|} each; twice that is allowed for.
     */
    double moved(int i, double[] from) {
        double even = 0;
        double odd = 0;
        for (int k = i * width; k < (i + 1) * width; k += 2) {
            even += (z[k] - from[k]) * (z[k] - from[k]);
            odd += (z[k + 1] - from[k + 1]) * (z[k + 1] - from[k + 1]);
        }
        return (Math.sqrt(even + odd) + 4 * width * 0x1p-53) * longest * (1 + 0x1p-40);
    }

    /** What is known of the rows without computing them. */
    NearPrototypes near() {
        return near;
    }

    /** {@code [classes, prototypes]}; a row is right once it has been {@linkplain #refresh refreshed}. */
    double[] cosines() {
        return cosines;
    }

    /** Whether these are the prototypes placed last. */
    boolean has(double[] newW) {
        for (int s = 0; s < prototypes; s++) {
            if (!Arrays.equals(w, s * width, s * width + dimension, newW, s * dimension, (s + 1) * dimension)) {
                return false;
            }
        }
        return true;
    }

    /** Takes these directions; all rows are to be refreshed before they are read. Not modified. */
    void direct(double[] newZ) {
        double[] last = z;
        z = before;
        before = last;
        for (int c = 0; c < classes; c++) {
            System.arraycopy(newZ, c * dimension, z, c * width, dimension);
        }
        Arrays.fill(fresh, false);
    }

    /** Takes these prototypes, likewise. */
    void place(double[] newW) {
        near.clear();
        Arrays.fill(fresh, false);
        longest = 0;
        for (int s = 0; s < prototypes; s++) {
            double squared = 0;
            for (int k = 0; k < dimension; k++) {
                w[s * width + k] = newW[s * dimension + k];
                columns[(s / RowScans.PANEL * width + k) * RowScans.PANEL + s % RowScans.PANEL] = newW[s * dimension + k];
                squared += newW[s * dimension + k] * newW[s * dimension + k];
            }
            longest = Math.max(longest, Math.sqrt(squared));
        }
    }

    /** Computes row i if it is not that of the present directions. */
    void refresh(int i) {
        if (!fresh[i]) {
            one[0] = i;
            refresh(one, 1);
        }
    }

    /** Computes the rows {@code from .. to - 1}. */
    void refresh(int from, int to) {
        int[] group = new int[GROUP];
        for (int i = from; i < to; i += GROUP) {
            int count = Math.min(GROUP, to - i);
            for (int k = 0; k < count; k++) {
                group[k] = i + k;
            }
            refresh(group, count);
        }
    }

    /** Computes the first {@code count} of these rows. */
    void refresh(int[] rows, int count) {
        scans.products(cosines, prototypes, z, width, columns, rows, count);
        for (int k = 0; k < count; k++) {
            fresh[rows[k]] = true;
        }
    }

    /** The cosine of class i and prototype s, in the arithmetic of {@link RowScans#products}. */
    double cosine(int i, int s) {
        int a = i * width;
        int b = s * width;
        double sum = 0;
        for (int k = 0; k < width; k += RowScans.TERMS) {
            sum += z[a + k] * w[b + k] + z[a + k + 1] * w[b + k + 1] + z[a + k + 2] * w[b + k + 2] + z[a + k + 3] * w[b + k + 3];
        }
        return sum;
    }
}

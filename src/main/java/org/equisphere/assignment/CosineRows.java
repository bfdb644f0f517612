package org.equisphere.assignment;

import java.util.Arrays;

/**
 * The cosines {@code Z W^T} of class directions and prototypes that a label assignment maximises the sum of, row by row and
 * only where a row is needed. A row computed for the direction z holds a bound for every later z': no cost has moved by
 * more than {@code |z' - z| max |w|}. Where a class's pair is cheaper than the others by more than that, it stays tight
 * and its row is not computed again.
 */
final class CosineRows {

    private final int classes;
    private final int prototypes;
    private final int dimension;
    private final double[] cosines; // [classes, prototypes]
    private final double[] w; // [prototypes, dimension]
    private final double[] columns; // [dimension, prototypes], w transposed so that the inner loops run over prototypes
    private final double[] reference; // [classes, dimension], the directions the rows were computed for
    private final double[] floor; // [classes] no cost of the row less its dual lies below, but for the pair's own
    private double[] z;
    private final boolean[] fresh; // [classes] whether the row is that of z
    private double longest; // max |w|
    private boolean bounded; // whether the floors hold

    CosineRows(int classes, int prototypes, int dimension) {
        this.classes = classes;
        this.prototypes = prototypes;
        this.dimension = dimension;
        cosines = new double[classes * prototypes];
        w = new double[prototypes * dimension];
        columns = new double[prototypes * dimension];
        reference = new double[classes * dimension];
        floor = new double[classes];
        fresh = new boolean[classes];
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

    /** {@code [classes, prototypes]}; a row is right once it has been {@linkplain #refresh refreshed}. */
    double[] cosines() {
        return cosines;
    }

    /** Takes these directions and prototypes; all rows are to be refreshed before they are read. The arrays are not modified. */
    void take(double[] newZ, double[] newW) {
        z = newZ;
        Arrays.fill(fresh, false);
        if (!Arrays.equals(w, newW)) {
            System.arraycopy(newW, 0, w, 0, w.length);
            bounded = false;
            longest = 0;
            for (int s = 0; s < prototypes; s++) {
                double squared = 0;
                for (int k = 0; k < dimension; k++) {
                    columns[k * prototypes + s] = w[s * dimension + k];
                    squared += w[s * dimension + k] * w[s * dimension + k];
                }
                longest = Math.max(longest, Math.sqrt(squared));
            }
        }
    }

    /** Forgets the floors: the duals they were taken under are no longer those of the solver. */
    void unbound() {
        bounded = false;
    }

    /** Whether {@link #floor} may be asked. */
    boolean bounded() {
        return bounded;
    }

    /** Computes row i if it is not that of the present directions. */
    void refresh(int i) {
        if (fresh[i]) {
            return;
        }
        fresh[i] = true;
        System.arraycopy(z, i * dimension, reference, i * dimension, dimension);
        int to = i * prototypes;
        Arrays.fill(cosines, to, to + prototypes, 0);
        int k = 0;
        for (; k + 4 <= dimension; k += 4) {
            addFour(i * dimension + k, k * prototypes, to);
        }
        for (; k < dimension; k++) {
            addOne(z[i * dimension + k], k * prototypes, to);
        }
    }

    /** Four products a cosine at a time, so that the cosines are read and written once for four. */
    private void addFour(int at, int from, int to) {
        double z0 = z[at];
        double z1 = z[at + 1];
        double z2 = z[at + 2];
        double z3 = z[at + 3];
        int from1 = from + prototypes;
        int from2 = from1 + prototypes;
        int from3 = from2 + prototypes;
        for (int s = 0; s < prototypes; s++) {
            cosines[to + s] += z0 * columns[from + s] + z1 * columns[from1 + s] + z2 * columns[from2 + s] + z3 * columns[from3 + s];
        }
    }

    private void addOne(double factor, int from, int to) {
        for (int s = 0; s < prototypes; s++) {
            cosines[to + s] += factor * columns[from + s];
        }
    }

    /** The cosine of class i and prototype s, in the arithmetic of {@link #refresh}. */
    double cosine(int i, int s) {
        int a = i * dimension;
        int b = s * dimension;
        double sum = 0;
        int k = 0;
        for (; k + 4 <= dimension; k += 4) {
            sum += z[a + k] * w[b + k] + z[a + k + 1] * w[b + k + 1] + z[a + k + 2] * w[b + k + 2] + z[a + k + 3] * w[b + k + 3];
        }
        for (; k < dimension; k++) {
            sum += z[a + k] * w[b + k];
        }
        return sum;
    }

    /**
     * No cost of row i less its dual lies below this for the present directions, but for that of the pair. Two rounded
     * cosines may miss their own by {@code d 2^-53 |z| |w|} each; twice that is allowed for.
     */
    double floor(int i) {
        double squared = 0;
        for (int k = i * dimension; k < (i + 1) * dimension; k++) {
            squared += (z[k] - reference[k]) * (z[k] - reference[k]);
        }
        double moved = Math.sqrt(squared) + 4 * dimension * 0x1p-53;
        return floor[i] - moved * longest * (1 + 0x1p-40);
    }

    /** Takes the floors of the rows just computed; those of the others still hold, since duals of columns only fall. */
    void bound(AugmentingPaths paths) {
        for (int i = 0; i < classes; i++) {
            if (fresh[i]) {
                floor[i] = paths.lists.leastBut(i, paths.columnOfRow[i]);
            }
        }
        bounded = true;
    }
}

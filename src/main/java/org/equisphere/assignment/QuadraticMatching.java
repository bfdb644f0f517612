package org.equisphere.assignment;

/**
 * Matches labels to prototypes so that similar labels stand at near prototypes: a quadratic assignment (Koopmans and Beckmann 1957), the form
 * the Gromov-Wasserstein distance between two spaces of one size takes. It raises
 *
 * <pre>  Q(s) = sum over labels a &lt; b of S_ab * G_s(a)s(b)</pre>
 *
 * by local search from a given map: as long as exchanging the prototypes of two labels, or moving one label to a free prototype, gains more than
 * a margin, that is done. The problem is NP-hard; what is found is the best of its neighbours, no more. Each sweep takes O(C N) gains of O(C) each.
 */
public final class QuadraticMatching {

    private static final int MOST_SWEEPS = 100;

    private final double[] similarities;
    private final double[] closeness;
    private final int classes;
    private final int prototypes;

    /**
     * @param similarities [classes, classes], symmetric, the diagonal is not used; kept, not copied. They are compared with one another only:
     *                     adding a constant to all changes the best map only where there are more prototypes than labels
     * @param closeness    [prototypes, prototypes], symmetric, usually cosines; kept, not copied
     * @throws IllegalArgumentException if a length is wrong, a number not finite, or there are fewer prototypes than classes
     */
    public QuadraticMatching(double[] similarities, int classes, double[] closeness, int prototypes) {
        require("similarities", similarities, classes);
        require("closeness", closeness, prototypes);
        if (prototypes < classes) {
            throw new IllegalArgumentException("prototypes: are " + prototypes + ", expected at least the " + classes + " classes");
        }
        this.similarities = similarities;
        this.closeness = closeness;
        this.classes = classes;
        this.prototypes = prototypes;
    }

    private static void require(String name, double[] matrix, int n) {
        if (matrix.length != (long) n * n) {
            throw new IllegalArgumentException(name + ": has " + matrix.length + " values, expected " + n + " x " + n);
        }
        for (int k = 0; k < matrix.length; k++) {
            if (!Double.isFinite(matrix[k])) {
                throw new IllegalArgumentException(name + ": row " + k / n + ", column " + k % n + " is " + matrix[k] + ", expected a finite number");
            }
        }
    }

    /** Q of a map. */
    public double value(int[] prototypeOfLabel) {
        double sum = 0;
        for (int a = 0; a < classes; a++) {
            for (int b = a + 1; b < classes; b++) {
                sum += similarities[a * classes + b] * closeness[prototypeOfLabel[a] * prototypes + prototypeOfLabel[b]];
            }
        }
        return sum;
    }

    /**
     * Searches from a map.
     *
     * @param start  one prototype a label, no two the same; not modified
     * @param margin what an exchange must gain more than, at least 0
     * @return the map found; of two ways to gain, the one met first in the order of labels and prototypes is taken
     */
    public int[] improve(int[] start, double margin) {
        if (start.length != classes || !(margin >= 0)) {
            throw new IllegalArgumentException("start has " + start.length + " labels and margin is " + margin + ", expected " + classes
                    + " and at least 0");
        }
        LabelAssignment map = LabelAssignment.of(start, prototypes);
        int[] at = map.prototypeOfLabel();
        int[] labelOf = map.labelOfPrototype();
        double threshold = Math.max(margin, 1e-12 * Math.max(1, Math.abs(value(at))));
        boolean moved = true;
        for (int sweep = 0; sweep < MOST_SWEEPS && moved; sweep++) {
            moved = false;
            for (int a = 0; a < classes; a++) {
                for (int s = 0; s < prototypes; s++) {
                    int b = labelOf[s];
                    if (s != at[a] && (b < 0 || b > a) && gain(at, a, b, s) > threshold) {
                        labelOf[at[a]] = b;
                        if (b >= 0) {
                            at[b] = at[a];
                        }
                        at[a] = s;
                        labelOf[s] = a;
                        moved = true;
                    }
                }
            }
        }
        return at;
    }

    /** What Q gains when label a goes to prototype s, and b, which stands there (or -1), to a's. The pair (a, b) itself stays as near as it was. */
    private double gain(int[] at, int a, int b, int s) {
        double gain = 0;
        int from = at[a];
        for (int c = 0; c < classes; c++) {
            if (c != a && c != b) {
                double pull = similarities[a * classes + c] - (b < 0 ? 0 : similarities[b * classes + c]);
                gain += pull * (closeness[s * prototypes + at[c]] - closeness[from * prototypes + at[c]]);
            }
        }
        return gain;
    }
}

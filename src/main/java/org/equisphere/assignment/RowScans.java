package org.equisphere.assignment;

/**
 * The passes over rows of a cost matrix, each cost c times a sign s of 1 or -1. All but {@link #relax} only take minima, in the arithmetic
 * of {@link Math#min}: NaN wins, so that the results also tell whether a cost was NaN or -infinity. The results are the same on every implementation.
 */
abstract class RowScans {

    /** A row is cut into as many interleaved lanes, {@code j mod LANES}; a multiple of every vector's length. */
    static final int LANES = 128;

    /** So many columns of a product's right side lie together: 16 kB at d = 32, which stay in the cache for several rows. */
    static final int PANEL = 64;

    /** So many terms of a product are added up before the sum is. */
    static final int TERMS = 4;

    /** The fastest implementation here. */
    static RowScans best() {
        return vectorsAreFast() ? new VectorRowScans() : new PlainRowScans();
    }

    /**
     * Whether the Vector API's module is there and vectors are compiled rather than boxed: HotSpot with C2, which calls
     * itself "emulated-client" where C2 is off. The system property {@code equisphere.vector=off} forbids it.
     */
    private static boolean vectorsAreFast() {
        String mode = System.getProperty("java.vm.info", "");
        return !System.getProperty("equisphere.vector", "auto").equals("off")
                && ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                && System.getProperty("java.vm.name", "").matches(".*(HotSpot|OpenJDK).*")
                && mode.startsWith("mixed mode") && !mode.contains("emulated-client")
                && VectorRowScans.step() >= 2;
    }

    /**
     * {@code least[j] = min(least[j], s c[i][j])} over all n rows, for the columns {@code from .. to - 1}.
     *
     * @param least {@code [m]}; modified
     * @param c {@code [n, m]} row-major; not modified
     */
    abstract void columnMinima(double[] least, double[] c, double sign, int n, int from, int to, int m);

    /**
     * The least {@code s c[i][j] - v[j]} of each lane of row i, +infinity for a lane without columns.
     *
     * @param least {@code [LANES]}; overwritten
     * @param c {@code [., m]} row-major; not modified
     * @param v {@code [m]} finite; not modified
     * @return the least of them all
     */
    abstract double laneMinima(double[] least, double[] c, double sign, int i, double[] v, int m);

    /**
     * The least {@code s c[o + j] - v[j]} over all m columns.
     *
     * @param c not modified
     * @param v {@code [m]} finite; not modified
     */
    abstract double least(double[] c, double sign, int o, double[] v, int m);

    /**
     * One step of Dijkstra's search: where {@code d = base + (s c[o + j] - v[j])} is below {@code near[j]}, near becomes d and
     * {@code from[j]} becomes {@code row}.
     *
     * @param near {@code [m]}; modified
     * @param from {@code [m]}; modified
     * @param c no NaN, no -infinity; not modified
     * @param v {@code [m]} finite, or -infinity for a column that is not to be relaxed; not modified
     * @return the least of near
     */
    abstract double relax(double[] near, double[] from, double row, double base, double[] c, double sign, int o, double[] v, int m);

    /** The first column from {@code first} on with {@code s c[o + j] - v[j]} below the limit, or m. */
    abstract int indexBelow(double limit, double[] c, double sign, int o, double[] v, int first, int m);

    /** The first place from {@code first} on at which a is this value, or m. */
    abstract int indexOf(double value, double[] a, int first, int m);

    /**
     * The first {@code count} of these rows of {@code Z B}. Each value is the sum over k, ascending in steps of TERMS, of
     * {@code ((z_k b_k + z_k+1 b_k+1) + ...)}, with a rounding after every operation.
     *
     * @param out {@code [., m]}; these rows are overwritten
     * @param z {@code [., d]} with d a multiple of TERMS; not modified
     * @param b {@code [panels, d, PANEL]}, columns m and above unused; not modified
     */
    abstract void products(double[] out, int m, double[] z, int d, double[] b, int[] rows, int count);
}

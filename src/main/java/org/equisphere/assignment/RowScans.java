package org.equisphere.assignment;

/**
 * The two passes over a cost matrix. Both only take minima, in the arithmetic of {@link Math#min}: NaN wins, so that the
 * results also tell whether a cost was NaN or -infinity, and they are the same on every implementation.
 */
abstract class RowScans {

    /** A row is cut into as many interleaved lanes, {@code j mod LANES}; a multiple of every vector's length. */
    static final int LANES = 128;

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
     * {@code least[j] = min(least[j], c[i][j])} over the rows {@code from .. to - 1}.
     *
     * @param least {@code [m]}; modified
     * @param c {@code [., m]} row-major; not modified
     */
    abstract void columnMinima(double[] least, double[] c, int from, int to, int m);

    /**
     * The least {@code c[i][j] - v[j]} of each lane of row i, +infinity for a lane without columns.
     *
     * @param least {@code [LANES]}; overwritten
     * @param c {@code [., m]} row-major; not modified
     * @param v {@code [m]} finite; not modified
     */
    abstract void laneMinima(double[] least, double[] c, int i, double[] v, int m);
}

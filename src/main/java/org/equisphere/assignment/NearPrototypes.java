package org.equisphere.assignment;

import java.util.Arrays;

/**
 * For each class the prototypes of its least {@code c - v} when its row was last computed, for the direction it had then. No
 * cost has moved since by more than {@code |z' - z| max |w|}, and column duals only fall: of the prototypes kept, the cosines
 * of those that may have come near the class's pair are computed anew, some ten in place of a row of thousands, and of the
 * others it is known that they stay above a bound.
 */
final class NearPrototypes {

    /** Room for one class's prototypes. */
    private static final int ROOM = 160;

    private static final double UNKNOWN = Double.NEGATIVE_INFINITY;

    private final CosineRows rows;
    private final int classes;
    private final int[] count; // [classes]
    private final long[] kept; // [classes, ROOM] ascending: a float that c - v was not below, in an order-preserving form, and the prototype
    private final double[] outer; // [classes] no prototype that is not kept had a c - v below it
    private final double[] inner; // [classes] about 24 had one below it
    private final double[] reference; // [classes, width]
    private final boolean[] narrow; // [classes] whether the row's list holds only what rivals its pair

    NearPrototypes(CosineRows rows) {
        this.rows = rows;
        classes = rows.classes();
        count = new int[classes];
        kept = new long[classes * ROOM];
        outer = new double[classes];
        inner = new double[classes];
        reference = new double[classes * rows.width()];
        narrow = new boolean[classes];
        clear();
    }

    /** Forgets all: the duals or the prototypes are others. */
    void clear() {
        Arrays.fill(outer, UNKNOWN);
        Arrays.fill(narrow, false);
    }

    /**
     * Keeps the prototypes of row i, just computed, that have a {@code c - v} below {@code limit}. Returns false, and forgets
     * the row, if there is no room for them.
     *
     * @param few about 24 have one below this
     */
    boolean keep(int i, double limit, double few, CandidateLists lists) {
        double[] cosines = lists.matrix;
        double[] v = lists.v;
        int m = lists.columns;
        int o = i * m;
        int from = i * ROOM;
        int to = from;
        narrow[i] = false;
        outer[i] = UNKNOWN;
        RowScans scans = lists.rowScans();
        for (int j = scans.indexBelow(limit, cosines, -1, o, v, 0, m); j < m; j = scans.indexBelow(limit, cosines, -1, o, v, j + 1, m)) {
            if (to == from + ROOM) {
                return false;
            }
            kept[to++] = pack(-cosines[o + j] - v[j], j);
        }
        Arrays.sort(kept, from, to);
        count[i] = to - from;
        outer[i] = limit;
        inner[i] = few;
        System.arraycopy(rows.z(), i * rows.width(), reference, i * rows.width(), rows.width());
        return true;
    }

    private static long pack(double reduced, int j) {
        float low = (float) reduced;
        int bits = Float.floatToRawIntBits(low > reduced ? Math.nextDown(low) : low);
        return (long) (bits ^ bits >> 31 & Integer.MAX_VALUE) << 32 | j;
    }

    private static double low(long packed) {
        int bits = (int) (packed >> 32);
        return Float.intBitsToFloat(bits ^ bits >> 31 & Integer.MAX_VALUE);
    }

    /**
     * Lists for row i, with their costs of now, the prototypes that may have a {@code c - v} of at most {@code target}. Returns
     * the least of them, or -infinity, and lists none, if one that is not kept may have, too.
     */
    double list(int i, double target, CandidateLists lists) {
        double moved = rows.moved(i, reference);
        double rest = outer[i] - moved;
        if (!(rest > target)) {
            narrow[i] = false;
            return UNKNOWN;
        }
        lists.know(i, rest);
        double least = Double.POSITIVE_INFINITY;
        int end = i * ROOM + count[i];
        for (int k = i * ROOM; k < end; k++) {
            double low = low(kept[k]) - moved;
            if (low > target) {
                lists.bound[i] = Math.min(lists.bound[i], low);
                break;
            }
            int j = (int) kept[k];
            double now = -rows.cosine(i, j);
            double reduced = now - lists.v[j];
            least = reduced < least ? reduced : least;
            lists.add(i, j, now);
        }
        narrow[i] = target < inner[i];
        return least;
    }

    /** Whether what is kept of row i would hold for another change as large as the last: from its least {@code c - v} to the limit it is further. */
    boolean pays(int i, double least, double limit) {
        return limit - least > rows.step(i);
    }

    /** At most this a target should be, for a list of about 24. */
    double inner(int i) {
        return inner[i];
    }

    /** Lists more for row i, if all that is listed is what rivals its pair and what is kept reaches further. */
    boolean extend(int i, CandidateLists lists) {
        if (!narrow[i]) {
            return false;
        }
        double reach = Math.min(inner[i], Math.nextDown(outer[i] - rows.moved(i, reference)));
        boolean further = reach > lists.bound[i] && list(i, reach, lists) > UNKNOWN;
        narrow[i] = false; // once: where there are more than a list holds, another time would tell no more
        return further;
    }
}

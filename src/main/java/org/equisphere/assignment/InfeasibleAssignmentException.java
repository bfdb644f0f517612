package org.equisphere.assignment;

import java.util.Arrays;

/**
 * No assignment without forbidden pairs exists. The proof is a violated Hall condition: a set of rows whose admissible
 * columns, all together, are fewer than the rows (of a tall matrix, where every column must be served: a set of columns
 * and its admissible rows).
 */
public final class InfeasibleAssignmentException extends IllegalArgumentException {

    private static final int NAMED_AT_MOST = 20;

    /** Whether rows are matched to columns or the other way round. */
    private final boolean tall;
    /** The rows (columns) that are too many. */
    private final int[] crowd;
    /** All they may be matched to. */
    private final int[] places;

    InfeasibleAssignmentException(boolean tall, int[] crowd, int[] places) {
        super(message(tall, crowd, places));
        this.tall = tall;
        this.crowd = crowd;
        this.places = places;
    }

    private static String message(boolean tall, int[] crowd, int[] places) {
        String crowdName = tall ? "columns" : "rows";
        String placeName = tall ? "rows" : "columns";
        return "cost: no assignment without forbidden pairs exists: the " + crowd.length + " " + crowdName + " " + list(crowd)
                + " have only " + places.length + " admissible " + placeName + " between them " + list(places);
    }

    private static String list(int[] indices) {
        if (indices.length <= NAMED_AT_MOST) {
            return Arrays.toString(indices);
        }
        String head = Arrays.toString(Arrays.copyOf(indices, NAMED_AT_MOST));
        return head.substring(0, head.length() - 1) + ", ...]";
    }

    /** Ascending rows of the violated condition: too many for {@link #columns()}, or, of a tall matrix, too few. */
    public int[] rows() {
        return (tall ? places : crowd).clone();
    }

    /** Ascending columns of the violated condition. */
    public int[] columns() {
        return (tall ? crowd : places).clone();
    }
}

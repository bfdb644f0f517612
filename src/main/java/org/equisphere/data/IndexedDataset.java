package org.equisphere.data;

import java.util.Objects;

/** Labels and the row numbers of a view; the rows themselves belong to the subclass. */
abstract class IndexedDataset implements Dataset {
    private final String name;
    private final Labels labels;
    private final int[] labelOfRow;
    private final int[] rows;

    /**
     * @param labelOfRow the class of each stored row; kept, not copied
     * @param rows       the stored rows this view shows, or null for all; kept, not copied
     */
    IndexedDataset(String name, Labels labels, int[] labelOfRow, int[] rows) {
        this.name = Objects.requireNonNull(name, "name");
        this.labels = Objects.requireNonNull(labels, "labels");
        this.labelOfRow = labelOfRow;
        this.rows = rows;
    }

    /** Refuses a label outside 0..classes-1. */
    static void checkLabels(String name, int[] labelOfRow, int classes) {
        for (int i = 0; i < labelOfRow.length; i++) {
            if (labelOfRow[i] < 0 || labelOfRow[i] >= classes) {
                throw new IllegalArgumentException(name + ": label of example " + i + " is " + labelOfRow[i]
                        + ", expected 0.." + (classes - 1));
            }
        }
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final Labels labels() {
        return labels;
    }

    @Override
    public final int size() {
        return rows == null ? labelOfRow.length : rows.length;
    }

    @Override
    public final int label(int i) {
        return labelOfRow[row(i)];
    }

    /** The stored row of example i. */
    final int row(int i) {
        return rows == null ? i : rows[i];
    }

    /** The labels of all stored rows; not to be modified. */
    final int[] labelOfRow() {
        return labelOfRow;
    }

    /** The stored rows of the chosen examples. */
    final int[] rowsOf(int[] indices) {
        int[] chosen = new int[indices.length];
        for (int k = 0; k < indices.length; k++) {
            if (indices[k] < 0 || indices[k] >= size()) {
                throw new IllegalArgumentException(name + ": subset index " + k + " is " + indices[k] + ", expected 0.." + (size() - 1));
            }
            chosen[k] = row(indices[k]);
        }
        return chosen;
    }

    @Override
    public String toString() {
        return name + " (" + size() + " examples, " + classes() + " classes)";
    }
}

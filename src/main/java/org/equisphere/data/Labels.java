package org.equisphere.data;

import java.util.ArrayList;
import java.util.List;

/**
 * The classes of a data set.
 *
 * @param names  one name per class, in label order
 * @param family family[c] is the superclass of class c, counted from 0; where no superclasses are known, each class is its own
 */
public record Labels(List<String> names, List<Integer> family) {

    /** Checks and copies. */
    public Labels {
        names = List.copyOf(names);
        family = List.copyOf(family);
        if (names.isEmpty() || names.size() != family.size()) {
            throw new IllegalArgumentException("labels have " + names.size() + " names and " + family.size()
                    + " families, expected the same number, at least 1");
        }
    }

    /** Named classes without superclasses. */
    public static Labels named(List<String> names) {
        List<Integer> own = new ArrayList<>();
        for (int c = 0; c < names.size(); c++) {
            own.add(c);
        }
        return new Labels(names, own);
    }

    /** Classes named "0", "1", ... without superclasses. */
    public static Labels numbered(int classes) {
        List<String> names = new ArrayList<>();
        for (int c = 0; c < classes; c++) {
            names.add(Integer.toString(c));
        }
        return named(names);
    }

    /** Number of classes. */
    public int classes() {
        return names.size();
    }

    /**
     * The number of classes of training labels that come without one: the largest label plus 1. Every class from the smallest label on must occur,
     * so that a stray large label is an error and not a thousand empty classes; the smallest may not exceed the number of examples.
     *
     * @param file   for messages
     * @param labels 0 or more each, at least one
     * @throws DataFormatException naming the class that does not occur
     */
    public static int count(Object file, int[] labels) throws DataFormatException {
        int smallest = Integer.MAX_VALUE;
        int last = 0;
        for (int i = 0; i < labels.length; i++) {
            smallest = Math.min(smallest, labels[i]);
            last = labels[i] > labels[last] ? i : last;
        }
        if (smallest > labels.length) {
            throw DataFormatException.of(file, "smallest label", smallest, "at most the number of examples, " + labels.length);
        }
        // A gap lies among the first labels.length values after the smallest, if there is one.
        boolean[] present = new boolean[labels.length];
        for (int label : labels) {
            if (label - smallest < present.length) {
                present[label - smallest] = true;
            }
        }
        for (int k = 0; k < Math.min(labels[last] - smallest, present.length); k++) {
            if (!present[k]) {
                throw DataFormatException.of(file, "label " + last, labels[last], "labels without gaps, but class " + (smallest + k)
                        + " has no example");
            }
        }
        return labels[last] + 1;
    }
}

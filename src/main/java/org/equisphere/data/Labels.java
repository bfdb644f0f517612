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

    public int classes() {
        return names.size();
    }
}

package org.equisphere.data.reader;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Proposes what was probably meant. */
public final class Spelling {

    private Spelling() {
    }

    /** The known word with the fewest edits from the given one, case ignored; nothing where more than half of the letters would have to change. */
    public static Optional<String> nearest(String word, Iterable<String> known) {
        String lower = word.toLowerCase(Locale.ROOT);
        return StreamSupport.stream(known.spliterator(), false).min(Comparator.comparingInt(each -> edits(lower, each.toLowerCase(Locale.ROOT))))
                .filter(each -> 2 * edits(lower, each.toLowerCase(Locale.ROOT)) <= Math.max(lower.length(), each.length()));
    }

    /** Levenshtein distance. */
    private static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}

package org.equisphere.data;

import java.util.Arrays;

/** Holds out a seeded share of each class. */
final class StratifiedSplit {
    private StratifiedSplit() {}

    /** As {@link Dataset#split(double, long)}. */
    static Splits of(Dataset data, double fraction, long seed) {
        if (!(fraction > 0 && fraction < 1)) {
            throw new IllegalArgumentException("held-out fraction is " + fraction + ", expected more than 0 and less than 1");
        }
        boolean[] held = new boolean[data.size()];
        int heldCount = 0;
        int[][] members = members(data);
        for (int c = 0; c < members.length; c++) {
            int[] of = members[c];
            new RandomStream(seed, RandomStream.SPLIT, c).shuffle(of);
            int count = Math.min((int) Math.round(of.length * fraction), Math.max(0, of.length - 1));
            for (int k = 0; k < count; k++) {
                held[of[k]] = true;
            }
            heldCount += count;
        }
        if (heldCount == 0) {
            throw new IllegalArgumentException(data.name() + ": the share " + fraction + " of each class holds nothing out: the largest class has "
                    + Arrays.stream(data.counts()).max().orElse(0) + " examples, expected at least " + (int) Math.max(2, Math.ceil(0.5 / fraction)));
        }
        return new Splits(data.subset(where(held, false, data.size() - heldCount)), data.subset(where(held, true, heldCount)));
    }

    /** members[c] lists the examples of class c in ascending order. */
    static int[][] members(Dataset data) {
        int[] counts = data.counts();
        int[][] members = new int[counts.length][];
        for (int c = 0; c < counts.length; c++) {
            members[c] = new int[counts[c]];
        }
        Arrays.fill(counts, 0);
        for (int i = 0; i < data.size(); i++) {
            int c = data.label(i);
            members[c][counts[c]++] = i;
        }
        return members;
    }

    /** The indices i with flags[i] == value; there are {@code count} of them. */
    static int[] where(boolean[] flags, boolean value, int count) {
        int[] indices = new int[count];
        int k = 0;
        for (int i = 0; i < flags.length; i++) {
            if (flags[i] == value) {
                indices[k++] = i;
            }
        }
        return indices;
    }
}

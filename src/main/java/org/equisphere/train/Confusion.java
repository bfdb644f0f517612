package org.equisphere.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Which classes are taken for which. Takes memory for the pairs that were met, not for all there are. */
public final class Confusion {

    private final int classes;
    private final TreeMap<Long, Integer> counts = new TreeMap<>(); // by true label * classes + predicted label
    private final int[] examples;

    /** None counted yet. */
    public Confusion(int classes) {
        this.classes = classes;
        this.examples = new int[classes];
    }

    /**
     * Counts some examples; of equal scores the lower label wins.
     *
     * @param scores [count, classes]
     * @param labels the true labels
     */
    public void add(float[] scores, int[] labels, int count) {
        for (int i = 0; i < count; i++) {
            counts.merge(pair(labels[i], best(scores, i * classes, classes)), 1, Integer::sum);
            examples[labels[i]]++;
        }
    }

    private long pair(int label, int taken) {
        return (long) label * classes + taken;
    }

    /** The label of the best of {@code classes} scores from {@code at} on. */
    public static int best(float[] scores, int at, int classes) {
        int best = 0;
        for (int k = 1; k < classes; k++) {
            if (scores[at + k] > scores[at + best]) {
                best = k;
            }
        }
        return best;
    }

    /** The number of labels. */
    public int classes() {
        return classes;
    }

    /** How many examples of a class were taken for another, or for itself. */
    public int count(int label, int taken) {
        return counts.getOrDefault(pair(label, taken), 0);
    }

    /** The other class that most examples of a class were taken for, the lowest of equals; -1 where none was. */
    public int mostTakenFor(int label) {
        int most = -1;
        int times = 0;
        for (Map.Entry<Long, Integer> entry : counts.subMap(pair(label, 0), pair(label + 1, 0)).entrySet()) {
            int taken = (int) (entry.getKey() % classes);
            if (taken != label && entry.getValue() > times) {
                most = taken;
                times = entry.getValue();
            }
        }
        return most;
    }

    /** The share of a class's examples taken for another; 0 for a class without examples. */
    public double share(int label, int taken) {
        return examples[label] == 0 ? 0 : (double) count(label, taken) / examples[label];
    }

    /**
     * Two classes taken for each other.
     *
     * @param mutual the mean of both shares
     */
    public record Pair(int first, int second, double mutual) {
    }

    /** The pairs most taken for each other, worst first; pairs never confused are left out. */
    public List<Pair> worst(int most) {
        Set<Long> met = new TreeSet<>();
        for (long pair : counts.keySet()) {
            int label = (int) (pair / classes);
            int taken = (int) (pair % classes);
            if (label != taken) {
                met.add(pair(Math.min(label, taken), Math.max(label, taken)));
            }
        }
        List<Pair> pairs = new ArrayList<>();
        for (long pair : met) {
            int a = (int) (pair / classes);
            int b = (int) (pair % classes);
            pairs.add(new Pair(a, b, (share(a, b) + share(b, a)) / 2));
        }
        pairs.sort(Comparator.comparingDouble(Pair::mutual).reversed());
        return List.copyOf(pairs.subList(0, Math.min(most, pairs.size())));
    }
}

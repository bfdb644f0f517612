package org.equisphere.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Which classes are taken for which. */
public final class Confusion {

    private final int classes;
    private final int[] counts; // [true label, predicted label]
    private final int[] examples;

    /** None counted yet. */
    public Confusion(int classes) {
        this.classes = classes;
        this.counts = new int[Math.multiplyExact(classes, classes)];
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
            counts[labels[i] * classes + best(scores, i * classes, classes)]++;
            examples[labels[i]]++;
        }
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
        return counts[label * classes + taken];
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
        List<Pair> pairs = new ArrayList<>();
        for (int a = 0; a < classes; a++) {
            for (int b = a + 1; b < classes; b++) {
                if (count(a, b) + count(b, a) > 0) {
                    pairs.add(new Pair(a, b, (share(a, b) + share(b, a)) / 2));
                }
            }
        }
        pairs.sort(Comparator.comparingDouble(Pair::mutual).reversed());
        return List.copyOf(pairs.subList(0, Math.min(most, pairs.size())));
    }
}

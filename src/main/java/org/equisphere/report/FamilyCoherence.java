package org.equisphere.report;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.equisphere.data.Labels;
import org.equisphere.sphere.Prototypes;

/**
 * Whether labels of one family (superclass) stand at nearer prototypes than chance would have it: a permutation test. The statistic is the mean
 * cosine over all pairs of siblings; it is compared with that of random permutations of the labels over the same prototypes.
 *
 * @param siblings     pairs of labels of one family
 * @param meanCosine   over those pairs
 * @param chanceCosine the mean of the same under permutations
 * @param deviation    of the same under permutations
 * @param pValue       share of permutations with as high a mean cosine or a higher one, the assignment itself counted as one of them
 * @param nearest      share of labels with a sibling at the prototype nearest to their own
 */
public record FamilyCoherence(long siblings, double meanCosine, double chanceCosine, double deviation, double pValue, double nearest) {

    /** Means that differ by less are the same but for rounding, as all are where every two prototypes are as far apart. */
    private static final double ROUNDING = 1e-12;

    /**
     * Tests an assignment.
     *
     * @param targets      each label's prototype, in label order
     * @param permutations at least 1
     * @throws IllegalArgumentException when no two labels are of one family, or the numbers of labels differ
     */
    public static FamilyCoherence of(Prototypes targets, Labels labels, int permutations, long seed) {
        if (targets.count() != labels.classes()) {
            throw new IllegalArgumentException(targets.count() + " assigned prototypes, expected " + labels.classes() + ", one a label");
        }
        if (permutations < 1) {
            throw new IllegalArgumentException("permutations is " + permutations + ", expected at least 1");
        }
        int[] family = families(labels);
        int[] order = IntStream.range(0, family.length).toArray();
        long siblings = siblings(family);
        if (siblings == 0) {
            throw new IllegalArgumentException("the labels have no families: no two of them are siblings");
        }
        double own = meanCosine(targets, family, order, siblings);
        SplittableRandom random = new SplittableRandom(seed);
        double sum = 0;
        double squares = 0;
        int atLeast = 1;
        for (int p = 0; p < permutations; p++) {
            shuffle(order, random);
            double mean = meanCosine(targets, family, order, siblings);
            sum += mean;
            squares += mean * mean;
            atLeast += mean >= own - ROUNDING ? 1 : 0;
        }
        double chance = sum / permutations;
        return new FamilyCoherence(siblings, own, chance, Math.sqrt(Math.max(0, squares / permutations - chance * chance)),
                atLeast / (permutations + 1.0), nearestSiblings(Angles.nearest(targets), family));
    }

    /** Whether any two labels are siblings. */
    static boolean hasFamilies(Labels labels) {
        return siblings(families(labels)) > 0;
    }

    /** The family of each label, counted from 0 in the order they are met. */
    private static int[] families(Labels labels) {
        Map<Integer, Integer> met = new HashMap<>();
        return labels.family().stream().mapToInt(family -> {
            met.putIfAbsent(family, met.size());
            return met.get(family);
        }).toArray();
    }

    private static long siblings(int[] family) {
        long[] members = new long[family.length];
        long pairs = 0;
        for (int f : family) {
            pairs += members[f]++;
        }
        return pairs;
    }

    /**
     * Over all pairs of siblings. The squared length of a family's sum holds every pair's cosine twice and every member's square, 1, once.
     *
     * @param order the prototype of each label
     */
    private static double meanCosine(Prototypes targets, int[] family, int[] order, long siblings) {
        int d = targets.dimension();
        double[] sums = new double[family.length * d];
        double squares = 0;
        for (int label = 0; label < family.length; label++) {
            for (int k = 0; k < d; k++) {
                double w = targets.get(order[label], k);
                sums[family[label] * d + k] += w;
                squares += w * w;
            }
        }
        double all = 0;
        for (double sum : sums) {
            all += sum * sum;
        }
        return (all - squares) / 2 / siblings;
    }

    private static void shuffle(int[] order, SplittableRandom random) {
        for (int k = order.length - 1; k > 0; k--) {
            int pick = random.nextInt(k + 1);
            int held = order[k];
            order[k] = order[pick];
            order[pick] = held;
        }
    }

    private static double nearestSiblings(int[] nearest, int[] family) {
        int found = 0;
        for (int label = 0; label < family.length; label++) {
            found += family[label] == family[nearest[label]] ? 1 : 0;
        }
        return (double) found / family.length;
    }
}

package org.equisphere.report;

import java.util.SplittableRandom;
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
public record FamilyCoherence(int siblings, double meanCosine, double chanceCosine, double deviation, double pValue, double nearest) {

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
        double[] cosines = Angles.cosines(targets);
        int[] order = new int[targets.count()];
        for (int label = 0; label < order.length; label++) {
            order[label] = label;
        }
        int siblings = siblings(labels);
        if (siblings == 0) {
            throw new IllegalArgumentException("the labels have no families: no two of them are siblings");
        }
        double own = meanCosine(cosines, labels, order, siblings);
        SplittableRandom random = new SplittableRandom(seed);
        double sum = 0;
        double squares = 0;
        int atLeast = 1;
        for (int p = 0; p < permutations; p++) {
            shuffle(order, random);
            double mean = meanCosine(cosines, labels, order, siblings);
            sum += mean;
            squares += mean * mean;
            atLeast += mean >= own - ROUNDING ? 1 : 0;
        }
        double chance = sum / permutations;
        return new FamilyCoherence(siblings, own, chance, Math.sqrt(Math.max(0, squares / permutations - chance * chance)),
                atLeast / (permutations + 1.0), nearestSiblings(cosines, labels));
    }

    private static int siblings(Labels labels) {
        int pairs = 0;
        for (int a = 0; a < labels.classes(); a++) {
            for (int b = 0; b < a; b++) {
                pairs += labels.family().get(a).equals(labels.family().get(b)) ? 1 : 0;
            }
        }
        return pairs;
    }

    private static double meanCosine(double[] cosines, Labels labels, int[] order, int siblings) {
        double sum = 0;
        for (int a = 0; a < order.length; a++) {
            for (int b = 0; b < a; b++) {
                if (labels.family().get(a).equals(labels.family().get(b))) {
                    sum += cosines[order[a] * order.length + order[b]];
                }
            }
        }
        return sum / siblings;
    }

    private static void shuffle(int[] order, SplittableRandom random) {
        for (int k = order.length - 1; k > 0; k--) {
            int pick = random.nextInt(k + 1);
            int held = order[k];
            order[k] = order[pick];
            order[pick] = held;
        }
    }

    private static double nearestSiblings(double[] cosines, Labels labels) {
        int n = labels.classes();
        int found = 0;
        for (int a = 0; a < n; a++) {
            found += labels.family().get(a).equals(labels.family().get(Angles.nearest(cosines, n, a))) ? 1 : 0;
        }
        return (double) found / n;
    }
}

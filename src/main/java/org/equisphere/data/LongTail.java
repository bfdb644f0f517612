package org.equisphere.data;

import java.util.Locale;

/**
 * Makes a balanced training set long-tailed: class k keeps fewer examples the larger k is, in label order as the published sets do.
 *
 * @param profile how the number falls
 * @param factor  b, the smallest class's share of the largest, in (0, 1]
 */
public record LongTail(Profile profile, double factor) {

    /** How the number of examples falls from class 0 to class C-1. */
    public enum Profile {
        /** n_max * b^(k/(C-1)) (Cui et al. 2019; Cao et al. 2019). */
        EXPONENTIAL,
        /** n_max for the first half of the classes, n_max * b for the others (Buda et al. 2018). */
        STEP
    }

    /** Groups of classes by their number of training examples (Liu et al. 2019). */
    public enum Shot {
        /** More than 100. */
        MANY,
        /** 20 to 100. */
        MEDIUM,
        /** Fewer than 20. */
        FEW;

        /** The group of a class with so many training examples. */
        public static Shot of(int trainingExamples) {
            return trainingExamples > 100 ? MANY : trainingExamples >= 20 ? MEDIUM : FEW;
        }
    }

    /** Checks the factor. */
    public LongTail {
        if (!(factor > 0 && factor <= 1)) {
            throw new IllegalArgumentException("imbalance factor is " + factor + ", expected more than 0 and at most 1");
        }
    }

    /**
     * Reads {@code exp:FACTOR} or {@code step:FACTOR}.
     *
     * @throws IllegalArgumentException that says what was expected
     */
    public static LongTail parse(String text) {
        String[] parts = text.strip().toLowerCase(Locale.ROOT).split(":", -1);
        boolean step = parts[0].equals("step");
        try {
            if (parts.length == 2 && (step || parts[0].equals("exp"))) {
                return new LongTail(step ? Profile.STEP : Profile.EXPONENTIAL, Double.parseDouble(parts[1]));
            }
        } catch (NumberFormatException e) {
            // told below, with what was expected
        }
        throw new IllegalArgumentException("imbalance is \"" + text + "\", expected exp:FACTOR or step:FACTOR, for instance exp:0.01");
    }

    /** Counts that fall exponentially from the first class to the last. */
    public static LongTail exponential(double factor) {
        return new LongTail(Profile.EXPONENTIAL, factor);
    }

    /** The first half of the classes whole, the other half cut to the factor. */
    public static LongTail step(double factor) {
        return new LongTail(Profile.STEP, factor);
    }

    /**
     * How many examples each class keeps: rounded down as in the published code, at least 1.
     *
     * @param largest n_max, at least 1; need not be whole
     * @param classes C, at least 1
     */
    public int[] counts(double largest, int classes) {
        if (!(largest >= 1) || classes < 1) {
            throw new IllegalArgumentException("long tail of " + classes + " classes with " + largest
                    + " examples in the largest, expected at least 1");
        }
        int[] counts = new int[classes];
        for (int k = 0; k < classes; k++) {
            double share = profile == Profile.STEP ? (k < classes / 2 ? 1 : factor)
                    : classes == 1 ? 1 : StrictMath.pow(factor, k / (classes - 1.0));
            // A product that is whole in exact arithmetic may fall short of it by rounding.
            counts[k] = Math.max(1, (int) (largest * share + 1e-9));
        }
        return counts;
    }

    /**
     * A long-tailed view of a training set, its examples in their order. n_max is the mean number of examples per class; a class that has
     * fewer than its share keeps them all.
     *
     * @param seed chooses the examples kept
     */
    public Dataset apply(Dataset train, long seed) {
        int[] counts = counts(Math.max(1, (double) train.size() / train.classes()), train.classes());
        boolean[] kept = new boolean[train.size()];
        int total = 0;
        int[][] members = StratifiedSplit.members(train);
        for (int c = 0; c < members.length; c++) {
            int[] of = members[c];
            new RandomStream(seed, RandomStream.LONG_TAIL, c).shuffle(of);
            int count = Math.min(counts[c], of.length);
            for (int k = 0; k < count; k++) {
                kept[of[k]] = true;
            }
            total += count;
        }
        return train.subset(StratifiedSplit.where(kept, true, total));
    }
}

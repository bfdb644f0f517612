package org.equisphere.train;

import org.equisphere.data.LongTail;

/**
 * How well a classifier does on labelled examples.
 *
 * @param examples how many
 * @param top1     share whose best label is right; of equal scores the lower label counts as better
 * @param top5     share whose label is among the five best
 * @param perClass the same as top1, label by label; NaN for a label without examples
 * @param ece      expected calibration error over 15 equal bins of confidence (Guo et al. 2017), the confidence being the
 *                 softmax of the scores at the given temperature
 */
public record Evaluation(int examples, double top1, double top5, double[] perClass, double ece) {

    private static final int BINS = 15;

    /**
     * The mean of {@link #perClass} over the classes of a group; NaN where no class of it has examples.
     *
     * @param trainingCounts examples each class was trained on, by which the groups are told (Liu et al. 2019)
     */
    public double top1(LongTail.Shot group, int[] trainingCounts) {
        double sum = 0;
        int classes = 0;
        for (int k = 0; k < perClass.length; k++) {
            if (LongTail.Shot.of(trainingCounts[k]) == group && !Double.isNaN(perClass[k])) {
                sum += perClass[k];
                classes++;
            }
        }
        return sum / classes;
    }

    /** Counts batch by batch. */
    public static final class Tally {

        private final int classes;
        private final double temperature;
        private final int[] seen;
        private final int[] right;
        private int inFive;
        private final double[] binConfidence = new double[BINS];
        private final int[] binRight = new int[BINS];

        /**
         * @param classes     labels
         * @param temperature what scores are divided by before the softmax, above 0: that of the loss, or 1 for logits
         */
        public Tally(int classes, double temperature) {
            this.classes = classes;
            this.temperature = temperature;
            this.seen = new int[classes];
            this.right = new int[classes];
        }

        /**
         * Counts some examples.
         *
         * @param scores [count, classes]
         * @param labels the true labels
         */
        public void add(float[] scores, int[] labels, int count) {
            for (int i = 0; i < count; i++) {
                addOne(scores, i * classes, labels[i]);
            }
        }

        private void addOne(float[] scores, int at, int label) {
            float own = scores[at + label];
            int better = 0;
            float max = Float.NEGATIVE_INFINITY;
            for (int k = 0; k < classes; k++) {
                float s = scores[at + k];
                max = Math.max(max, s);
                if (k != label && !(s < own || s == own && k > label)) {
                    better++;
                }
            }
            double sum = 0;
            for (int k = 0; k < classes; k++) {
                sum += Math.exp((scores[at + k] - max) / temperature);
            }
            boolean hit = better == 0;
            seen[label]++;
            right[label] += hit ? 1 : 0;
            inFive += better < 5 ? 1 : 0;
            double confidence = 1 / sum;
            int bin = confidence >= 0 && confidence <= 1 ? Math.min(BINS - 1, (int) (confidence * BINS)) : 0;
            binConfidence[bin] += confidence;
            binRight[bin] += hit ? 1 : 0;
        }

        /** What has been counted so far. */
        public Evaluation result() {
            int examples = 0;
            int hits = 0;
            double[] perClass = new double[classes];
            for (int k = 0; k < classes; k++) {
                examples += seen[k];
                hits += right[k];
                perClass[k] = seen[k] == 0 ? Double.NaN : (double) right[k] / seen[k];
            }
            double ece = 0;
            for (int bin = 0; bin < BINS; bin++) {
                ece += Math.abs(binConfidence[bin] - binRight[bin]) / Math.max(1, examples);
            }
            return new Evaluation(examples, (double) hits / Math.max(1, examples), (double) inFive / Math.max(1, examples), perClass, ece);
        }
    }
}

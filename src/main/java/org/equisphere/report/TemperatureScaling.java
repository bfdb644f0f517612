package org.equisphere.report;

import java.util.Arrays;
import org.equisphere.data.Batch;
import org.equisphere.data.BatchLoader;
import org.equisphere.data.Dataset;
import org.equisphere.model.Classifier;
import org.equisphere.model.Predictor;
import org.equisphere.tensor.Backend;

/** One temperature for all scores, under which examples not trained on are likeliest (Guo et al. 2017). The best label of an example stays. */
public final class TemperatureScaling {

    private static final double LARGEST = 1e4; // and its inverse the least
    private static final int HALVINGS = 60;

    private TemperatureScaling() {
    }

    /**
     * A classifier with its temperature fitted.
     *
     * @param backend closed at the end
     * @param heldOut examples the classifier was not trained on, of its input shape and labels
     */
    public static Classifier fitted(Classifier classifier, Backend backend, Dataset heldOut) throws InterruptedException {
        int classes = heldOut.classes();
        int batch = Judgement.batch(heldOut);
        try (Predictor predictor = classifier.predictor(backend, batch); BatchLoader batches = BatchLoader.of(heldOut).batch(batch).open()) {
            float[] all = new float[Math.multiplyExact(heldOut.size(), classes)];
            int[] labels = new int[heldOut.size()];
            float[] scores = new float[batch * classes];
            int at = 0;
            for (Batch some = batches.next(); some != null; some = batches.next()) {
                predictor.scores(some.examples(), 0, some.count(), scores);
                System.arraycopy(scores, 0, all, at * classes, some.count() * classes);
                System.arraycopy(some.labels(), 0, labels, at, some.count());
                at += some.count();
            }
            return classifier.withTemperature(temperature(all, labels));
        }
    }

    /**
     * The temperature T at which the mean of -log softmax(scores / T)[label] is least. It is convex in 1 / T, so that halving finds where its slope
     * changes sign; 1e-4 where every label has its example's largest score, 1e4 where chance does better than the scores.
     *
     * @param scores [examples, classes], row-major, finite
     * @param labels of the examples, at least one
     */
    public static double temperature(float[] scores, int[] labels) {
        double low = -Math.log(LARGEST);
        double high = Math.log(LARGEST);
        for (int k = 0; k < HALVINGS; k++) {
            double middle = (low + high) / 2;
            if (slope(scores, labels, Math.exp(-middle)) > 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Math.exp((low + high) / 2);
    }

    /** The derivative by the sharpness 1 / T of the sum over the examples: expected score less the label's. */
    private static double slope(float[] scores, int[] labels, double sharpness) {
        int classes = scores.length / labels.length;
        double slope = 0;
        double[] row = new double[classes];
        for (int i = 0; i < labels.length; i++) {
            for (int c = 0; c < classes; c++) {
                row[c] = scores[i * classes + c];
            }
            double max = Arrays.stream(row).max().orElseThrow();
            double sum = 0;
            double weighted = 0;
            for (double score : row) {
                double weight = Math.exp(sharpness * (score - max));
                sum += weight;
                weighted += weight * score;
            }
            slope += weighted / sum - row[labels[i]];
        }
        return slope;
    }
}

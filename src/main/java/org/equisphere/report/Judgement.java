package org.equisphere.report;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.equisphere.data.Batch;
import org.equisphere.data.BatchLoader;
import org.equisphere.data.Dataset;
import org.equisphere.data.LongTail;
import org.equisphere.model.Classifier;
import org.equisphere.model.Predictor;
import org.equisphere.model.Readout;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.Separation;
import org.equisphere.tensor.Backend;
import org.equisphere.train.Confusion;
import org.equisphere.train.Evaluation;
import org.equisphere.train.TrainedNetwork;

/**
 * Everything that can be said of a classifier by labelled examples.
 *
 * @param targets        each label's prototype, in label order; none for a plain softmax classifier
 * @param separation     of the targets, where there are two at least
 * @param sample         the examples' features
 * @param trainingCounts examples of each label trained on, where the model tells that they were not all as many
 */
public record Judgement(Evaluation evaluation, Confusion confusion, Measures measures, Optional<Prototypes> targets,
                 Optional<Separation> separation, Measures.Sample sample, Optional<int[]> trainingCounts) {

    private static final int MOST_EXAMPLES = 128;
    private static final int MOST_VALUES = 1 << 21; // 27 images of 160 x 160: several batches are under way at a time

    /**
     * Judges a classifier.
     *
     * @param backend closed at the end
     * @param test    of the classifier's input shape and labels
     * @throws IllegalArgumentException where the model's {@value TrainedNetwork#TRAINING_COUNTS} are not one number a label
     */
    public static Judgement of(Classifier classifier, Backend backend, Dataset test) throws InterruptedException {
        int classes = test.classes();
        int d = classifier.contents().dimension();
        int batch = batch(test);
        try (Predictor predictor = classifier.predictor(backend, batch); BatchLoader batches = BatchLoader.of(test).batch(batch).open()) {
            Optional<int[]> trainingCounts = Optional.ofNullable(classifier.provenance().get(TrainedNetwork.TRAINING_COUNTS))
                    .map(text -> trainingCounts(text, classes));
            Evaluation.Tally tally = new Evaluation.Tally(classes, classifier.contents().temperature());
            Confusion confusion = new Confusion(classes);
            Measures.Sample sample = new Measures.Sample(test.size(), d, classes);
            float[] scores = new float[batch * classes];
            float[] features = new float[batch * d];
            for (Batch some = batches.next(); some != null; some = batches.next()) {
                predictor.scores(some.examples(), 0, some.count(), scores, features);
                tally.add(scores, some.labels(), some.count());
                confusion.add(scores, some.labels(), some.count());
                sample.add(features, scores, some.labels(), some.count());
            }
            Optional<Prototypes> targets = targets(classifier);
            return new Judgement(tally.result(), confusion, Measures.of(sample, targets.orElse(null)), targets,
                    targets.filter(t -> t.count() > 1).map(Separation::of), sample, trainingCounts);
        }
    }

    /** As many examples at a time as a classifier judges without much memory. */
    static int batch(Dataset examples) {
        return Math.max(1, Math.min(MOST_EXAMPLES, MOST_VALUES / examples.length()));
    }

    private static int[] trainingCounts(String text, int classes) {
        String[] counts = text.split(",", -1);
        if (counts.length != classes || !Arrays.stream(counts).allMatch(count -> count.matches("\\d{1,9}"))) {
            throw new IllegalArgumentException(TrainedNetwork.TRAINING_COUNTS + " of the model is \"" + text + "\", expected " + classes
                    + " numbers with commas between, one a label");
        }
        return Arrays.stream(counts).mapToInt(Integer::parseInt).toArray();
    }

    /** Each label's prototype, in label order; none for a plain softmax classifier. */
    public static Optional<Prototypes> targets(Classifier classifier) {
        if (!(classifier.contents().readout() instanceof Readout.Nearest nearest)) {
            return Optional.empty();
        }
        int[] of = nearest.prototypeOfLabel();
        int d = nearest.prototypes().dimension();
        double[] rows = new double[of.length * d];
        for (int label = 0; label < of.length; label++) {
            System.arraycopy(nearest.prototypes().row(of[label]), 0, rows, label * d, d);
        }
        return Optional.of(Prototypes.of(rows, of.length, d));
    }

    /** The measures by name, in the order they are told; those that are not defined are left out. */
    public Map<String, Double> named() {
        Map<String, Double> named = new LinkedHashMap<>();
        separation.ifPresent(s -> {
            named.put("apad_degrees", s.meanAngleDegrees());
            named.put("smallest_prototype_angle", s.smallestAngleDegrees());
        });
        named.put("angle_to_prototype", measures.angleToPrototype());
        named.put("angle_to_mean", measures.angleToMean());
        named.put("smallest_mean_angle", measures.smallestAngle());
        named.put("mean_mean_angle", measures.meanAngle());
        named.put("nc1_within_between", measures.withinBetween());
        named.put("nc2_unequal_norms", measures.unequalNorms());
        named.put("nc2_unequal_angles", measures.unequalAngles());
        named.put("nc3_self_duality", measures.selfDuality());
        named.put("nc4_nearest_mean_difference", measures.nearestMeanDifference());
        named.values().removeIf(value -> !Double.isFinite(value));
        return named;
    }

    /** Accuracy of classes with many, a medium number and few training examples, where the model was trained on a long tail. */
    public Map<String, Double> shots() {
        Map<String, Double> shots = new LinkedHashMap<>();
        trainingCounts.ifPresent(counts -> {
            for (LongTail.Shot shot : LongTail.Shot.values()) {
                shots.put(shot.name().toLowerCase(Locale.ROOT), evaluation.top1(shot, counts));
            }
        });
        shots.values().removeIf(value -> Double.isNaN(value));
        return shots;
    }
}

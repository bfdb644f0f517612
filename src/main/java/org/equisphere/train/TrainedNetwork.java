package org.equisphere.train;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.equisphere.data.Normalization;
import org.equisphere.model.Classifier;
import org.equisphere.model.ModelContents;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.Prototypes;

/**
 * What a run ends with.
 *
 * @param settings         how it was trained
 * @param weights          of the trained network, on the run's backend; of its embedding alone where there are prototypes
 * @param prototypes       none for a plain softmax head
 * @param prototypeOfLabel the assignment the epoch was trained and evaluated with; empty for a plain softmax head
 * @param epoch            the epoch whose model this is, from 1: the last one, or the one selected
 * @param trainingCounts   examples of each label trained on
 * @param normalization    of the input
 * @param labelNames       in label order
 * @param evaluation       on the test set, of that epoch
 * @param history          one summary an epoch, earlier runs of a resumed one included
 */
public record TrainedNetwork(TrainingSettings settings, Weights weights, Optional<Prototypes> prototypes, int[] prototypeOfLabel,
                             int epoch, int[] trainingCounts, Normalization normalization,
                             List<String> labelNames, Evaluation evaluation, List<EpochSummary> history) {

    /** Provenance of a model: examples of each label trained on, with commas between; told where they were not all as many. */
    public static final String TRAINING_COUNTS = "training_counts";

    /**
     * The classifier that was trained, to be saved and to predict with: it reads out, normalises its input and makes probabilities as the training
     * did. The weights are copied, so that the run's backend may be closed.
     *
     * @param data where the examples came from, for the provenance
     */
    public Classifier classifier(String data) {
        Map<String, String> provenance = new TreeMap<>(settings.toMap());
        provenance.put("data", data);
        provenance.put("backend", weights.backend().name());
        provenance.put("epoch", String.valueOf(epoch));
        HeadSettings head = settings.head();
        provenance.put(ModelContents.TEMPERATURE, String.valueOf(prototypes.isEmpty() ? 1 : head.temperature()));
        if (Arrays.stream(trainingCounts).distinct().count() > 1) {
            provenance.put(TRAINING_COUNTS, Arrays.toString(trainingCounts).replaceAll("[\\[\\] ]", ""));
        }
        Classifier.Builder made = Classifier.builder(settings.architecture(), weights, labelNames)
                .normalization(normalization).provenance(provenance);
        if (prototypes.isPresent()) {
            made.nearest(prototypes.get(), prototypeOfLabel, head.loss().normalizes());
        } else {
            made.softmax(settings.dimension());
        }
        return made.build();
    }
}

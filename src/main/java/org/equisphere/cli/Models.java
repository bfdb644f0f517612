package org.equisphere.cli;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.equisphere.data.Normalization;
import org.equisphere.model.Classifier;
import org.equisphere.model.Readout;
import org.equisphere.train.Evaluation;
import org.equisphere.train.HeadSettings;
import org.equisphere.train.TrainedNetwork;

/** Trained networks as models to keep. */
final class Models {

    /** Provenance: what scores are divided by to make confidences of them. */
    private static final String CONFIDENCE_TEMPERATURE = "confidence_temperature";
    /** Provenance: examples of each label trained on, where they are not all as many. */
    private static final String TRAINING_COUNTS = "training_counts";

    private Models() {
    }

    private static double confidenceTemperature(TrainedNetwork trained) {
        if (trained.prototypes().isEmpty()) {
            return 1;
        }
        HeadSettings head = trained.settings().head();
        return head.loss() == HeadSettings.LossKind.TEMPERED ? head.temperature() : Evaluation.COSINE_TEMPERATURE;
    }

    /** What a model's scores are divided by to make confidences of them. */
    static double confidenceTemperature(Classifier classifier) {
        String told = classifier.provenance().get(CONFIDENCE_TEMPERATURE);
        return told != null ? Double.parseDouble(told) : classifier.contents().readout() instanceof Readout.Nearest ? Evaluation.COSINE_TEMPERATURE : 1;
    }

    /** Examples of each label trained on, where the model tells that they were not all as many. */
    static Optional<int[]> trainingCounts(Classifier classifier) {
        return Optional.ofNullable(classifier.provenance().get(TRAINING_COUNTS))
                .map(text -> Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray());
    }

    /**
     * The classifier of a finished run.
     *
     * @param data where the examples came from, for the provenance
     */
    static Classifier classifier(TrainedNetwork trained, String data) {
        Map<String, String> provenance = new TreeMap<>(trained.settings().toMap());
        provenance.put("data", data);
        provenance.put("backend", trained.weights().backend().name());
        provenance.put("epoch", String.valueOf(trained.epoch()));
        provenance.put(CONFIDENCE_TEMPERATURE, String.valueOf(confidenceTemperature(trained)));
        int[] counts = trained.trainingCounts();
        if (Arrays.stream(counts).distinct().count() > 1) {
            provenance.put(TRAINING_COUNTS, Arrays.stream(counts).mapToObj(String::valueOf).collect(Collectors.joining(",")));
        }
        Classifier.Builder builder = Classifier.builder(trained.settings().architecture(), trained.weights(), trained.labelNames()).provenance(provenance);
        trained.prototypes().ifPresentOrElse(prototypes -> builder.nearest(prototypes, trained.prototypeOfLabel()),
                () -> builder.softmax(trained.settings().dimension()));
        Normalization normalization = trained.normalization();
        return normalization.isIdentity() ? builder.build() : builder.normalization(normalization.mean(), normalization.std()).build();
    }
}

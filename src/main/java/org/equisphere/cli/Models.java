package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.equisphere.data.Normalization;
import org.equisphere.model.Classifier;
import org.equisphere.model.ModelContents;
import org.equisphere.report.Judgement;
import org.equisphere.train.HeadSettings;
import org.equisphere.train.TrainedNetwork;

/** Trained networks as models to keep. */
final class Models {

    private Models() {
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
        HeadSettings head = trained.settings().head();
        provenance.put(ModelContents.TEMPERATURE, String.valueOf(trained.prototypes().isEmpty() ? 1 : head.temperature()));
        int[] counts = trained.trainingCounts();
        if (Arrays.stream(counts).distinct().count() > 1) {
            provenance.put(TrainedNetwork.TRAINING_COUNTS, Arrays.stream(counts).mapToObj(String::valueOf).collect(Collectors.joining(",")));
        }
        Classifier.Builder builder = Classifier.builder(trained.settings().architecture(), trained.weights(), trained.labelNames()).provenance(provenance);
        trained.prototypes().ifPresentOrElse(prototypes -> builder.nearest(prototypes, trained.prototypeOfLabel(), head.loss().normalizes()),
                () -> builder.softmax(trained.settings().dimension()));
        Normalization normalization = trained.normalization();
        return normalization.isIdentity() ? builder.build() : builder.normalization(normalization.mean(), normalization.std()).build();
    }

    /** Adds the measures, and the accuracy of classes with many, a medium number and few training examples where there are such groups. */
    static void tell(ObjectNode result, Judgement judgement) {
        if (judgement.trainingCounts().isPresent()) {
            ObjectNode shots = result.putObject("shots");
            judgement.shots().forEach(shots::put);
        }
        ObjectNode measures = result.putObject("measures");
        judgement.named().forEach(measures::put);
    }

    /** The groups' accuracies, with a comma before each. */
    static String shotsInWords(Judgement judgement) {
        StringBuilder words = new StringBuilder();
        judgement.shots().forEach((name, top1) -> words.append(String.format(Locale.ROOT, ", %s-shot %.2f %%", name, 100 * top1)));
        return words.toString();
    }
}

package org.equisphere.cli;

import java.util.Map;
import java.util.TreeMap;
import org.equisphere.data.Normalization;
import org.equisphere.model.Classifier;
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
        Classifier.Builder builder = Classifier.builder(trained.settings().architecture(), trained.weights(), trained.labelNames()).provenance(provenance);
        trained.prototypes().ifPresentOrElse(prototypes -> builder.nearest(prototypes, trained.prototypeOfLabel()),
                () -> builder.softmax(trained.settings().dimension()));
        Normalization normalization = trained.normalization();
        return normalization.isIdentity() ? builder.build() : builder.normalization(normalization.mean(), normalization.std()).build();
    }
}

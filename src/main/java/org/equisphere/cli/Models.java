package org.equisphere.cli;

import java.util.Map;
import java.util.TreeMap;
import org.equisphere.data.Normalization;
import org.equisphere.model.Classifier;
import org.equisphere.nn.Weights;
import org.equisphere.train.BestEpoch;
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
        return classifier(trained, trained.weights(), trained.prototypeOfLabel(), provenance(trained, data));
    }

    /** The classifier of the run's best epoch. */
    static Classifier best(TrainedNetwork trained, String data) {
        BestEpoch best = trained.best();
        Map<String, String> provenance = provenance(trained, data);
        provenance.put("best_epoch", String.valueOf(best.epoch()));
        return classifier(trained, best.weights(trained.weights()), best.prototypeOfLabel(), provenance);
    }

    private static Map<String, String> provenance(TrainedNetwork trained, String data) {
        Map<String, String> provenance = new TreeMap<>(trained.settings().toMap());
        provenance.put("data", data);
        provenance.put("backend", trained.weights().backend().name());
        return provenance;
    }

    private static Classifier classifier(TrainedNetwork trained, Weights weights, int[] prototypeOfLabel, Map<String, String> provenance) {
        Classifier.Builder builder = Classifier.builder(trained.settings().architecture(), weights, trained.labelNames()).provenance(provenance);
        trained.prototypes().ifPresentOrElse(prototypes -> builder.nearest(prototypes, prototypeOfLabel),
                () -> builder.softmax(trained.settings().dimension()));
        Normalization normalization = trained.normalization();
        return normalization.isIdentity() ? builder.build() : builder.normalization(normalization.mean(), normalization.std()).build();
    }
}

package org.equisphere.cli;

import java.util.Map;
import java.util.TreeMap;
import org.equisphere.data.Normalization;
import org.equisphere.model.Classifier;
import org.equisphere.model.InputNormalization;
import org.equisphere.model.ModelContents;
import org.equisphere.model.Readout;
import org.equisphere.train.TrainedNetwork;

/** Trained networks as models to keep. */
final class Models {

    private Models() {
    }

    /**
     * The classifier of a finished run.
     *
     * @param inputShape of one example
     * @param data       where the examples came from, for the provenance
     */
    static Classifier classifier(TrainedNetwork trained, int[] inputShape, String data) {
        Readout readout = trained.prototypes().<Readout>map(p -> new Readout.Nearest(p, trained.prototypeOfLabel())).orElseGet(Readout.Softmax::new);
        Normalization normalization = trained.normalization();
        InputNormalization input = normalization.isIdentity() ? InputNormalization.none() : new InputNormalization(normalization.mean(), normalization.std());
        Map<String, String> provenance = new TreeMap<>(trained.settings().toMap());
        provenance.put("data", data);
        provenance.put("backend", trained.weights().backend().name());
        return Classifier.of(new ModelContents(trained.settings().architecture(), inputShape, trained.settings().dimension(), trained.labelNames(), input,
                readout, trained.weights().learned().toArray(), trained.weights().statistics().toArray(), provenance));
    }
}

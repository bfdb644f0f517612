package org.equisphere.train;

import java.util.List;
import java.util.Optional;
import org.equisphere.data.Normalization;
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
                             int epoch, int[] trainingCounts, Normalization normalization, List<String> labelNames, Evaluation evaluation, List<EpochSummary> history) {

    /** Provenance of a model: examples of each label trained on, with commas between; told where they were not all as many. */
    public static final String TRAINING_COUNTS = "training_counts";
}

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
 * @param weights          of the trained network, on the run's backend
 * @param prototypes       none for a softmax head
 * @param prototypeOfLabel the assignment the last epoch was trained and evaluated with; empty for a softmax head
 * @param normalization    of the input
 * @param labelNames       in label order
 * @param evaluation       on the test set, after the last epoch
 * @param history          one summary an epoch, earlier runs of a resumed one included
 * @param best             the epoch that did best on the test set
 */
public record TrainedNetwork(TrainingSettings settings, Weights weights, Optional<Prototypes> prototypes, int[] prototypeOfLabel,
                             Normalization normalization, List<String> labelNames, Evaluation evaluation, List<EpochSummary> history, BestEpoch best) {
}

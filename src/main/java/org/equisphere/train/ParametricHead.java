package org.equisphere.train;

import java.io.DataInput;
import java.io.DataOutput;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.equisphere.nn.CosineDense;
import org.equisphere.nn.Dense;
import org.equisphere.nn.Loss;
import org.equisphere.nn.Network;
import org.equisphere.nn.Reduction;
import org.equisphere.nn.SoftmaxLoss;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;

/**
 * A learned classifier with softmax cross-entropy: the parametric rival. Plain, it is linear with a bias; tempered, its logits are the cosines to
 * learned directions over the temperature (Wang et al. 2017, NormFace), and the directions are prototypes in the end.
 */
final class ParametricHead implements Head {

    private static final String NAME = "classifier";

    private final HeadSettings settings;
    private final int classes;
    private final float[] prior;
    private final boolean cosine;

    /** @param prior [classes], added to the logits in training, or null */
    ParametricHead(HeadSettings settings, int classes, float[] prior) {
        this.settings = settings;
        this.classes = classes;
        this.prior = prior;
        this.cosine = settings.loss() == HeadSettings.LossKind.TEMPERED;
    }

    @Override
    public Network network(Network embedding) {
        return embedding.append(cosine ? new CosineDense(NAME, classes, (float) (1 / settings.temperature())) : new Dense(NAME, classes, false));
    }

    @Override
    public Loss loss(Backend backend, int batch) {
        return new SoftmaxLoss(backend, batch, settings.smoothing(), prior == null ? null : backend.tensor(prior, classes));
    }

    @Override
    public Reduction reduction() {
        return Reduction.MEAN;
    }

    @Override
    public Scores scores(Backend backend, int batch) {
        return outputs -> outputs;
    }

    /** The temperature is in the cosine layer's scale already. */
    @Override
    public double temperature() {
        return 1;
    }

    @Override
    public Optional<Prototypes> prototypes(Weights trained) {
        if (!cosine) {
            return Optional.empty();
        }
        float[] rows = trained.get(NAME + ".weight").toArray();
        double[] directions = IntStream.range(0, rows.length).mapToDouble(i -> rows[i]).toArray();
        return Optional.of(Prototypes.of(directions, classes, rows.length / classes));
    }

    @Override
    public int[] prototypeOfLabel() {
        return cosine ? IntStream.range(0, classes).toArray() : new int[0];
    }

    /** The cosine layer stands last, so its parameters do. */
    @Override
    public Weights embedding(Network embedding, Weights trained) {
        return cosine
                ? embedding.weights(trained.backend(), Arrays.copyOf(trained.learned().toArray(), embedding.parameterCount()),
                        trained.statistics().toArray())
                : trained;
    }

    @Override
    public void save(DataOutput out) {
        // no state but the weights
    }

    @Override
    public void load(DataInput in) {
        // no state but the weights
    }
}

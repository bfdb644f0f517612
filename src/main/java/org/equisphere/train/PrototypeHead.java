package org.equisphere.train;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Optional;
import org.equisphere.assignment.ClassDirections;
import org.equisphere.assignment.LabelAssignment;
import org.equisphere.nn.DotRegressionLoss;
import org.equisphere.nn.Loss;
import org.equisphere.nn.Network;
import org.equisphere.nn.PrototypeScores;
import org.equisphere.nn.PrototypeSoftmaxLoss;
import org.equisphere.nn.Reduction;
import org.equisphere.nn.SquaredCosineLoss;
import org.equisphere.nn.Weights;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.DirectionAverages;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;
import org.equisphere.train.HeadSettings.LossKind;

/**
 * Prototypes that no gradient moves, with labels assigned to them. The first assignment is that of seeded random directions, so it is a random one,
 * unless labels were given theirs; a dynamic head follows the class directions from there, a static head (Mettes et al. 2019) stays. With class
 * means, the prototypes move to the class directions, pushed apart or not; labels never change place.
 */
final class PrototypeHead implements Head {

    private final HeadSettings settings;
    private final int classes;
    private final int dimension;
    private final float[] prior;
    private final boolean means;
    private final ClassDirections directions;
    private final PrototypeMatching matching;
    private final float[] targetValues;
    private Tensor targets;
    private DirectionAverages onDevice; // where there is one it has the directions, and `directions` what was last read from there
    private float[] features = {};

    /**
     * @param own   whether label c stands at prototype c from the beginning
     * @param prior [classes], added to the logits in training, or null
     * @param seed  of the directions of classes not yet seen, and so of the first assignment
     */
    PrototypeHead(Prototypes prototypes, int classes, HeadSettings settings, boolean own, float[] prior, long seed) {
        this.settings = settings;
        this.classes = classes;
        this.dimension = prototypes.dimension();
        this.prior = prior;
        this.means = settings.prototypes() == PrototypeKind.MEANS;
        this.directions = new ClassDirections(classes, dimension, settings.assignment().momentum(), seed);
        this.matching = new PrototypeMatching(prototypes, classes, settings.assignment());
        this.targetValues = new float[classes * dimension];
        if (!means && !own) {
            matching.first(directions);
        }
    }

    @Override
    public Network network(Network embedding) {
        return embedding;
    }

    @Override
    public Loss loss(Backend backend, int batch) {
        Tensor to = targets(backend);
        if (observes() && onDevice == null) {
            onDevice = backend.directionAverages(classes, dimension, directions.momentum()).orElse(null);
            placeDirections();
        }
        LossKind kind = settings.loss();
        if (kind.pushes()) {
            return new PrototypeSoftmaxLoss(backend, to, batch, settings.temperature(), settings.smoothing(),
                    prior == null ? null : backend.tensor(prior, classes), kind.normalizes());
        }
        return kind == LossKind.DOT_REGRESSION ? new DotRegressionLoss(backend, to, batch) : new SquaredCosineLoss(backend, to, batch, reduction());
    }

    @Override
    public Reduction reduction() {
        return settings.loss() == LossKind.COSINE ? Reduction.SUM : Reduction.MEAN;
    }

    @Override
    public Scores scores(Backend backend, int batch) {
        return new PrototypeScores(backend, targets(backend), batch, settings.loss().normalizes())::of;
    }

    @Override
    public double temperature() {
        return settings.temperature();
    }

    @Override
    public boolean observes() {
        return settings.dynamic() || means;
    }

    @Override
    public void observe(Tensor outputs, LabelVector labels, int[] classesOf, int count) {
        if (onDevice != null) {
            onDevice.update(count == outputs.dimension(0) ? outputs : outputs.rows(0, count), labels);
            return;
        }
        if (features.length < outputs.size()) {
            features = new float[outputs.size()];
        }
        outputs.get(features, 0, outputs.size());
        for (int i = 0; i < count * dimension; i++) {
            if (!Float.isFinite(features[i])) {
                return; // of weights that this step ruined, examples having been mixed in it: the next loss tells
            }
        }
        directions.update(features, classesOf, count);
    }

    private void placeDirections() {
        if (onDevice != null) {
            ClassDirections.State state = directions.state();
            onDevice.write(state.directions(), state.seen());
        }
    }

    private void readDirections() {
        if (onDevice != null) {
            ClassDirections.State state = directions.state();
            int zeros = onDevice.read(state.directions(), state.seen());
            directions.restore(new ClassDirections.State(state.directions(), state.seen(), state.zeroFeatures() + zeros));
        }
    }

    @Override
    public void similarities(double[] similarities) {
        matching.similarities(similarities);
    }

    @Override
    public LabelAssignment.Update reassign() {
        readDirections();
        LabelAssignment.Update change = means ? matching.follow(directions, settings.spread()) : matching.solve(directions);
        placeTargets();
        return change;
    }

    @Override
    public double[] directions() {
        return directions.directions();
    }

    @Override
    public Optional<Prototypes> prototypes(Weights trained) {
        return Optional.of(matching.prototypes());
    }

    @Override
    public int[] prototypeOfLabel() {
        return matching.prototypeOfLabel();
    }

    @Override
    public void save(DataOutput out) throws IOException {
        readDirections();
        ClassDirections.State state = directions.state();
        RunState.writeDoubles(out, state.directions());
        for (boolean seen : state.seen()) {
            out.writeBoolean(seen);
        }
        out.writeLong(state.zeroFeatures());
        matching.save(out);
    }

    @Override
    public void load(DataInput in) throws IOException {
        double[] values = RunState.readDoubles(in, classes * dimension);
        boolean[] seen = new boolean[classes];
        for (int label = 0; label < classes; label++) {
            seen[label] = in.readBoolean();
        }
        directions.restore(new ClassDirections.State(values, seen, in.readLong()));
        placeDirections();
        matching.load(in);
        placeTargets();
    }

    /** [classes, d]: the assigned prototypes in label order, on the backend of the run. */
    private Tensor targets(Backend backend) {
        if (targets == null) {
            targets = backend.tensor(classes, dimension);
            placeTargets();
        }
        return targets;
    }

    private void placeTargets() {
        if (targets == null) {
            return;
        }
        for (int i = 0; i < targetValues.length; i++) {
            targetValues[i] = (float) matching.rows()[matching.prototypeOf(i / dimension) * dimension + i % dimension];
        }
        targets.set(targetValues);
    }
}

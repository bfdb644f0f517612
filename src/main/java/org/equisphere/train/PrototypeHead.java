package org.equisphere.train;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import org.equisphere.assignment.Assignment;
import org.equisphere.assignment.ClassDirections;
import org.equisphere.assignment.LabelAssignment;
import org.equisphere.nn.CosineScores;
import org.equisphere.nn.Loss;
import org.equisphere.nn.Network;
import org.equisphere.nn.PrototypeSoftmaxLoss;
import org.equisphere.nn.Reduction;
import org.equisphere.nn.SquaredCosineLoss;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * Fixed prototypes with labels assigned to them. The first assignment is that of seeded random directions, so it is a random one; a
 * dynamic head follows the class directions from there, a static head (Mettes et al. 2019) stays.
 */
final class PrototypeHead implements Head {

    private final TrainingSettings settings;
    private final boolean dynamic;
    private final double[] prototypes;
    private final int dimension;
    private final ClassDirections directions;
    private LabelAssignment assignment;
    private final float[] targetValues;
    private Tensor targets;

    /**
     * @param settings whether the assignment follows the class directions, their momentum, the loss
     * @param seed     of the directions of classes not yet seen, and so of the first assignment
     */
    PrototypeHead(Prototypes prototypes, int classes, TrainingSettings settings, long seed) {
        this.settings = settings;
        this.dynamic = settings.head() == TrainingSettings.HeadKind.DYNAMIC;
        this.prototypes = prototypes.toArray();
        this.dimension = prototypes.dimension();
        this.directions = new ClassDirections(classes, dimension, settings.directionMomentum(), seed);
        this.assignment = LabelAssignment.identity(classes, prototypes.count());
        this.targetValues = new float[classes * dimension];
        assignment.update(directions, this.prototypes);
    }

    @Override
    public Network network(Network embedding) {
        return embedding;
    }

    @Override
    public Loss loss(Backend backend, int batch) {
        return settings.loss() == TrainingSettings.LossKind.COSINE
                ? new SquaredCosineLoss(backend, targets(backend), batch, Reduction.SUM)
                : new PrototypeSoftmaxLoss(backend, targets(backend), batch, settings.temperature(), 0, null);
    }

    @Override
    public Reduction reduction() {
        return settings.loss() == TrainingSettings.LossKind.COSINE ? Reduction.SUM : Reduction.MEAN;
    }

    @Override
    public Scores scores(Backend backend, int batch) {
        return new CosineScores(backend, targets(backend), batch)::of;
    }

    @Override
    public double temperature() {
        return settings.loss() == TrainingSettings.LossKind.TEMPERED ? settings.temperature() : Evaluation.COSINE_TEMPERATURE;
    }

    @Override
    public boolean observes() {
        return dynamic;
    }

    @Override
    public void observe(float[] outputs, int[] labels, int count) {
        directions.update(outputs, labels, count);
    }

    @Override
    public AssignmentChange reassign() {
        if (!dynamic) {
            return AssignmentChange.NONE;
        }
        LabelAssignment.Update update = assignment.update(directions, prototypes);
        placeTargets();
        return new AssignmentChange(update.labelsMoved(), update.objectiveBefore(), update.objectiveAfter());
    }

    @Override
    public int[] prototypeOfLabel() {
        return assignment.prototypeOfLabel();
    }

    @Override
    public void save(DataOutput out) throws IOException {
        ClassDirections.State state = directions.state();
        for (double value : state.directions()) {
            out.writeDouble(value);
        }
        for (boolean seen : state.seen()) {
            out.writeBoolean(seen);
        }
        out.writeLong(state.zeroFeatures());
        Assignment solution = assignment.solution();
        out.writeDouble(solution.value());
        for (int label = 0; label < solution.rows(); label++) {
            out.writeInt(solution.columnOfRow(label));
        }
        for (double dual : solution.rowDuals()) {
            out.writeDouble(dual);
        }
        for (double dual : solution.columnDuals()) {
            out.writeDouble(dual);
        }
    }

    @Override
    public void load(DataInput in) throws IOException {
        boolean[] seen = new boolean[assignment.classes()];
        double[] values = readDoubles(in, seen.length * dimension);
        for (int label = 0; label < seen.length; label++) {
            seen[label] = in.readBoolean();
        }
        directions.restore(new ClassDirections.State(values, seen, in.readLong()));
        double value = in.readDouble();
        int[] prototypeOfLabel = new int[seen.length];
        for (int label = 0; label < seen.length; label++) {
            prototypeOfLabel[label] = in.readInt();
        }
        double[] rowDuals = readDoubles(in, seen.length);
        double[] columnDuals = readDoubles(in, assignment.prototypes());
        assignment = LabelAssignment.of(prototypeOfLabel, columnDuals.length);
        assignment.startFrom(Assignment.of(true, value, prototypeOfLabel, rowDuals, columnDuals));
        placeTargets();
    }

    private static double[] readDoubles(DataInput in, int count) throws IOException {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = in.readDouble();
        }
        return values;
    }

    /** [classes, d]: the assigned prototypes in label order, on the backend of the run. */
    private Tensor targets(Backend backend) {
        if (targets == null) {
            targets = backend.tensor(targetValues.length / dimension, dimension);
            placeTargets();
        }
        return targets;
    }

    private void placeTargets() {
        if (targets == null) {
            return;
        }
        for (int i = 0; i < targetValues.length; i++) {
            targetValues[i] = (float) prototypes[assignment.prototypeOf(i / dimension) * dimension + i % dimension];
        }
        targets.set(targetValues);
    }
}

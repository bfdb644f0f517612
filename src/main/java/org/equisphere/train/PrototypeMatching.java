package org.equisphere.train;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import org.equisphere.assignment.Assignment;
import org.equisphere.assignment.ClassDirections;
import org.equisphere.assignment.LabelAssignment;
import org.equisphere.assignment.LinearAssignment;
import org.equisphere.assignment.QuadraticMatching;
import org.equisphere.sphere.Procrustes;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.sphere.Prototypes;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.AssignmentSettings.Similarity;

/** Which label stands at which prototype, and how that is solved again by the rule of the settings. */
final class PrototypeMatching implements RunState {

    /** Rotation and assignment settle within a few rounds; each raises the same sum, so they always settle. */
    private static final int MOST_ROUNDS = 50;

    private final AssignmentSettings settings;
    private final int dimension;
    private Prototypes prototypes;
    private double[] rows; // of the prototypes
    private LabelAssignment map;
    private double[] similarities;

    /** Label c stands at prototype c. */
    PrototypeMatching(Prototypes prototypes, int classes, AssignmentSettings settings) {
        this.settings = settings;
        this.dimension = prototypes.dimension();
        this.map = LabelAssignment.identity(classes, prototypes.count());
        place(prototypes);
    }

    private void place(Prototypes given) {
        prototypes = given;
        rows = given.toArray();
    }

    Prototypes prototypes() {
        return prototypes;
    }

    /** [prototypes, d], row-major; not to be modified. */
    double[] rows() {
        return rows;
    }

    int prototypeOf(int label) {
        return map.prototypeOf(label);
    }

    int[] prototypeOfLabel() {
        return map.prototypeOfLabel();
    }

    /** How alike classes are, [classes, classes], for the quadratic rule; kept, not copied. */
    void similarities(double[] given) {
        similarities = given;
    }

    /** The linear solution, whatever the rule: the first assignment of a run. */
    LabelAssignment.Update first(ClassDirections z) {
        return map.update(z, rows);
    }

    /**
     * Moves the prototypes themselves to the class directions, each label's to its own.
     *
     * @param spread iterations of L-BFGS on the Gaussian potential from there, which push them apart, or 0
     */
    LabelAssignment.Update follow(ClassDirections z, int spread) {
        double before = objective(z);
        place(spread == 0 ? Prototypes.of(z.directions(), z.classes(), dimension)
                : new PrototypeOptimizer(z.classes(), dimension).initial(z.directions()).maxIterations(spread).optimize().prototypes());
        return new LabelAssignment.Update(0, before, objective(z));
    }

    /** Solves again by the rule. */
    LabelAssignment.Update solve(ClassDirections z) {
        if (settings.rule() == Rule.LINEAR && settings.margin() == 0) {
            return map.update(z, rows);
        }
        int[] start = map.prototypeOfLabel();
        double before = objective(z);
        int[] found = linear(z, start);
        if (settings.rule() == Rule.ROTATION) {
            found = withRotation(z, start, found);
        } else if (settings.rule() == Rule.QUADRATIC) {
            found = matching(z).improve(found, settings.margin());
        }
        map = LabelAssignment.of(found, prototypes.count());
        int moved = 0;
        for (int label = 0; label < start.length; label++) {
            moved += start[label] == found[label] ? 0 : 1;
        }
        return new LabelAssignment.Update(moved, before, objective(z));
    }

    /** The largest sum of cosines, where a pair that stands counts for the margin more. */
    private int[] linear(ClassDirections z, int[] standing) {
        int classes = z.classes();
        int count = prototypes.count();
        double[] gain = products(z.directions(), classes, rows, count);
        for (int label = 0; label < classes; label++) {
            gain[label * count + standing[label]] += settings.margin();
        }
        return LinearAssignment.maximize(gain, classes, count).columnOfRow();
    }

    /** Turns the prototypes onto the directions of their labels and assigns again, until nothing moves. */
    private int[] withRotation(ClassDirections z, int[] standing, int[] found) {
        int[] now = found;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            double[] assigned = new double[z.classes() * dimension];
            for (int label = 0; label < now.length; label++) {
                System.arraycopy(rows, now[label] * dimension, assigned, label * dimension, dimension);
            }
            place(Procrustes.turned(prototypes, Procrustes.rotation(assigned, z.directions(), z.classes(), dimension)));
            int[] next = linear(z, standing);
            if (Arrays.equals(next, now)) {
                return now;
            }
            now = next;
        }
        return now;
    }

    private QuadraticMatching matching(ClassDirections z) {
        double[] alike = settings.similarity() == Similarity.MEANS
                ? ClassSimilarities.ofMeans(z.directions(), z.classes(), dimension) : similarities;
        return new QuadraticMatching(alike, z.classes(), products(rows, prototypes.count(), rows, prototypes.count()), prototypes.count());
    }

    /** [n, m]: inner products of the rows of a [n, d] and b [m, d]. */
    private double[] products(double[] a, int n, double[] b, int m) {
        double[] products = new double[n * m];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < m; j++) {
                double sum = 0;
                for (int k = 0; k < dimension; k++) {
                    sum += a[i * dimension + k] * b[j * dimension + k];
                }
                products[i * m + j] = sum;
            }
        }
        return products;
    }

    private double objective(ClassDirections z) {
        double[] directions = z.directions();
        double sum = 0;
        for (int label = 0; label < z.classes(); label++) {
            for (int k = 0; k < dimension; k++) {
                sum += directions[label * dimension + k] * rows[map.prototypeOf(label) * dimension + k];
            }
        }
        return sum;
    }

    @Override
    public void save(DataOutput out) throws IOException {
        RunState.writeDoubles(out, rows);
        for (int prototype : map.prototypeOfLabel()) {
            out.writeInt(prototype);
        }
        out.writeBoolean(similarities != null);
        if (similarities != null) {
            RunState.writeDoubles(out, similarities);
        }
        Assignment solution = map.solution();
        out.writeBoolean(solution != null);
        if (solution != null) {
            out.writeDouble(solution.value());
            RunState.writeDoubles(out, solution.rowDuals());
            RunState.writeDoubles(out, solution.columnDuals());
        }
    }

    @Override
    public void load(DataInput in) throws IOException {
        place(Prototypes.of(RunState.readDoubles(in, rows.length), prototypes.count(), dimension));
        int[] prototypeOfLabel = new int[map.classes()];
        for (int label = 0; label < prototypeOfLabel.length; label++) {
            prototypeOfLabel[label] = in.readInt();
        }
        similarities = in.readBoolean() ? RunState.readDoubles(in, prototypeOfLabel.length * prototypeOfLabel.length) : null;
        map = LabelAssignment.of(prototypeOfLabel, prototypes.count());
        if (in.readBoolean()) {
            double value = in.readDouble();
            double[] rowDuals = RunState.readDoubles(in, prototypeOfLabel.length);
            map.startFrom(Assignment.of(true, value, prototypeOfLabel, rowDuals, RunState.readDoubles(in, prototypes.count())));
        }
    }
}

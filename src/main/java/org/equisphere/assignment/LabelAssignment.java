package org.equisphere.assignment;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The map from labels to prototypes: each of the {@code classes} labels has one of {@code prototypes >= classes}
 * prototypes to itself. {@link #update} finds the map s that maximises {@code sum over labels c of <z_c, w_s(c)>}, a
 * linear assignment on the cosines, started warm from the last one. Not for several threads at once.
 */
public final class LabelAssignment {

    private final int[] prototypeOfLabel;
    private final int[] labelOfPrototype;
    private final LinearAssignment solver = LinearAssignment.maximizing();
    private Assignment solution;
    private CosineRows cosines;

    private LabelAssignment(int[] prototypeOfLabel, int prototypes) {
        this.prototypeOfLabel = prototypeOfLabel;
        this.labelOfPrototype = new int[prototypes];
        invert();
    }

    /** Label c on prototype c. */
    public static LabelAssignment identity(int classes, int prototypes) {
        checkCounts(classes, prototypes);
        return new LabelAssignment(IntStream.range(0, classes).toArray(), prototypes);
    }

    /** Each label on a random prototype of its own, uniform over all such maps. */
    public static LabelAssignment random(int classes, int prototypes, long seed) {
        checkCounts(classes, prototypes);
        int[] deck = IntStream.range(0, prototypes).toArray();
        Random random = new Random(seed);
        for (int c = 0; c < classes; c++) {
            int pick = c + random.nextInt(prototypes - c);
            int chosen = deck[pick];
            deck[pick] = deck[c];
            deck[c] = chosen;
        }
        return new LabelAssignment(Arrays.copyOf(deck, classes), prototypes);
    }

    /** The given map onto as many prototypes as labels. */
    public static LabelAssignment of(int[] prototypeOfLabel) {
        return of(prototypeOfLabel, prototypeOfLabel.length);
    }

    /**
     * The given map.
     *
     * @param prototypeOfLabel one prototype a label, no two the same; not modified
     * @throws IllegalArgumentException if a prototype is out of range or taken twice
     */
    public static LabelAssignment of(int[] prototypeOfLabel, int prototypes) {
        checkCounts(prototypeOfLabel.length, prototypes);
        int[] label = new int[prototypes];
        Arrays.fill(label, -1);
        for (int c = 0; c < prototypeOfLabel.length; c++) {
            int s = prototypeOfLabel[c];
            if (s < 0 || s >= prototypes) {
                throw new IllegalArgumentException(
                        "prototypeOfLabel[" + c + "]: is " + s + ", expected a prototype below " + prototypes);
            }
            if (label[s] >= 0) {
                throw new IllegalArgumentException(
                        "prototypeOfLabel[" + c + "]: prototype " + s + " is already taken by label " + label[s]);
            }
            label[s] = c;
        }
        return new LabelAssignment(prototypeOfLabel.clone(), prototypes);
    }

    private static void checkCounts(int classes, int prototypes) {
        if (classes < 1 || prototypes < classes) {
            throw new IllegalArgumentException("classes, prototypes: are " + classes + ", " + prototypes
                    + ", expected at least one class and no fewer prototypes");
        }
    }

    private void invert() {
        Arrays.fill(labelOfPrototype, -1);
        for (int c = 0; c < prototypeOfLabel.length; c++) {
            labelOfPrototype[prototypeOfLabel[c]] = c;
        }
    }

    /**
     * Takes the best map for the directions as they are now.
     *
     * @param z one direction a label; not modified
     * @param prototypes {@code [prototypes, z.dimension()]} row-major; not modified
     * @throws IllegalArgumentException if the number of classes, or the length of {@code prototypes}, is another, or a
     *     prototype holds a NaN or an infinity
     */
    public Update update(ClassDirections z, double[] prototypes) {
        int classes = classes();
        int count = prototypes();
        int d = z.dimension();
        if (z.classes() != classes) {
            throw new IllegalArgumentException("z: has " + z.classes() + " classes, expected " + classes);
        }
        if (prototypes.length != (long) count * d) {
            throw new IllegalArgumentException(
                    "prototypes: has " + prototypes.length + " values, expected " + count + " x " + d);
        }
        boolean known = cosines != null && cosines.dimension() == d;
        if (!known || !cosines.has(prototypes)) {
            requireFinite(prototypes, d);
            cosines = known ? cosines : new CosineRows(classes, count, d);
            cosines.place(prototypes);
        }
        cosines.direct(z.directions());
        double before = objective();
        solution = solver.resolve(cosines);
        int moved = 0;
        for (int c = 0; c < classes; c++) {
            int s = solution.columnOfRow(c);
            moved += s == prototypeOfLabel[c] ? 0 : 1;
            prototypeOfLabel[c] = s;
        }
        invert();
        return new Update(moved, before, solution.value());
    }

    private static void requireFinite(double[] prototypes, int d) {
        for (int k = 0; k < prototypes.length; k++) {
            if (!Double.isFinite(prototypes[k])) {
                throw new IllegalArgumentException("prototypes: prototype " + k / d + " has " + prototypes[k] + " at position "
                        + k % d + ", expected a finite number");
            }
        }
    }

    private double objective() {
        double sum = 0;
        for (int c = 0; c < classes(); c++) {
            sum += cosines.cosine(c, prototypeOfLabel[c]);
        }
        return sum;
    }

    /** The number of labels. */
    public int classes() {
        return prototypeOfLabel.length;
    }

    /** The number of prototypes. */
    public int prototypes() {
        return labelOfPrototype.length;
    }

    /** The prototype of a label. */
    public int prototypeOf(int label) {
        return prototypeOfLabel[label];
    }

    /** A copy of the prototypes of all labels. */
    public int[] prototypeOfLabel() {
        return prototypeOfLabel.clone();
    }

    /** The label of a prototype, or -1 if none has it. */
    public int labelOfPrototype(int prototype) {
        return labelOfPrototype[prototype];
    }

    /** A copy of the labels of all prototypes, -1 where none. */
    public int[] labelOfPrototype() {
        return labelOfPrototype.clone();
    }

    /** The last solution with its duals, or null before the first update; with {@link #startFrom} it makes a checkpoint exact. */
    public Assignment solution() {
        return solution;
    }

    /** Lets the next update start from a saved {@link #solution()}, as if this map had found it. */
    public void startFrom(Assignment last) {
        if (last.rows() != classes() || last.cols() != prototypes()) {
            throw new IllegalArgumentException("last: is " + last.rows() + " x " + last.cols() + ", expected " + classes()
                    + " x " + prototypes());
        }
        solver.startFrom(last);
        if (cosines != null) {
            cosines.near().clear();
        }
        solution = last;
    }

    /**
     * What an update did.
     *
     * @param labelsMoved how many labels have another prototype than before
     * @param objectiveBefore the sum of cosines of the old map, with the directions as they are now; NaN where nothing was solved
     * @param objectiveAfter that of the new map
     */
    public record Update(int labelsMoved, double objectiveBefore, double objectiveAfter) {

        /** Nothing was solved. */
        public static final Update NONE = new Update(0, Double.NaN, Double.NaN);

        /** What this and then another one did. */
        public Update then(Update next) {
            return next.equals(NONE) ? this : equals(NONE) ? next
                    : new Update(labelsMoved + next.labelsMoved, objectiveBefore, next.objectiveAfter);
        }
    }
}

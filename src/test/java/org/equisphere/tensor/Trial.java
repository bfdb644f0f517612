package org.equisphere.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One call of one operation: its operands, what it should make of them, and the call itself. Can be played on any backend, with
 * operands that fill their storage or that are views at odd offsets between NaNs.
 */
final class Trial {

    /** Binds a call to tensors, in the order in which the operands were declared, and labels; made once, run often. */
    interface Binding {
        Runnable bind(Backend backend, Tensor[] t, LabelVector labels);
    }

    /** @param before null for an output, which holds NaN before the call; @param after null for an input, which must not change */
    record Operand(String name, float[] before, Expected after, int[] shape) {
    }

    final String operation;
    final String detail;
    final List<Operand> operands = new ArrayList<>();
    /** What the operation returned, where it returns a number. */
    final double[] returned = {Double.NaN};
    private final Set<Integer> unused = new HashSet<>();
    private Expected result;
    private int[] labels = {};
    private int classes;
    private Binding binding;

    /**
     * @param operation the public method's name
     * @param detail    shapes and settings, for messages
     */
    Trial(String operation, String detail) {
        this.operation = operation;
        this.detail = detail;
    }

    Trial input(String name, float[] values, int... shape) {
        operands.add(new Operand(name, values, null, shape));
        return this;
    }

    Trial output(String name, Expected after, int... shape) {
        operands.add(new Operand(name, null, after, shape));
        return this;
    }

    Trial modified(String name, float[] before, Expected after, int... shape) {
        operands.add(new Operand(name, before, after, shape));
        return this;
    }

    /** An input that the call does not look at. */
    Trial unused(String name, float[] values, int... shape) {
        unused.add(operands.size());
        return input(name, values, shape);
    }

    boolean unused(int operand) {
        return unused.contains(operand);
    }

    Trial labels(int[] values, int count) {
        labels = values;
        classes = count;
        return this;
    }

    Trial returns(Expected value) {
        result = value;
        return this;
    }

    Trial call(Binding made) {
        binding = made;
        return this;
    }

    /** Tensors of a backend that hold the operands; with {@code views} at odd offsets of larger storage filled with NaN. */
    Tensor[] tensors(Backend backend, boolean views) {
        Tensor[] t = new Tensor[operands.size()];
        for (int i = 0; i < t.length; i++) {
            Operand operand = operands.get(i);
            int size = Tensor.sizeOf(operand.shape);
            int before = views ? 2 * i + 1 : 0;
            Tensor storage = backend.tensor(before + size + (views ? 5 : 0));
            backend.fill(storage, Float.NaN);
            t[i] = storage.slice(before, operand.shape);
            if (operand.before != null) {
                t[i].set(operand.before);
            }
        }
        return t;
    }

    Runnable bind(Backend backend, Tensor[] t) {
        LabelVector made = backend.labels(labels.length);
        made.set(labels, labels.length, classes);
        return binding.bind(backend, t, made);
    }

    /** Plays the trial and returns what every operand holds after it, and around it. */
    float[][] play(Backend backend, boolean views) {
        Tensor[] t = tensors(backend, views);
        bind(backend, t).run();
        float[][] after = new float[t.length][];
        for (int i = 0; i < t.length; i++) {
            after[i] = new float[t[i].storage().size()];
            t[i].storage().read(0, after[i], 0, after[i].length);
        }
        return after;
    }

    /** Plays the trial; returns what is wrong, or null. */
    String verdict(Backend backend, boolean views) {
        float[][] after = play(backend, views);
        for (int i = 0; i < after.length; i++) {
            Operand operand = operands.get(i);
            int first = views ? 2 * i + 1 : 0;
            int size = Tensor.sizeOf(operand.shape);
            for (int k = 0; k < after[i].length; k++) {
                float got = after[i][k];
                if (k < first || k >= first + size) {
                    if (!Float.isNaN(got)) {
                        return this + ": wrote " + got + " outside " + operand.name + ", at " + (k - first);
                    }
                } else {
                    String wrong = compare(operand, k - first, got);
                    if (wrong != null) {
                        return wrong;
                    }
                }
            }
        }
        return compareResult();
    }

    private String compare(Operand operand, int k, float got) {
        double wanted = operand.after == null ? operand.before[k] : operand.after.value[k];
        double tolerance = operand.after == null ? 0 : operand.after.tolerance(k);
        if (Math.abs(got - wanted) <= tolerance) {
            return null;
        }
        return this + ": " + operand.name + Arrays.toString(operand.shape) + " at " + k + " is " + got + ", expected " + wanted
                + " within " + tolerance;
    }

    private String compareResult() {
        if (result == null || Math.abs(returned[0] - result.value[0]) <= result.tolerance(0)) {
            return null;
        }
        return this + ": returned " + returned[0] + ", expected " + result.value[0] + " within " + result.tolerance(0);
    }

    @Override
    public String toString() {
        return operation + " " + detail;
    }
}

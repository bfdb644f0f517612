package org.equisphere.nn;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.equisphere.tensor.Tensor;

/**
 * What a network's layers declare: learned parameters and kept statistics, each kind laid out one after the other in a flat array,
 * so that an optimiser's step or a copy is one operation.
 */
public final class Blueprint {

    private final List<Parameter> learned = new ArrayList<>();
    private final List<Parameter> statistics = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private int learnedSize;
    private int statisticsSize;

    Blueprint() {
    }

    /** Declares a learned parameter: of two dimensions or more the weight of a linear map, outputs last, else a scale or a shift. */
    public void parameter(String name, Initial initial, int... shape) {
        learn(name, initial, shape.length > 1, shape);
    }

    /** Declares a learned table, which is no linear map whatever its shape. */
    public void table(String name, Initial initial, int... shape) {
        learn(name, initial, false, shape);
    }

    private void learn(String name, Initial initial, boolean linear, int... shape) {
        requireNew(name);
        learned.add(new Parameter(name, shape, initial, linear, learnedSize));
        learnedSize = sum(learnedSize, shape);
    }

    /** Declares a statistic: kept and saved, not learned. */
    public void statistic(String name, float initial, int... shape) {
        requireNew(name);
        statistics.add(new Parameter(name, shape, new Initial.Constant(initial), false, statisticsSize));
        statisticsSize = sum(statisticsSize, shape);
    }

    List<Parameter> learned() {
        return List.copyOf(learned);
    }

    List<Parameter> statistics() {
        return List.copyOf(statistics);
    }

    private static int sum(int size, int[] shape) {
        long sum = (long) size + Tensor.sizeOf(shape);
        if (sum > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the network has " + sum + " parameters and more, expected less than 2^31");
        }
        return (int) sum;
    }

    private void requireNew(String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("two parameters are named \"" + name + "\"");
        }
    }
}

package org.equisphere.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * An immutable description of a feed-forward network: its layers, the shape of one input example, its parameters.
 */
public final class Network {

    private final int[] inputShape;
    private final int[] outputShape;
    private final List<Layer> layers;
    private final List<Parameter> parameters;
    private final List<Parameter> statistics;
    private final int largestActivation;

    /**
     * @param inputShape one example, without the batch: {height, width, channels} or {features}
     * @param layers     in the order of the forward pass
     * @throws IllegalArgumentException for an impossible input shape, or when a layer cannot take what the one before gives
     */
    public Network(int[] inputShape, List<Layer> layers) {
        if (inputShape.length == 0 || Arrays.stream(inputShape).anyMatch(n -> n < 1)) {
            throw new IllegalArgumentException("input shape is " + Arrays.toString(inputShape) + ", expected positive dimensions");
        }
        this.inputShape = inputShape.clone();
        this.layers = List.copyOf(layers);
        Blueprint blueprint = new Blueprint();
        int[] shape = inputShape.clone();
        int largest = Tensor.sizeOf(shape);
        for (Layer layer : this.layers) {
            shape = layer.declare(blueprint, shape);
            largest = Math.max(largest, Tensor.sizeOf(shape));
        }
        this.largestActivation = largest;
        this.outputShape = shape;
        this.parameters = blueprint.learned();
        this.statistics = blueprint.statistics();
    }

    /** This network with one more layer behind. */
    public Network append(Layer layer) {
        List<Layer> more = new ArrayList<>(layers);
        more.add(layer);
        return new Network(inputShape, more);
    }

    /** The shape of one input example, without the batch. */
    public int[] inputShape() {
        return inputShape.clone();
    }

    /** The shape of one output example, without the batch. */
    public int[] outputShape() {
        return outputShape.clone();
    }

    /** The learned parameters in their flat order. */
    public List<Parameter> parameters() {
        return parameters;
    }

    /** The kept statistics (running means and variances) in their flat order. */
    public List<Parameter> statistics() {
        return statistics;
    }

    /** How many numbers are learned. */
    public int parameterCount() {
        return total(parameters);
    }

    /** How many numbers are kept as statistics. */
    public int statisticCount() {
        return total(statistics);
    }

    /** New weights on a backend, drawn from a seed. */
    public Weights initialise(Backend backend, long seed) {
        Weights weights = new Weights(this, backend);
        weights.initialise(seed);
        return weights;
    }

    /** New weights on a backend from their flat contents. */
    public Weights weights(Backend backend, float[] learned, float[] kept) {
        Weights weights = new Weights(this, backend);
        weights.learned().set(learned);
        weights.statistics().set(kept);
        return weights;
    }

    /** Numbers of the largest of one example's input and layers' outputs. */
    int largestActivation() {
        return largestActivation;
    }

    /** Numbers of the largest learned parameter. */
    int largestParameter() {
        return parameters.stream().mapToInt(Parameter::size).max().orElse(0);
    }

    Signal plan(Plan plan) {
        Signal signal = plan.input(inputShape);
        for (Layer layer : layers) {
            signal = layer.plan(plan, signal);
        }
        return signal;
    }

    private static int total(List<Parameter> all) {
        return all.isEmpty() ? 0 : all.get(all.size() - 1).offset() + all.get(all.size() - 1).size();
    }
}

package org.equisphere.nn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.FixedWeights;
import org.equisphere.tensor.Storage;
import org.equisphere.tensor.Tensor;

/**
 * A network laid out for one batch size on one backend, in training or in inference: nodes in order, and the memory they use.
 *
 * <p>Layers add nodes and signals; {@link #close} then gives every signal its memory. In training each value keeps its own, since the backward
 * pass reads it; gradients share memory as soon as they are spent. In inference values share it.
 */
public final class Plan {

    private final Backend backend;
    private final Weights weights;
    private final Tensor gradients;
    private final int batch;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Signal> signals = new ArrayList<>();
    private final Map<String, Tensor> gradientViews = new HashMap<>();
    private final List<FixedWeights> derived = new ArrayList<>();
    private final Iterator<FixedWeights> given; // what another plan derived
    private Signal inputSignal;

    /** A plan for training; {@code gradients} is room for the learned parameters'. */
    Plan(Weights weights, int batch, Tensor gradients) {
        this(weights, batch, gradients, null);
    }

    /** A plan for inference. */
    Plan(Weights weights, int batch) {
        this(weights, batch, null, null);
    }

    private Plan(Weights weights, int batch, Tensor gradients, Iterator<FixedWeights> given) {
        if (batch < 1) {
            throw new IllegalArgumentException("batch is " + batch + ", expected at least 1");
        }
        this.backend = weights.backend();
        this.weights = weights;
        this.batch = batch;
        this.gradients = gradients;
        this.given = given;
        if (gradients != null) {
            for (Parameter p : weights.network().parameters()) {
                gradientViews.put(p.name(), gradients.slice(p.offset(), p.shape()));
            }
        }
    }

    /** A plan for inference with what this one, of the same network, derived from the same weights. */
    Plan alike(Weights shared, int examples) {
        return new Plan(shared, examples, null, derived.iterator());
    }

    /** Where the nodes compute. */
    public Backend backend() {
        return backend;
    }

    /** The examples of one batch. */
    public int batch() {
        return batch;
    }

    /** Whether a backward pass follows. */
    public boolean training() {
        return gradients != null;
    }

    /** A parameter's or statistic's tensor. */
    public Tensor parameter(String name) {
        return weights.get(name);
    }

    /** The place for a learned parameter's gradient; null in inference. */
    public Tensor gradient(String name) {
        return gradientViews.get(name);
    }

    /** Room for what a node derives from the weights in {@link Node#refresh}. */
    FixedWeights derived(int... shape) {
        FixedWeights next = given == null ? new FixedWeights(backend.tensor(shape)) : given.next().on(backend);
        derived.add(next);
        return next;
    }

    /** A new signal of the given example shape, written by a node to be added. */
    public Signal signal(int... exampleShape) {
        return add(exampleShape, training());
    }

    /** Adds a node; the order of adding is the order of the forward pass. */
    public void add(Node node) {
        nodes.add(node);
    }

    Signal input(int[] exampleShape) {
        inputSignal = add(exampleShape, false);
        return inputSignal;
    }

    Signal inputSignal() {
        return inputSignal;
    }

    /** What the last node reads; it stands until the next forward pass. */
    Signal lastRead() {
        return nodes.get(nodes.size() - 1).inputs().get(0);
    }

    private Signal add(int[] exampleShape, boolean needsGradient) {
        int[] shape = new int[exampleShape.length + 1];
        shape[0] = batch;
        System.arraycopy(exampleShape, 0, shape, 1, exampleShape.length);
        Signal signal = new Signal(shape, needsGradient);
        signals.add(signal);
        return signal;
    }

    /** Gives every signal its memory. */
    void close(Signal output) {
        if (training()) {
            for (Signal signal : signals) {
                signal.setValue(backend.tensor(signal.shape()));
            }
            placeGradients(output);
        } else {
            placeValues(inputSignal, output);
        }
        if (given == null) {
            refresh();
        }
    }

    /** Walks the backward pass: a gradient's memory is taken at its first writer and given back after its producer has read it. */
    private void placeGradients(Signal output) {
        Pool pool = new Pool();
        output.setGradient(pool.take(output));
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            boolean spent = true;
            for (Signal read : node.inputs()) {
                if (read.needsGradient() && read.gradient() == null) {
                    boolean inPlace = node.backwardInPlace() && read == node.inputs().get(0) && read.exampleSize() == node.output().exampleSize();
                    read.setGradient(inPlace ? node.output().gradient().reshape(read.shape()) : pool.take(read));
                    spent &= !inPlace;
                }
            }
            if (spent) {
                pool.giveBack(node.output().gradient());
            }
        }
    }

    /** Walks the forward pass: a value's memory is given back after its last reader. */
    private void placeValues(Signal input, Signal output) {
        Map<Signal, Integer> lastReader = new HashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            for (Signal read : nodes.get(i).inputs()) {
                lastReader.put(read, i);
            }
        }
        Pool pool = new Pool();
        input.setValue(backend.tensor(input.shape()));
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            node.output().setValue(pool.take(node.output()));
            for (Signal read : node.inputs()) {
                if (lastReader.remove(read, i) && read != input && read != output) {
                    pool.giveBack(read.value());
                }
            }
        }
    }

    /** Numbers that all signals' values take together. */
    long valueNumbers() {
        return signals.stream().map(signal -> signal.value().storage()).distinct().mapToLong(Storage::size).sum();
    }

    void forward() {
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).forward();
        }
    }

    void backward() {
        for (int i = 0; i < signals.size(); i++) {
            signals.get(i).forgetGradient();
        }
        for (int i = nodes.size() - 1; i >= 0; i--) {
            nodes.get(i).backward();
        }
    }

    void draw(RandomGenerator random) {
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).draw(random);
        }
    }

    void refresh() {
        if (given != null) {
            throw new IllegalStateException("shares its weights, which therefore must not change");
        }
        for (Node node : nodes) {
            node.refresh();
        }
    }

    /** Memory given back, to be taken again by a signal of the same size. */
    private final class Pool {

        private final Map<Integer, Deque<Tensor>> free = new HashMap<>();

        Tensor take(Signal signal) {
            Deque<Tensor> same = free.get(Tensor.sizeOf(signal.shape()));
            return same == null || same.isEmpty() ? backend.tensor(signal.shape()) : same.pop().reshape(signal.shape());
        }

        void giveBack(Tensor tensor) {
            free.computeIfAbsent(tensor.size(), size -> new ArrayDeque<>()).push(tensor);
        }
    }
}

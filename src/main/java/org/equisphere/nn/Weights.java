package org.equisphere.nn;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Tensor;

/**
 * The numbers of a {@link Network} on one backend: learned parameters and kept statistics, flat, with a view under each name.
 */
public final class Weights {

    private final Network network;
    private final Backend backend;
    private final Tensor learned;
    private final Tensor statistics;
    private final Map<String, Tensor> views = new HashMap<>();

    /** Weights of zeros. */
    Weights(Network network, Backend backend) {
        this(network, backend, backend.tensor(network.parameterCount()), backend.tensor(network.statisticCount()));
    }

    private Weights(Network network, Backend backend, Tensor learned, Tensor statistics) {
        this.network = network;
        this.backend = backend;
        this.learned = learned;
        this.statistics = statistics;
        addViews(network.parameters(), learned);
        addViews(network.statistics(), statistics);
    }

    private void addViews(List<Parameter> parameters, Tensor flat) {
        for (Parameter p : parameters) {
            views.put(p.name(), flat.slice(p.offset(), p.shape()));
        }
    }

    /** The same numbers on another backend, {@linkplain Backend#shared shared}. */
    Weights on(Backend other) {
        return new Weights(network, other, other.shared(learned), other.shared(statistics));
    }

    /** The network these belong to. */
    public Network network() {
        return network;
    }

    /** Where they live. */
    public Backend backend() {
        return backend;
    }

    /** All learned parameters, in the order of {@link Network#parameters}. */
    public Tensor learned() {
        return learned;
    }

    /** All kept statistics, in the order of {@link Network#statistics}. */
    public Tensor statistics() {
        return statistics;
    }

    /**
     * The tensor of one name: a view.
     *
     * @throws IllegalArgumentException when the network has no such parameter or statistic
     */
    public Tensor get(String name) {
        Tensor view = views.get(name);
        if (view == null) {
            throw new IllegalArgumentException("the network has no parameter \"" + name + "\"");
        }
        return view;
    }

    /**
     * Draws all parameters anew and resets the statistics. Every parameter has a random stream of its own, split off the seed's in the order
     * of declaration.
     */
    public void initialise(long seed) {
        float[] values = new float[Math.max(learned.size(), statistics.size())];
        fill(network.parameters(), values, seed);
        learned.set(values, 0, learned.size());
        fill(network.statistics(), values, seed);
        statistics.set(values, 0, statistics.size());
    }

    private static void fill(List<Parameter> parameters, float[] values, long seed) {
        SplittableRandom root = new SplittableRandom(seed);
        for (Parameter p : parameters) {
            p.initial().fill(values, p.offset(), p.size(), root.split());
        }
    }
}

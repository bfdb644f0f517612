package org.equisphere.nn;

import java.util.ArrayList;
import java.util.List;

/** Fully connected networks: hidden layers with ReLU, then a dense layer to the embedding. Images are flattened. */
public final class Mlp {

    private Mlp() {
    }

    /**
     * Describes one.
     *
     * @param inputShape of one example, any rank
     * @param hidden     the widths of the hidden layers; may be empty
     * @param outputs    the embedding's dimension
     */
    public static Network of(int[] inputShape, int[] hidden, int outputs) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < hidden.length; i++) {
            layers.add(new Dense("hidden." + i, hidden[i], true));
        }
        layers.add(new Dense("fc", outputs, false));
        return new Network(inputShape, layers);
    }
}

package org.equisphere.model;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.equisphere.data.Normalization;
import org.equisphere.nn.Architecture;
import org.equisphere.nn.Dense;
import org.equisphere.nn.Network;

/**
 * Everything a model file holds.
 *
 * @param architecture  the network's family and sizes
 * @param inputShape    one example: {height, width, channels} or {features}
 * @param dimension     of the embedding
 * @param labelNames    one a label, in label order
 * @param normalization what is done to an input first
 * @param readout       how outputs become scores
 * @param learned       the network's learned parameters, flat; kept, not copied: not to be modified
 * @param statistics    the network's kept statistics, flat; kept, not copied: not to be modified
 * @param provenance    where the model comes from: seed, settings, data, library version; no dates, so that equal runs give equal files; and its
 *                      {@link #TEMPERATURE}
 */
public record ModelContents(Architecture architecture, int[] inputShape, int dimension, List<String> labelNames,
                            Normalization normalization, Readout readout, float[] learned, float[] statistics,
                            Map<String, String> provenance) {

    /**
     * Provenance: what scores are divided by before the softmax that makes probabilities of them, above 0; left out, 0.07
     * for cosines and 1 otherwise.
     */
    public static final String TEMPERATURE = "confidence_temperature";

    private static final String RESIZE = "image_resize";

    /** Far above any image or vector that is classified whole: a prediction takes memory in proportion. */
    private static final int MOST_INPUT_VALUES = 1 << 25;

    /** Checks that the parts fit together. */
    public ModelContents {
        if (labelNames.isEmpty()) {
            throw new IllegalArgumentException("a classifier needs at least one label");
        }
        if (inputShape.length != 1 && inputShape.length != 3) {
            throw new IllegalArgumentException("input shape is " + Arrays.toString(inputShape)
                    + ", expected {height, width, channels} or {features}");
        }
        labelNames = List.copyOf(labelNames);
        inputShape = inputShape.clone();
        provenance = java.util.Collections.unmodifiableMap(new TreeMap<>(provenance));
        long values = 1;
        for (int extent : inputShape) {
            values = extent < 1 || values > MOST_INPUT_VALUES ? Long.MAX_VALUE : values * extent;
        }
        if (values > MOST_INPUT_VALUES) {
            throw new IllegalArgumentException("input shape is " + Arrays.toString(inputShape) + ", expected extents above 0 and at most "
                    + MOST_INPUT_VALUES + " values");
        }
        int channels = inputShape[inputShape.length - 1];
        if (!normalization.isIdentity() && normalization.channels() != channels) {
            throw new IllegalArgumentException(normalization.channels() + " normalised channels, expected " + channels);
        }
        if (readout instanceof Readout.Nearest nearest) {
            if (nearest.prototypes().dimension() != dimension) {
                throw new IllegalArgumentException("prototypes of dimension " + nearest.prototypes().dimension() + ", expected " + dimension);
            }
            if (nearest.prototypeOfLabel().length != labelNames.size()) {
                throw new IllegalArgumentException(nearest.prototypeOfLabel().length + " labels assigned, expected " + labelNames.size());
            }
        }
        temperature(provenance, readout);
        String resize = provenance.getOrDefault(RESIZE, "0");
        int side = resize.matches("\\d{1,4}") ? Integer.parseInt(resize) : -1;
        if (side != 0 && (inputShape.length != 3 || side < Math.max(inputShape[0], inputShape[1]))) {
            throw new IllegalArgumentException(RESIZE + " is \"" + resize + "\", expected a side that covers the input, up to 9999 pixels");
        }
        Network network = network(architecture, inputShape, dimension, readout, labelNames.size());
        if (learned.length != network.parameterCount() || statistics.length != network.statisticCount()) {
            throw new IllegalArgumentException(learned.length + " parameters and " + statistics.length + " statistics, expected "
                    + network.parameterCount() + " and " + network.statisticCount() + " for " + architecture);
        }
    }

    /** A copy. */
    @Override
    public int[] inputShape() {
        return inputShape.clone();
    }

    /** What scores are divided by before the softmax that makes probabilities of them, above 0. */
    public double temperature() {
        return temperature(provenance, readout);
    }

    private static double temperature(Map<String, String> provenance, Readout readout) {
        // 0.07 is that of tempered softmax training (Shen et al. 2023)
        String text = provenance.getOrDefault(TEMPERATURE, readout instanceof Readout.Nearest n && n.normalized() ? "0.07" : "1");
        try {
            double temperature = Double.parseDouble(text);
            if (temperature > 0 && temperature < Double.POSITIVE_INFINITY) {
                return temperature;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new IllegalArgumentException(TEMPERATURE + " is \"" + text + "\", expected a number above 0");
    }

    /** The same with another temperature, above 0. */
    public ModelContents withTemperature(double temperature) {
        return with(TEMPERATURE, String.valueOf(temperature));
    }

    /** What the shorter side of an image is scaled to before the network's input is cut out of its middle; 0 where that is as large as can be. */
    public int resize() {
        return Integer.parseInt(provenance.getOrDefault(RESIZE, "0"));
    }

    /** The same with another {@link #resize}: at least as large as both sides of the input, or 0. */
    public ModelContents withResize(int side) {
        return with(RESIZE, String.valueOf(side));
    }

    private ModelContents with(String entry, String value) {
        Map<String, String> changed = new TreeMap<>(provenance);
        changed.put(entry, value);
        return new ModelContents(architecture, inputShape, dimension, labelNames, normalization, readout, learned, statistics, changed);
    }

    /** The network these weights belong to. */
    public Network network() {
        return network(architecture, inputShape, dimension, readout, labelNames.size());
    }

    /** The network of a classifier that is made of these: the embedding, with a layer of logits behind it for a softmax readout. */
    public static Network network(Architecture architecture, int[] inputShape, int dimension, Readout readout, int classes) {
        Network embedding = architecture.build(inputShape, dimension);
        return readout instanceof Readout.Softmax ? embedding.append(new Dense("classifier", classes, false)) : embedding;
    }
}

package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.equisphere.data.NpyFile;
import org.equisphere.data.RgbImage;
import org.equisphere.data.reader.ImageDecoder;
import org.equisphere.model.Classifier;
import org.equisphere.model.Prediction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Predicts labels for images or feature vectors. */
@Command(name = "predict", mixinStandardHelpOptions = true, description = "Predict labels for an image or for the rows of a matrix.",
        footer = {"", "Examples:", "  equisphere predict --model runs/c100/model.eqs --input cat.png --top 3",
            "  equisphere predict --model runs/mine/model.eqs --input features.npy"})
final class PredictCommand implements Callable<Integer> {

    @Mixin
    private OutputOptions output;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model.")
    private Path model;

    @Option(names = "--input", required = true, paramLabel = "FILE",
            description = "An image (.png, .jpg), or .npy: [n, features], or [n, height, width, channels] with values in 0..1.")
    private Path input;

    @Option(names = "--top", defaultValue = "1", paramLabel = "K", description = "The K best labels (default ${DEFAULT-VALUE}).")
    private int top;

    @Override
    public Integer call() throws IOException {
        Classifier classifier = Classifier.load(model);
        if (top < 1 || top > classifier.labelNames().size()) {
            throw output.badUsage("--top is " + top + ", expected 1.." + classifier.labelNames().size());
        }
        float[][] examples = input.toString().toLowerCase(Locale.ROOT).endsWith(".npy") ? rows(classifier) : new float[][] {image(classifier)};
        ArrayNode predictions = output.object().putArray("predictions");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < examples.length; i++) {
            List<Prediction> best;
            try {
                best = classifier.top(examples[i], top);
            } catch (IllegalArgumentException e) {
                throw new IOException(input + ", row " + i + ": " + e.getMessage(), e);
            }
            ArrayNode list = predictions.addObject().put("index", i).putArray("top");
            lines.append(i == 0 ? "" : "\n").append(i);
            for (Prediction p : best) {
                list.addObject().put("label", p.label()).put("name", p.name()).put("score", p.score());
                lines.append(String.format(Locale.ROOT, "\t%s (%.4f)", p.name().replaceAll("\\R|\t", " "), p.score()));
            }
        }
        ObjectNode result = output.object();
        result.set("predictions", predictions);
        output.result(result, lines.toString());
        return 0;
    }

    private float[] image(Classifier classifier) throws IOException {
        RgbImage image = ImageDecoder.read(input);
        try {
            return classifier.example(image);
        } catch (IllegalArgumentException e) {
            throw new IOException(input + ": " + e.getMessage() + ": give it a .npy file", e);
        }
    }

    private float[][] rows(Classifier classifier) throws IOException {
        NpyFile npy = NpyFile.read(input);
        int[] shape = npy.shape();
        int[] expected = classifier.contents().inputShape();
        if (shape.length < 2 || !Arrays.equals(Arrays.copyOfRange(shape, 1, shape.length), expected)) {
            throw new IOException(input + ": shape " + Arrays.toString(shape) + ", expected [n] and then " + Arrays.toString(expected));
        }
        float[] all = npy.floats();
        int size = shape[0] == 0 ? 0 : all.length / shape[0];
        boolean pixels = expected.length == 3 && !classifier.contents().normalization().isIdentity();
        for (int i = 0; pixels && i < all.length; i++) {
            if (!(all[i] >= 0 && all[i] <= 1)) {
                throw new IOException(input + ", row " + i / size + ": value " + i % size + " is " + all[i]
                        + ", expected samples of 0..1: divide those of 0..255 by 255");
            }
        }
        float[][] rows = new float[shape[0]][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = Arrays.copyOfRange(all, i * size, (i + 1) * size);
        }
        return rows;
    }
}

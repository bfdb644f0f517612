package org.equisphere.interchange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.equisphere.data.ReplacedFile;
import org.equisphere.model.Classifier;
import org.equisphere.model.ModelContents;
import org.equisphere.model.Readout;
import org.equisphere.nn.InferencePass;
import org.equisphere.nn.PrototypeScores;
import org.equisphere.nn.Weights;
import org.equisphere.tensor.Tensor;

/**
 * Writes a whole classifier as an ONNX model, opset 13: normalisation of the input, network, and the readout.
 *
 * <p>Input {@code input}: [batch, channels, height, width] with values in 0..1 for images, in ONNX's and PyTorch's order of dimensions,
 * or [batch, features]; any batch. Output {@code scores} [batch, labels]: cosines to the labels' prototypes or inner products with them, or logits;
 * for a prototype classifier also {@code embedding} [batch, d], unit vectors. The label names are the metadata entry {@code labels}, one a line,
 * or with the character of {@code labels_separator} between where a name has a line break;
 * {@code confidence_temperature} is what scores are divided by before the softmax that makes probabilities of them.
 */
public final class OnnxModel {

    private OnnxModel() {
    }

    /**
     * Writes the file, whole or not at all.
     *
     * @throws UnsupportedOperationException when the network computes something that is not written to ONNX here
     */
    public static void write(Classifier classifier, Path file) throws IOException {
        ModelContents contents = classifier.contents();
        OnnxGraph graph = new OnnxGraph();
        Weights weights = contents.network().weights(graph, contents.learned(), contents.statistics());
        InferencePass pass = new InferencePass(weights, 1);
        graph.input("input", pass.input(), contents.normalization().mean(), contents.normalization().std());
        pass.forward();
        if (contents.readout() instanceof Readout.Nearest nearest) {
            Tensor targets = graph.tensor(nearest.targets(), contents.labelNames().size(), contents.dimension());
            PrototypeScores readout = new PrototypeScores(graph, targets, 1, nearest.normalized());
            graph.output("scores", readout.of(pass.output()));
            graph.output("embedding", readout.unitFeatures());
        } else {
            graph.output("scores", pass.output());
        }
        Protobuf model = new Protobuf().integer(1, 7).text(2, "equisphere").message(7, graph.toMessage(contents.architecture().toString()))
                .message(8, new Protobuf().text(1, "").integer(2, 13));
        Map<String, String> metadata = new TreeMap<>(contents.provenance());
        metadata.putAll(StateDict.labels(contents.labelNames()));
        metadata.put(ModelContents.TEMPERATURE, String.valueOf(contents.temperature()));
        metadata.forEach((key, value) -> model.message(14, new Protobuf().text(1, key).text(2, value)));
        ReplacedFile.write(file, model.toBytes());
    }
}

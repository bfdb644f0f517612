package org.equisphere.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.equisphere.interchange.OnnxModel;
import org.equisphere.interchange.StateDict;
import org.equisphere.model.Classifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a model as a file of another framework. */
@Command(name = "export", mixinStandardHelpOptions = true,
        description = "Write a model for PyTorch (.safetensors), NumPy (.npz) or ONNX Runtime (.onnx).",
        footer = {"", "Examples:", "  equisphere export --model runs/c100/model.eqs --to c100.onnx",
            "  equisphere export --model runs/c100/model.eqs --to c100.safetensors"})
final class ExportCommand implements Callable<Integer> {

    @Mixin
    private OutputOptions output;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model.")
    private Path model;

    @Option(names = "--to", required = true, paramLabel = "FILE",
            description = "FILE.onnx: the whole classifier; FILE.safetensors or FILE.npz: "
                    + "weights with PyTorch's names and layouts, and the prototypes.")
    private Path to;

    @Override
    public Integer call() throws IOException {
        if (!to.toString().matches(".*\\.(onnx|safetensors|npz)")) {
            throw output.badUsage("--to is " + to + ", expected a name that ends in .onnx, .safetensors or .npz");
        }
        output.requireTwoFiles("--model", model, "--to", to);
        Classifier classifier = Classifier.load(model);
        if (to.toString().endsWith(".onnx")) {
            OnnxModel.write(classifier, to);
        } else {
            StateDict.of(classifier.contents()).write(to);
        }
        output.result(output.object().put("out", to.toString()).put("bytes", Files.size(to)), model + " -> " + to);
        return 0;
    }
}

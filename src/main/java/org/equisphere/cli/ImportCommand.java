package org.equisphere.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.NpyFile;
import org.equisphere.interchange.PrototypeFile;
import org.equisphere.interchange.StateDict;
import org.equisphere.interchange.TensorArchive;
import org.equisphere.model.Classifier;
import org.equisphere.sphere.Prototypes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reads a file of another framework. */
@Command(name = "import", mixinStandardHelpOptions = true,
        description = "Read prototypes (.pth, .safetensors, .npz) as a .npy, or an exported .safetensors as a model again. "
                + "Weights alone: train --init.",
        footer = {"", "Examples:", "  equisphere import --from 100centers_10dim.pth --to prototypes.npy",
            "  equisphere import --from c100.safetensors --to c100.eqs"})
final class ImportCommand implements Callable<Integer> {

    @Mixin
    private OutputOptions output;

    @Option(names = "--from", required = true, paramLabel = "FILE", description = "The other framework's file. No code in it is run.")
    private Path from;

    @Option(names = "--to", required = true, paramLabel = "FILE", description = "FILE.npy for prototypes [N, D], FILE.eqs for a model.")
    private Path to;

    @Override
    public Integer call() throws IOException {
        if (to.toString().matches(".*\\.(onnx|safetensors|npz|pth?)")) {
            throw output.badUsage("--to is " + to
                    + ", a name for another framework's file, expected one that ends in .npy for prototypes, or in .eqs");
        }
        output.requireTwoFiles("--from", from, "--to", to);
        if (to.toString().endsWith(".npy")) {
            Prototypes prototypes = PrototypeFile.read(from);
            NpyFile.write(to, prototypes.toArray(), prototypes.count(), prototypes.dimension());
            output.result(output.object().put("classes", prototypes.count()).put("dim", prototypes.dimension()).put("out", to.toString()),
                    prototypes.count() + " prototypes in " + prototypes.dimension() + " dimensions -> " + to);
            return 0;
        }
        Classifier classifier;
        try {
            classifier = StateDict.classifier(TensorArchive.read(from));
        } catch (IllegalArgumentException e) {
            throw new DataFormatException(from + ": " + e.getMessage(), e);
        }
        classifier.save(to);
        output.result(output.object().put("network", classifier.contents().architecture().toString()).put("labels", classifier.labelNames().size())
                .put("out", to.toString()), classifier.contents().architecture() + ", " + classifier.labelNames().size() + " labels -> " + to);
        return 0;
    }
}

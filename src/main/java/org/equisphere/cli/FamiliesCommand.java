package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.equisphere.data.Labels;
import org.equisphere.model.Classifier;
import org.equisphere.report.FamilyCoherence;
import org.equisphere.report.Judgement;
import org.equisphere.sphere.Prototypes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tests whether an assignment found the families of its labels. */
@Command(name = "families", mixinStandardHelpOptions = true,
        description = "Test whether labels of one superclass stand at nearer prototypes than chance would have it (a permutation test).",
        footer = {"", "Example:", "  equisphere families --model runs/c100/model.eqs --data cifar100:cifar.tar.gz"})
final class FamiliesCommand implements Callable<Integer> {

    @Mixin
    private OutputOptions output;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model.")
    private Path model;

    @Option(names = "--data", required = true, paramLabel = "SOURCE", description = "Where the superclasses stand: cifar100:PATH or synthetic.")
    private String data;

    @Option(names = "--permutations", defaultValue = "10000", paramLabel = "P",
            description = "Random assignments to compare with (default ${DEFAULT-VALUE}).")
    private int permutations;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "S", description = "What chance comes from (default ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public Integer call() throws IOException {
        if (permutations < 1) {
            throw output.badUsage("--permutations is " + permutations + ", expected at least 1");
        }
        Classifier classifier = Classifier.load(model);
        Prototypes targets = Judgement.targets(classifier)
                .orElseThrow(() -> new IOException(model + " is a plain softmax classifier: it has no prototypes"));
        Labels labels = TrainCommand.source(output, data).open().test().labels();
        EvaluateCommand.warnOfOtherNames(output, model, classifier.labelNames(), data, labels.names());
        FamilyCoherence found;
        try {
            found = FamilyCoherence.of(targets, labels, permutations, seed);
        } catch (IllegalArgumentException e) {
            throw new IOException(model + ", " + data + ": " + e.getMessage(), e);
        }
        ObjectNode result = output.object();
        result.put("siblings", found.siblings()).put("mean_cosine", found.meanCosine()).put("chance_cosine", found.chanceCosine())
                .put("chance_deviation", found.deviation()).put("p_value", found.pValue()).put("nearest_is_sibling", found.nearest());
        output.result(result, String.format(Locale.ROOT,
                "%d pairs of siblings: mean cosine %.4f, by chance %.4f +- %.4f, p = %.4g (%d permutations)%n"
                        + "%.1f %% of labels have a sibling at the nearest prototype",
                found.siblings(), found.meanCosine(), found.chanceCosine(), found.deviation(), found.pValue(), permutations, 100 * found.nearest()));
        return 0;
    }
}

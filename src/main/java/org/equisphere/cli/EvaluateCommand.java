package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.equisphere.data.Dataset;
import org.equisphere.model.Classifier;
import org.equisphere.report.Judgement;
import org.equisphere.train.Evaluation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Judges a saved model by labelled examples. */
@Command(name = "evaluate", mixinStandardHelpOptions = true, description = "Judge a saved model by the test examples of a data set.",
        footer = {"", "Example:", "  equisphere evaluate --model runs/c100/model.eqs --data cifar100:cifar.tar.gz"})
final class EvaluateCommand implements Callable<Integer> {

    @Mixin
    private OutputOptions output;

    @Mixin
    private BackendOptions backends;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model.")
    private Path model;

    @Option(names = "--data", required = true, paramLabel = "SOURCE", description = "As for train; its test examples are used.")
    private String data;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Classifier classifier = Classifier.load(model);
        Dataset test = TrainCommand.source(output, data).open().test();
        requireSame("input shape", Arrays.toString(classifier.contents().inputShape()), Arrays.toString(test.shape()));
        requireSame("number of classes", String.valueOf(classifier.labelNames().size()), String.valueOf(test.classes()));
        warnOfOtherNames(output, model, classifier.labelNames(), data, test.labelNames());
        backends.use(output, backend -> tell(classifier, Judgement.of(classifier, backend, test)));
        return 0;
    }

    /** Labels are compared by their numbers; where those stand for other names, the figures mean nothing. */
    static void warnOfOtherNames(OutputOptions output, Path model, List<String> ofModel, String data, List<String> ofData) {
        for (int label = 0; label < Math.min(ofModel.size(), ofData.size()); label++) {
            if (!ofModel.get(label).equals(ofData.get(label))) {
                output.line("warning: label " + label + " is \"" + ofModel.get(label) + "\" in " + model
                        + " and \"" + ofData.get(label) + "\" in " + data + ": are these the classes it was trained on?");
                return;
            }
        }
    }

    private void requireSame(String what, String ofModel, String ofData) throws IOException {
        if (!ofModel.equals(ofData)) {
            throw new IOException(model + " has " + what + " " + ofModel + ", " + data + " has " + ofData);
        }
    }

    private void tell(Classifier classifier, Judgement judgement) {
        Evaluation evaluation = judgement.evaluation();
        ObjectNode result = output.object();
        result.put("examples", evaluation.examples()).put("top1", evaluation.top1()).put("top5", evaluation.top5()).put("ece", evaluation.ece())
                .put("temperature", classifier.contents().temperature());
        Judgements.tell(result, judgement);
        ArrayNode perClass = result.putArray("per_class");
        for (int label = 0; label < evaluation.perClass().length; label++) {
            perClass.addObject().put("label", label).put("name", classifier.labelNames().get(label)).put("top1", evaluation.perClass()[label]);
        }
        output.result(result, String.format(Locale.ROOT, "%d examples: top-1 %.2f %%, top-5 %.2f %%, expected calibration error %.4f%s",
                evaluation.examples(), 100 * evaluation.top1(), 100 * evaluation.top5(), evaluation.ece(), Judgements.shotsInWords(judgement)));
    }
}

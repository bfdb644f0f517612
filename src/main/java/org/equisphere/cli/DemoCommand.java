package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.equisphere.data.reader.DataSource;
import org.equisphere.data.Dataset;
import org.equisphere.data.Splits;
import org.equisphere.model.Classifier;
import org.equisphere.model.Prediction;
import org.equisphere.report.Judgement;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.HeadSettings.HeadKind;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The whole path on built-in data: dynamic beside static assignment, the model saved, loaded and used. */
@Command(name = "demo", mixinStandardHelpOptions = true,
        description = "Train on the built-in images, dynamic beside static assignment; save, load and use the model.",
        footer = {"", "Example:", "  equisphere demo --out runs/demo"})
final class DemoCommand implements Callable<Integer> {

    private static final String DATA = "synthetic";
    private static final int SHOWN = 5;

    @Mixin
    private OutputOptions output;

    @Mixin
    private BackendOptions backends;

    @Option(names = "--out", defaultValue = "runs/demo", paramLabel = "DIR",
            description = "Where the models and plots go (default ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--dim", defaultValue = "10", paramLabel = "D",
            description = "Dimension of the sphere for the 100 classes (default ${DEFAULT-VALUE}).")
    private int dimension;

    @Option(names = "--epochs", defaultValue = "12", paramLabel = "E", description = "Epochs of each of the two runs (default ${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "S", description = "What chance comes from (default ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public Integer call() throws IOException, InterruptedException {
        settings(HeadKind.STATIC);
        requireNothingOfOthers();
        Files.createDirectories(out);
        Splits splits = DataSource.parse(DATA).open();
        backends.use(output, backend -> show(splits, backend));
        return 0;
    }

    /** What an earlier demo wrote is replaced, and nothing else. */
    private void requireNothingOfOthers() throws IOException {
        if (Files.exists(out.resolve("checkpoint.bin"))) {
            throw new IOException(out + " holds a run of train: choose another folder");
        }
        Path model = out.resolve("model.eqs");
        boolean earlier = Files.exists(model) && DATA.equals(Classifier.load(model).provenance().get("data"));
        for (String name : List.of("model.eqs", "curves.png", "sphere.png")) {
            if (!earlier && Files.exists(out.resolve(name))) {
                throw new IOException(out.resolve(name) + " is there already, and the demo would replace it: choose another folder");
            }
        }
    }

    private void show(Splits splits, Backend backend) throws IOException, InterruptedException {
        TrainedNetwork still = train(backend, splits, HeadKind.STATIC);
        TrainedNetwork dynamic = train(backend, splits, HeadKind.DYNAMIC);
        Path file = out.resolve("model.eqs");
        Classifier made = dynamic.classifier(DATA);
        made.save(file);
        Judgement judgement = Judgement.of(made, Backends.open(backend.name(), backend.threads()), splits.test());
        Pictures.draw(output, "the plots", () -> RunPlots.write(out, dynamic, made, judgement.sample().means()));
        int right = predictSome(Classifier.load(file), splits.test());
        ObjectNode result = output.object();
        result.put("static_top1", still.evaluation().top1()).put("dynamic_top1", dynamic.evaluation().top1()).put("model", file.toString())
                .put("predicted", SHOWN).put("right", right);
        output.result(result, String.format(Locale.ROOT,
                "%n%d classes on a sphere in %d dimensions, %d epochs:%n  static assignment   top-1 %.2f %%%n"
                        + "  dynamic assignment  top-1 %.2f %%%n  model and plots in %s", splits.train().classes(), dimension, epochs,
                100 * still.evaluation().top1(), 100 * dynamic.evaluation().top1(), out));
    }

    private TrainedNetwork train(Backend backend, Splits splits, HeadKind head) throws IOException, InterruptedException {
        return new Trainer(settings(head), backend).listener(new Progress(output.writer(), output.onTerminal())).fit(splits);
    }

    private TrainingSettings settings(HeadKind head) {
        try {
            return TrainingSettings.builder().network("resnet8").dimension(dimension).head(head).epochs(epochs).seed(seed).build();
        } catch (IllegalArgumentException e) {
            throw output.badUsage(e.getMessage());
        }
    }

    /** Predicts a few test examples with the loaded model; returns how many are right. */
    private int predictSome(Classifier loaded, Dataset test) {
        int right = 0;
        float[] example = new float[test.length()];
        output.line("the saved model, loaded again, says:");
        for (int k = 0; k < SHOWN; k++) {
            int i = (k * (test.size() / SHOWN + 7)) % test.size();
            test.example(i, example, 0);
            Prediction p = loaded.predict(example);
            right += p.label() == test.label(i) ? 1 : 0;
            output.line(String.format(Locale.ROOT, "  test image %d is %s: %s, cosine %.3f",
                    i, test.labelNames().get(test.label(i)), p.name(), p.score()));
        }
        return right;
    }
}

package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.equisphere.data.Augmentation;
import org.equisphere.data.DataSource;
import org.equisphere.data.Splits;
import org.equisphere.model.Classifier;
import org.equisphere.tensor.Backend;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.RunFolder;
import org.equisphere.train.RunLog;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingSettings;
import org.equisphere.train.TrainingSettings.HeadKind;
import org.equisphere.train.TrainingSettings.LossKind;
import org.equisphere.train.TrainingSettings.OptimizerKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a classifier and saves it. */
@Command(name = "train", mixinStandardHelpOptions = true, sortOptions = false, description = "Train a classifier and save it with its log and plots.",
        footer = {"", "Examples:",
            "  equisphere train --data cifar100:cifar-100-binary.tar.gz --network resnet20 --dim 10 --epochs 30 --out runs/c100",
            "  equisphere train --data npy:features.npy,labels.npy --network mlp:256 --dim 32 --epochs 20 --out runs/mine",
            "  equisphere train --resume runs/c100 --data cifar100:cifar-100-binary.tar.gz --network resnet20 --dim 10 --epochs 30"})
final class TrainCommand implements Callable<Integer> {

    @Mixin
    private OutputOptions output;

    @Mixin
    private BackendOptions backends;

    @Option(names = "--data", required = true, paramLabel = "SOURCE",
            description = "cifar100:PATH, cifar10:PATH, idx:DIR, npy:X.npy,Y.npy or synthetic[:SEED].")
    private String data;

    @Option(names = "--network", completionCandidates = KnownNetworks.class, defaultValue = "resnet20", paramLabel = "NET", description = "resnet8, resnet20, resnet32, resnet20x2, mlp:512,256 (default ${DEFAULT-VALUE}).")
    private String network;

    @Option(names = "--dim", defaultValue = "64", paramLabel = "D", description = "Dimension of the sphere the prototypes stand on (default ${DEFAULT-VALUE}).")
    private int dimension;

    @Option(names = "--head", defaultValue = "dynamic", description = "dynamic, static or softmax (default ${DEFAULT-VALUE}).")
    private HeadKind head;

    @Option(names = "--loss", defaultValue = "cosine",
            description = "cosine (squared, the published loss) or tempered (softmax over the cosines to all prototypes); default ${DEFAULT-VALUE}.")
    private LossKind loss;

    @Option(names = "--temperature", defaultValue = "0.07", paramLabel = "T", description = "Of the tempered loss (default ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(names = "--epochs", defaultValue = "30", paramLabel = "E", description = "Epochs (default ${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--batch", defaultValue = "128", paramLabel = "B", description = "Examples of a batch (default ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--lr", defaultValue = "0.003", paramLabel = "L", description = "Peak learning rate (default ${DEFAULT-VALUE}).")
    private double rate;

    @Option(names = "--schedule", defaultValue = "onecycle", paramLabel = "TEXT",
            description = "constant, cosine, onecycle, steps:100,200[:FACTOR], warmup:5+cosine (default ${DEFAULT-VALUE}).")
    private String schedule;

    @Option(names = "--optimizer", defaultValue = "adamw", description = "adamw or sgd (default ${DEFAULT-VALUE}).")
    private OptimizerKind optimizer;

    @Option(names = "--momentum", defaultValue = "0.9", description = "Momentum of gradient descent (default ${DEFAULT-VALUE}).")
    private double momentum;

    @Option(names = "--nesterov", description = "Look ahead in gradient descent.")
    private boolean nesterov;

    @Option(names = "--weight-decay", defaultValue = "0.01", description = "Weight decay on all parameters (default ${DEFAULT-VALUE}).")
    private double weightDecay;

    @Option(names = "--assignment-period", defaultValue = "1", paramLabel = "E", description = "Epochs from one assignment to the next (default ${DEFAULT-VALUE}).")
    private int assignmentPeriod;

    @Option(names = "--no-augmentation", description = "Leave training images as they are: no crop, no flip.")
    private boolean plain;

    @Option(names = "--no-flip", description = "Crop training images but do not mirror them, as for digits.")
    private boolean noFlip;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "S", description = "What chance comes from (default ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin
    private StartOptions start;

    @Option(names = "--out", paramLabel = "RUNDIR", description = "A new folder for model, log, checkpoint and plots.")
    private Path out;

    @Option(names = "--resume", paramLabel = "RUNDIR", description = "Go on with an interrupted run, with the same settings.")
    private Path resume;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if ((out == null) == (resume == null)) {
            throw output.badUsage("exactly one of --out and --resume is needed");
        }
        TrainingSettings settings = settings();
        DataSource source = source(output, data);
        try (RunFolder folder = resume == null ? RunFolder.begin(out) : RunFolder.resume(resume)) {
            Splits splits = source.open();
            try (Backend backend = backends.open(output); RunLog log = new RunLog(folder.path(), resume != null)) {
                Trainer trainer = new Trainer(settings, backend).listener(log).listener(new Progress(output.writer(), output.onTerminal()))
                        .checkpointTo(folder.checkpoint());
                if (resume != null) {
                    trainer.resumeFrom(folder.checkpoint());
                }
                Thread farewell = new Thread(() -> sayHowToResume(folder));
                Runtime.getRuntime().addShutdownHook(farewell);
                TrainedNetwork trained;
                try (Closeable scalars = start.apply(trainer, folder.path())) {
                    trained = trainer.fit(splits);
                }
                Runtime.getRuntime().removeShutdownHook(farewell);
                Classifier classifier = Models.classifier(trained, data);
                classifier.save(folder.model());
                RunPlots.write(folder.path(), trained, classifier, splits.test());
                tell(folder, trained);
            }
        }
        return 0;
    }

    /** Ctrl-C ends the process between two writes: the last epoch's checkpoint is whole. */
    private void sayHowToResume(RunFolder folder) {
        if (Files.exists(folder.checkpoint())) {
            output.line("\nstopped; go on with the same options and --resume " + folder.path() + " in place of --out");
        }
    }

    static DataSource source(OutputOptions output, String spec) {
        try {
            return DataSource.parse(spec);
        } catch (IllegalArgumentException e) {
            throw output.badUsage("--data: " + e.getMessage());
        }
    }

    private TrainingSettings settings() {
        KnownNetworks.parse(output, network);
        try {
            return TrainingSettings.builder().network(network).dimension(dimension).head(head).loss(loss).temperature(temperature).epochs(epochs).batch(batch).learningRate(rate, schedule)
                    .optimizer(optimizer).momentum(momentum).nesterov(nesterov).weightDecay(weightDecay).assignmentPeriod(assignmentPeriod)
                    .augmentation(plain ? Augmentation.none() : new Augmentation(4, !noFlip)).seed(seed).build();
        } catch (IllegalArgumentException e) {
            throw output.badUsage(e.getMessage());
        }
    }

    private void tell(RunFolder folder, TrainedNetwork trained) {
        ObjectNode result = output.object();
        double speed = trained.history().stream().mapToDouble(EpochSummary::examplesPerSecond).average().orElse(Double.NaN);
        result.put("top1", trained.evaluation().top1()).put("top5", trained.evaluation().top5()).put("ece", trained.evaluation().ece())
                .put("images_per_s", speed).put("model", folder.model().toString());
        ArrayNode list = result.putArray("epochs");
        for (EpochSummary e : trained.history()) {
            list.addObject().put("epoch", e.epoch()).put("loss", e.loss()).put("top1", e.top1()).put("top5", e.top5()).put("labels_moved", e.labelsMoved())
                    .put("images_per_s", e.examplesPerSecond());
        }
        output.result(result, String.format(Locale.ROOT, "top-1 %.2f %%, top-5 %.2f %%, %.0f images/s -> %s", 100 * trained.evaluation().top1(),
                100 * trained.evaluation().top5(), speed, folder.model()));
    }
}

package org.equisphere.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.equisphere.data.reader.DataSource;
import org.equisphere.data.Splits;
import org.equisphere.model.Classifier;
import org.equisphere.report.Judgement;
import org.equisphere.report.RunReport;
import org.equisphere.report.TemperatureScaling;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.EpochSummary;
import org.equisphere.train.RunDescription;
import org.equisphere.train.RunLog;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingListener;
import org.equisphere.train.TrainingSettings;
import org.equisphere.train.TrainingSettings.Selection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a classifier and saves it. */
@Command(name = "train", mixinStandardHelpOptions = true, sortOptions = false, description = "Train a classifier and save it with its log and plots.",
        footer = {"", "Examples:",
            "  equisphere train --data cifar100:cifar.tar.gz --network resnet20 --dim 10 \\",
            "      --epochs 30 --out runs/c100",
            "  equisphere train --data cifar100:cifar.tar.gz --network resnet20 --dim 10 \\",
            "      --epochs 30 --resume runs/c100",
            "  equisphere train --data npy:features.npy,labels.npy --network mlp:256 \\",
            "      --dim 32 --epochs 20 --out runs/mine",
            "  equisphere train --data cifar100:cifar.tar.gz --recipe cifar100lt-paper \\",
            "      --imbalance exp:0.02 --out runs/lt",
            "  equisphere train --data cifar100:cifar.tar.gz --prototypes separation \\",
            "      --loss tempered --assignment quadratic --holdout 0.1 --out runs/q",
            "  equisphere train --recipe cifar100-paper --print"})
final class TrainCommand implements Callable<Integer> {

    private static final int LONGEST_STEP_SECONDS = 60;

    @Mixin
    private OutputOptions output;

    @Mixin
    private BackendOptions backends;

    @Option(names = "--data", paramLabel = "SOURCE",
            description = "cifar100:PATH, cifar10:PATH, idx:DIR, npy:X.npy,Y.npy[,XTEST.npy,YTEST.npy], "
                    + "svhn:DIR, svhn-extra:DIR, stl10:DIR, folder:DIR[@CROP[/RESIZE]], "
                    + "tiny-imagenet:DIR, imagelist:TRAIN.txt[,TEST.txt]@ROOT[@CROP[/RESIZE]] or synthetic[:SEED[,TRAIN_PER_CLASS,TEST_PER_CLASS]].")
    private String data;

    @Mixin
    private TrainingOptions training;

    @Option(names = "--calibrate",
            description = "Fit the temperature of the model's probabilities to the examples that --holdout keeps from training.")
    private boolean calibrate;

    @Option(names = "--print", description = "Show all settings and stop.")
    private boolean print;

    @Option(names = "--checkpoint-steps", defaultValue = "0", paramLabel = "N",
            description = "Save a checkpoint after every N steps, too, not after epochs alone (default ${DEFAULT-VALUE}: epochs alone).")
    private int checkpointSteps;

    @Mixin
    private StartOptions start;

    @Option(names = "--out", paramLabel = "RUNDIR", description = "A new folder for model, log, checkpoint, report and plots.")
    private Path out;

    @Option(names = "--resume", paramLabel = "RUNDIR", description = "Go on with an interrupted run, with the same settings.")
    private Path resume;

    @Override
    public Integer call() throws IOException, InterruptedException {
        TrainingSettings settings = settings();
        if (print) {
            show(settings);
            return 0;
        }
        if (data == null) {
            throw output.badUsage("--data is needed");
        }
        if ((out == null) == (resume == null)) {
            throw output.badUsage("exactly one of --out and --resume is needed");
        }
        if (calibrate && settings.holdout() == 0) {
            throw output.badUsage("--calibrate needs examples that are held out: add --holdout 0.1");
        }
        if (checkpointSteps < 0) {
            throw output.badUsage("--checkpoint-steps is " + checkpointSteps + ", expected 0 or more");
        }
        DataSource source = source(output, data);
        Optional<Prototypes> prototypes = training.prototypes();
        try (RunFolder folder = resume == null ? RunFolder.begin(out) : RunFolder.resume(resume)) {
            Splits splits = source.open();
            Optional<String> ofImages = training.ofImages().filter(option -> splits.train().shape().length != 3);
            if (ofImages.isPresent()) {
                throw new IOException(ofImages.get() + " changes images, but " + data + " holds vectors");
            }
            backends.use(output, backend -> train(settings, prototypes, splits, source.resize(), folder, backend));
        }
        return 0;
    }

    private void train(TrainingSettings settings, Optional<Prototypes> prototypes, Splits splits, int resize, RunFolder folder, Backend backend)
            throws IOException, InterruptedException {
        boolean goesOn = resume != null || Files.exists(folder.checkpoint());
        try (RunLog log = new RunLog(folder.path(), goesOn)) {
            Trainer trainer = new Trainer(settings, backend).listener(log).listener(new Progress(output.writer(), output.onTerminal()))
                    .checkpointTo(folder.checkpoint()).checkpointEvery(checkpointSteps);
            prototypes.ifPresent(trainer::prototypes);
            if (goesOn) {
                trainer.resumeFrom(folder.checkpoint());
            }
            TrainedNetwork trained;
            try (Closeable scalars = start.apply(trainer, folder.path())) {
                trained = fit(trainer, splits, folder);
            }
            Classifier made = resize == 0 ? trained.classifier(data) : trained.classifier(data).withResize(resize);
            made.save(folder.model()); // and stays where its temperature cannot be fitted
            Classifier classifier = calibrate
                    ? TemperatureScaling.fitted(made, Backends.open(backend.name(), backend.threads()), settings.split(splits).test()) : made;
            if (calibrate) {
                classifier.save(folder.model());
            }
            Judgement judgement = Judgement.of(classifier, Backends.open(backend.name(), backend.threads()), splits.test());
            Pictures.draw(output, "the plots", () -> RunPlots.write(folder.path(), trained, classifier, judgement.sample().means()));
            RunReport.write(folder.path().resolve("report.html"), data, trained, judgement, splits.test());
            tell(folder, trained, judgement);
        }
    }

    /**
     * Trains. On Ctrl-C, or when it is asked to end, the process waits for the step under way and its checkpoint; before the first step there is
     * nothing to wait for, though spreading the prototypes of many labels takes minutes.
     */
    private TrainedNetwork fit(Trainer trainer, Splits splits, RunFolder folder) throws IOException, InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        AtomicBoolean begun = new AtomicBoolean();
        trainer.listener(new TrainingListener() {
            @Override
            public void started(RunDescription run) {
                begun.set(true);
            }
        });
        Thread farewell = new Thread(() -> {
            trainer.stop();
            try {
                if (begun.get() && !ended.await(LONGEST_STEP_SECONDS, TimeUnit.SECONDS)) {
                    output.line("\nthe step under way takes long; its checkpoint was not waited for");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            sayHowToResume(folder);
        });
        Runtime.getRuntime().addShutdownHook(farewell);
        try {
            return trainer.fit(splits);
        } finally {
            ended.countDown();
            try {
                Runtime.getRuntime().removeShutdownHook(farewell);
            } catch (IllegalStateException e) {
                // the process ends: the farewell is being said
            }
        }
    }

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

    /** As the options say. */
    TrainingSettings settings() {
        training.network().ifPresent(network -> KnownNetworks.parse(output, network));
        try {
            return training.settings();
        } catch (IllegalArgumentException e) {
            throw output.badUsage(e.getMessage());
        }
    }

    private void show(TrainingSettings settings) {
        ObjectNode result = output.object();
        settings.toMap().forEach(result::put);
        String lines = settings.toMap().entrySet().stream().map(e -> String.format(Locale.ROOT, "%-14s %s", e.getKey(), e.getValue()))
                .collect(Collectors.joining("\n"));
        String deviation = training.recipe().map(Recipe::deviation).orElse("");
        if (!deviation.isEmpty()) {
            result.put("deviation", deviation);
            lines += "\nnot as published: " + deviation;
        }
        output.result(result, lines);
    }

    private void tell(RunFolder folder, TrainedNetwork trained, Judgement judgement) {
        ObjectNode result = output.object();
        double speed = trained.history().stream().mapToDouble(EpochSummary::examplesPerSecond).average().orElse(Double.NaN);
        double seconds = trained.history().stream().mapToDouble(EpochSummary::seconds).sum();
        result.put("top1", trained.evaluation().top1()).put("top5", trained.evaluation().top5()).put("ece", judgement.evaluation().ece());
        Selection selection = trained.settings().selection();
        result.put("epoch", trained.epoch()).put("selection", selection.name().toLowerCase(Locale.ROOT));
        if (selection == Selection.HELD_OUT) {
            result.put("heldout_top1", trained.history().get(trained.epoch() - 1).top1());
        }
        Judgements.tell(result, judgement);
        double assigning = trained.history().stream().mapToDouble(EpochSummary::assignmentSeconds).sum();
        result.put("images_per_s", speed).put("seconds", seconds).put("assignment_seconds", assigning).put("model", folder.model().toString());
        ArrayNode list = result.putArray("epochs");
        for (EpochSummary e : trained.history()) {
            list.addObject().put("epoch", e.epoch()).put("loss", e.loss()).put("top1", e.top1())
                    .put("top5", e.top5()).put("labels_moved", e.labelsMoved())
                    .put("images_per_s", e.examplesPerSecond());
        }
        String chosen = switch (selection) {
            case LAST -> "";
            case HELD_OUT -> " (epoch " + trained.epoch() + ", best on held-out examples)";
            case BEST_ON_TEST -> " (epoch " + trained.epoch() + ", chosen on these same test examples: optimistic)";
        };
        output.result(result, String.format(Locale.ROOT, "top-1 %.2f %%, top-5 %.2f %%%s%s, %.0f images/s -> %s", 100 * trained.evaluation().top1(),
                100 * trained.evaluation().top5(), chosen, Judgements.shotsInWords(judgement), speed, folder.model()));
    }
}

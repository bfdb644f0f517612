package org.equisphere.cli;

import static org.equisphere.cli.HeadOptions.given;

import java.io.IOException;
import java.util.Optional;
import org.equisphere.data.Augmentation;
import org.equisphere.data.LongTail;
import org.equisphere.sphere.Prototypes;
import org.equisphere.train.TrainingSettings;
import org.equisphere.train.TrainingSettings.OptimizerKind;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How to train: a recipe, and what differs from it. An option left out takes the recipe's value, or the library's default. */
final class TrainingOptions {

    @Option(names = "--recipe", paramLabel = "RECIPE",
            description = "Begin with a recipe, ours (best, spread) or a published one; other options override it: ${COMPLETION-CANDIDATES}.")
    private Recipe recipe;

    @Mixin
    private HeadOptions head;

    @Option(names = "--network", completionCandidates = KnownNetworks.class, paramLabel = "NET",
            description = "resnet8, resnet20, resnet32x2 and the like for small images; "
                    + "resnet18, resnet50, swin-t for large; swin-micro; mlp:512,256; +norm behind normalises the embedding (default resnet20).")
    private String network;

    @Option(names = "--dim", paramLabel = "D", description = "Dimension of the sphere the prototypes stand on (default 64).")
    private Integer dimension;

    @Option(names = "--epochs", paramLabel = "E", description = "Epochs (default 30).")
    private Integer epochs;

    @Option(names = "--batch", paramLabel = "B", description = "Examples of a batch (default 128).")
    private Integer batch;

    @Option(names = "--lr", paramLabel = "L", description = "Peak learning rate (default 0.003).")
    private Double rate;

    @Option(names = "--schedule", paramLabel = "TEXT",
            description = "constant, cosine, onecycle, steps:100,200[:FACTOR], warmup:5+cosine (default onecycle).")
    private String schedule;

    @Option(names = "--optimizer", paramLabel = "OPTIMIZER", description = "adamw or sgd (default adamw).")
    private OptimizerKind optimizer;

    @Option(names = "--momentum", paramLabel = "M", description = "Momentum of gradient descent, with --optimizer sgd (default 0.9).")
    private Double momentum;

    @Option(names = "--nesterov", description = "Look ahead in gradient descent, with --optimizer sgd.")
    private boolean nesterov;

    @Option(names = "--weight-decay", paramLabel = "W", description = "Weight decay on all parameters (default 0.01).")
    private Double weightDecay;

    @Option(names = "--linear-decay-alone", description = "Spare scales, shifts and position tables the weight decay, as transformers are trained.")
    private boolean linearDecayAlone;

    @Option(names = "--no-augmentation", description = "Leave training images as they are: no crop, no flip.")
    private boolean plain;

    @Option(names = "--no-flip", description = "Crop training images but do not mirror them, as for digits.")
    private boolean noFlip;

    @Option(names = "--mixup", paramLabel = "ALPHA", description = "Blend the examples of each batch, lambda ~ Beta(ALPHA, ALPHA) (default 0: none).")
    private Double mixup;

    @Option(names = "--cutmix", paramLabel = "ALPHA", description = "Paste a box of one image into another, "
            + "Beta(ALPHA, ALPHA) of the area staying (default 0: none); with --mixup, either by chance.")
    private Double cutmix;

    @Option(names = "--resized-crop", paramLabel = "SHARE",
            description = "Enlarge a random box of at least this share of a training image, as ImageNet's recipes do with 0.08 (default 1: none).")
    private Double resizedCrop;

    @Option(names = "--trivial-augment",
            description = "Make one random change of random strength to a training image (Müller and Hutter 2021), as ImageNet's recipes do.")
    private boolean trivial;

    @Option(names = "--colour-jitter", paramLabel = "STRENGTH",
            description = "Change brightness, contrast and saturation by up to this share (default 0).")
    private Double jitter;

    @Option(names = "--erasing", paramLabel = "P", description = "Erase a random box of a training image with this probability (default 0).")
    private Double erasing;

    @Option(names = "--imbalance", paramLabel = "PROFILE:FACTOR",
            description = "Make the training set long-tailed: exp:0.01 or step:0.01; a factor of 1 leaves it balanced.")
    private String imbalance;

    @Option(names = "--holdout", paramLabel = "SHARE",
            description = "Hold out this share of every class's training examples; the best epoch on them gives the model (default 0).")
    private Double holdout;

    @Option(names = "--report-best-on-test",
            description = "Keep the epoch that is best on the test examples: optimistic, only to compare with figures published so.")
    private boolean bestOnTest;

    @Option(names = "--seed", paramLabel = "S", description = "What chance comes from (default 0).")
    private Long seed;

    /**
     * The settings.
     *
     * @throws IllegalArgumentException naming what is wrong and what was expected
     */
    TrainingSettings settings() {
        TrainingSettings defaults = TrainingSettings.builder().build();
        TrainingSettings.Builder b = recipe().map(Recipe::settings).orElseGet(defaults::toBuilder);
        TrainingSettings begun = b.build();
        head.apply(b);
        given(network, b::network);
        given(dimension, b::dimension);
        given(epochs, b::epochs);
        given(batch, b::batch);
        b.learningRate(rate == null ? begun.peakRate() : rate, schedule == null ? begun.schedule() : schedule);
        given(optimizer, b::optimizer);
        given(momentum, b::momentum);
        if (nesterov) {
            b.nesterov(true);
        }
        given(weightDecay, b::weightDecay);
        if (linearDecayAlone) {
            b.linearDecayAlone(true);
        }
        b.augmentation(augmentation(begun.augmentation()));
        given(mixup, b::mixup);
        given(cutmix, b::cutmix);
        given(imbalance, text -> b.longTail(LongTail.parse(text)));
        given(holdout, b::holdout);
        if (bestOnTest) {
            b.bestOnTest(true);
        }
        given(seed, b::seed);
        TrainingSettings settings = b.build();
        if (momentum != null && settings.optimizer() != OptimizerKind.SGD) {
            throw new IllegalArgumentException("--momentum is " + momentum + ", but belongs to gradient descent: optimizer is adamw, expected sgd");
        }
        head.requireUse(settings.head());
        return settings;
    }

    /** Where a box is enlarged, the crop out of the padded image is left out. */
    private Augmentation augmentation(Augmentation begun) {
        Augmentation changes = plain ? Augmentation.none() : begun;
        if (!plain && noFlip) {
            changes = new Augmentation(begun.pad(), false, begun.smallestCrop(), begun.trivial(), begun.jitter(), begun.erasing());
        }
        if (resizedCrop != null) {
            int pad = resizedCrop == 1 ? changes.pad() : 0;
            changes = new Augmentation(pad, changes.flip(), resizedCrop, changes.trivial(), changes.jitter(), changes.erasing());
        }
        changes = trivial ? changes.withTrivial() : changes;
        changes = jitter == null ? changes : changes.withJitter(jitter);
        return erasing == null ? changes : changes.withErasing(erasing);
    }

    /** An option that was given and changes images alone, if there is one. */
    Optional<String> ofImages() {
        return resizedCrop != null ? Optional.of("--resized-crop") : trivial ? Optional.of("--trivial-augment")
                : jitter != null ? Optional.of("--colour-jitter")
                : erasing != null ? Optional.of("--erasing") : noFlip ? Optional.of("--no-flip") : Optional.empty();
    }

    /** The recipe begun with, if one was named. */
    Optional<Recipe> recipe() {
        return Optional.ofNullable(recipe);
    }

    /** The prototypes of the file named, if one was. */
    Optional<Prototypes> prototypes() throws IOException {
        return head.file();
    }

    /** The network as it was asked for, if it was. */
    Optional<String> network() {
        return Optional.ofNullable(network);
    }
}

package org.equisphere.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.equisphere.sphere.Prototypes;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.AssignmentSettings.Similarity;
import org.equisphere.train.HeadSettings.HeadKind;
import org.equisphere.train.HeadSettings;
import org.equisphere.train.HeadSettings.LossKind;
import org.equisphere.train.PrototypeKind;
import org.equisphere.train.TrainingSettings;
import picocli.CommandLine.Option;

/** What stands at the end of the network: a short name, and what differs from its combination. */
final class HeadOptions {

    @Option(names = "--head", paramLabel = "HEAD",
            description = "A combination of the three below by its short name: ${COMPLETION-CANDIDATES} (default dynamic).")
    private HeadKind head;

    @Option(names = "--prototypes", completionCandidates = KnownPrototypes.class, converter = KnownPrototypes.class, paramLabel = "P",
            description = "uniformity, separation, etf, ebv, maxsep, means (class means), learned, "
                    + "or a FILE.npy of [labels or more, D], with a fixed assignment in the labels' order.")
    private String prototypes;

    @Option(names = "--spread", paramLabel = "N", description = "Iterations of the Gaussian potential that push class means apart "
            + "as they become prototypes (default 0: none).")
    private Integer spread;

    @Option(names = "--loss", paramLabel = "LOSS",
            description = "cosine (sum of squares, the published loss), cosine-mean, tempered (softmax over the cosines to all prototypes), "
                    + "dot-regression (long tails; wants a network with +norm) or softmax (over inner products).")
    private LossKind loss;

    @Option(names = "--temperature", paramLabel = "T", description = "What scores are divided by in the softmax losses, "
            + "with other losses in confidences alone (default 0.07, 1 for softmax, 10 for maxsep).")
    private Double temperature;

    @Option(names = "--label-smoothing", paramLabel = "S", description = "Of the softmax losses (default 0; ebv 0.1).")
    private Double smoothing;

    @Option(names = "--logit-prior", description = "Add log class frequencies to the logits of the softmax losses: balanced softmax, for long tails.")
    private boolean prior;

    @Option(names = "--assignment", paramLabel = "RULE",
            description = "fixed, linear (largest sum of cosines), rotation (the same, turning the whole prototype set) "
                    + "or quadratic (similar classes to near prototypes).")
    private Rule rule;

    @Option(names = "--assignment-period", paramLabel = "E", description = "Epochs from one assignment to the next (default 1).")
    private Integer period;

    @Option(names = "--assignment-steps", paramLabel = "K", description = "Training steps from one assignment to the next, in place of epochs.")
    private Integer steps;

    @Option(names = "--assignment-margin", paramLabel = "M", description = "Hysteresis: a label moves only for a gain above this (default 0).")
    private Double margin;

    @Option(names = "--assignment-warmup", paramLabel = "E", description = "First epochs in which no label moves (default 0).")
    private Integer warmUp;

    @Option(names = "--assignment-freeze", paramLabel = "E",
            description = "The last epoch in which labels, or class means, move; 1 assigns once, after the first (default 0: no end).")
    private Integer freeze;

    @Option(names = "--similarity", paramLabel = "SIMILARITY",
            description = "For quadratic: means, confusion (needs --holdout) or free (a short run with a learned classifier first); default means.")
    private Similarity similarity;

    @Option(names = "--free-epochs", paramLabel = "E", description = "Epochs of that short run (default 3).")
    private Integer freeEpochs;

    @Option(names = "--direction-momentum", paramLabel = "M", description = "Of the class directions' moving averages (default 0.9).")
    private Double momentum;

    /** Lets the options that were given change settings; the short name first. */
    void apply(TrainingSettings.Builder settings) {
        given(head, settings::head);
        settings.head(this::override);
    }

    private void override(HeadSettings.Builder b) {
        given(prototypes, text -> b.prototypes(KnownPrototypes.kind(text)));
        given(spread, b::spread);
        given(loss, b::loss);
        given(temperature, b::temperature);
        given(smoothing, b::smoothing);
        if (prior) {
            b.prior(true);
        }
        given(rule, b::assignment);
        given(period, b::period);
        given(steps, b::steps);
        given(margin, b::margin);
        given(warmUp, b::warmUp);
        given(freeze, b::freeze);
        given(similarity, b::similarity);
        given(freeEpochs, b::freeEpochs);
        given(momentum, b::momentum);
    }

    /**
     * Refuses an option that changes nothing beside the others.
     *
     * @param settings what all options together make
     * @throws IllegalArgumentException naming the option and what would give it a meaning
     */
    void requireUse(HeadSettings settings) {
        boolean fixed = settings.assignment().rule() == Rule.FIXED;
        boolean means = settings.prototypes() == PrototypeKind.MEANS;
        String moving = "but no label moves: assignment is fixed, expected linear, rotation or quadratic";
        refuse("--assignment-margin", margin, fixed, moving);
        refuse("--assignment-period", period, fixed && !means, moving);
        refuse("--assignment-steps", steps, fixed && !means, moving);
        refuse("--assignment-warmup", warmUp, fixed && !means, moving);
        refuse("--assignment-freeze", freeze, fixed && !means, moving);
        refuse("--direction-momentum", momentum, fixed && !means, moving);
        refuse("--assignment-period", period, steps != null, "but --assignment-steps is " + steps + ", expected one of the two");
        refuse("--similarity", similarity, settings.assignment().rule() != Rule.QUADRATIC,
                "but assignment is " + settings.assignment().rule() + ", expected quadratic");
        refuse("--free-epochs", freeEpochs, settings.assignment().rule() != Rule.QUADRATIC || settings.assignment().similarity() != Similarity.FREE,
                "but no short run comes first, expected --assignment quadratic --similarity free");
    }

    private static void refuse(String option, Object value, boolean useless, String why) {
        if (value != null && useless) {
            throw new IllegalArgumentException(option + " is " + value + ", " + why);
        }
    }

    static <T> void given(T value, Consumer<T> change) {
        if (value != null) {
            change.accept(value);
        }
    }

    /** The prototypes of the file that was named, if one was. */
    Optional<Prototypes> file() throws IOException {
        if (prototypes == null || KnownPrototypes.kind(prototypes) != PrototypeKind.GIVEN) {
            return Optional.empty();
        }
        MatrixFile matrix = MatrixFile.read(Path.of(prototypes));
        try {
            return Optional.of(Prototypes.of(matrix.values(), matrix.rows(), matrix.columns()));
        } catch (IllegalArgumentException e) {
            throw new IOException(prototypes + ": " + e.getMessage(), e);
        }
    }
}

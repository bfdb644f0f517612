package org.equisphere.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.equisphere.data.Augmentation;
import org.equisphere.data.Dataset;
import org.equisphere.data.FeatureDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.LongTail;
import org.equisphere.data.Normalization;
import org.equisphere.data.Splits;
import org.equisphere.data.reader.SyntheticImages;
import org.equisphere.model.Classifier;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.SphericalCodes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.HeadSettings.HeadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainerTest {

    private static final int CLASSES = 10;

    @TempDir
    private Path folder;

    private static TrainedNetwork train(TrainingSettings settings, Splits data, int threads, TrainingListener... listeners) throws Exception {
        try (Backend backend = Backends.host(threads)) {
            Trainer trainer = new Trainer(settings, backend);
            for (TrainingListener listener : listeners) {
                trainer.listener(listener);
            }
            return trainer.fit(data);
        }
    }

    private static float[] numbers(TrainedNetwork trained) {
        float[] learned = trained.weights().learned().toArray();
        float[] kept = trained.weights().statistics().toArray();
        float[] all = Arrays.copyOf(learned, learned.length + kept.length);
        System.arraycopy(kept, 0, all, learned.length, kept.length);
        return all;
    }

    @ParameterizedTest
    @EnumSource(HeadKind.class)
    void everyHeadLearnsSeparableClouds(HeadKind head) throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 60, 1);
        TrainedNetwork trained = train(TrainingTrials.settings(head).build(), data, 2);
        assertTheClassifierIsWhatWasJudged(trained, data);
        assertTrue(trained.evaluation().top1() >= 0.9, head + " reached only " + trained.evaluation().top1());
        assertTrue(trained.evaluation().top5() >= trained.evaluation().top1(), "top-5 below top-1");
        assertEquals(CLASSES, trained.evaluation().perClass().length);
        assertEquals(8, trained.history().size());
        EpochSummary first = trained.history().get(0);
        EpochSummary last = trained.history().get(7);
        assertTrue(last.loss() < first.loss(), "the loss went from " + first.loss() + " to " + last.loss());
        assertEquals(trained.evaluation().top1(), last.top1());
    }

    /** The figures of the test examples, confidences included, are those of the classifier that the run gives. */
    private static void assertTheClassifierIsWhatWasJudged(TrainedNetwork trained, Splits data) {
        Classifier classifier = trained.classifier("data");
        Evaluation.Tally tally = new Evaluation.Tally(data.test().classes(), classifier.contents().temperature());
        float[] example = new float[data.test().length()];
        for (int i = 0; i < data.test().size(); i++) {
            data.test().example(i, example, 0);
            tally.add(classifier.scores(example), new int[] {data.test().label(i)}, 1);
        }
        assertEquals(trained.evaluation().top1(), tally.result().top1(), 1e-12);
        assertEquals(trained.evaluation().ece(), tally.result().ece(), 1e-4);
    }

    /** A network with statistics, whose evaluation is planned once and must see what the last step made of them. */
    @Test
    void imagesAreJudgedAsTheClassifierSeesThem() throws Exception {
        Splits data = TrainingTrials.stripes(16, 1);
        TrainingSettings settings = TrainingSettings.builder().network("resnet8").dimension(3)
                .epochs(2).batch(16).learningRate(0.003, "constant").seed(1).build();
        assertTheClassifierIsWhatWasJudged(train(settings, data, 2), data);
    }

    @Test
    void theTemperedLossLearnsToo() throws Exception {
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).head(h -> h.loss(HeadSettings.LossKind.TEMPERED))
                .learningRate(0.05, "onecycle").build();
        TrainedNetwork trained = train(settings, TrainingTrials.clouds(CLASSES, 60, 1), 2);
        assertTrue(trained.evaluation().top1() >= 0.9, "reached only " + trained.evaluation().top1());
    }

    @Test
    void adamWLearnsAndRepeats() throws Exception {
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).optimizer(TrainingSettings.OptimizerKind.ADAMW)
                .learningRate(0.01, "cosine").build();
        TrainedNetwork trained = train(settings, TrainingTrials.clouds(CLASSES, 60, 1), 2);
        assertTrue(trained.evaluation().top1() >= 0.9, "reached only " + trained.evaluation().top1());
        assertArrayEquals(numbers(trained), numbers(train(settings, TrainingTrials.clouds(CLASSES, 60, 1), 1)));
    }

    @Test
    void dynamicAssignmentMovesLabelsAndNeverLowersItsObjective() throws Exception {
        TrainedNetwork trained = train(TrainingTrials.settings(HeadKind.DYNAMIC).dimension(3).learningRate(1e-4, "constant").build(),
                TrainingTrials.clouds(30, 40, 1), 2);
        assertTrue(trained.history().get(0).labelsMoved() > 0, "no label moved after the first epoch");
        for (EpochSummary e : trained.history().subList(0, 7)) {
            assertTrue(e.objectiveAfter() >= e.objectiveBefore() - 1e-12,
                    "epoch " + e.epoch() + ": " + e.objectiveBefore() + " to " + e.objectiveAfter());
        }
        assertEquals(0, trained.history().get(7).labelsMoved(), "the assignment trained with must stay at the end");
        int[] sorted = trained.prototypeOfLabel();
        Arrays.sort(sorted);
        assertArrayEquals(java.util.stream.IntStream.range(0, 30).toArray(), sorted, "not one to one");
    }

    @Test
    void staticAssignmentIsTheFirstOfTheDynamicOneAndStays() throws Exception {
        TrainedNetwork fixed = train(TrainingTrials.settings(HeadKind.STATIC).epochs(2).build(), TrainingTrials.clouds(CLASSES, 20, 1), 1);
        TrainedNetwork once = train(TrainingTrials.settings(HeadKind.DYNAMIC).epochs(2).head(h -> h.period(9)).build(),
                TrainingTrials.clouds(CLASSES, 20, 1), 1);
        assertArrayEquals(once.prototypeOfLabel(), fixed.prototypeOfLabel());
        assertFalse(Arrays.equals(java.util.stream.IntStream.range(0, CLASSES).toArray(), fixed.prototypeOfLabel()), "a random one");
        assertArrayEquals(numbers(once), numbers(fixed), "with no update the two heads are the same run");
        assertTrue(fixed.history().stream().allMatch(e -> e.labelsMoved() == 0));
    }

    @Test
    void equalSeedsGiveEqualBitsOnAnyNumberOfThreads() throws Exception {
        Splits images = new SyntheticImages(3).splits(2, 1);
        TrainingSettings settings = TrainingSettings.builder().network("resnet8").dimension(5)
                .epochs(2).batch(50).learningRate(0.01, "cosine").seed(11).build();
        float[] one = numbers(train(settings, images, 1));
        assertArrayEquals(one, numbers(train(settings, images, 2)));
        assertArrayEquals(one, numbers(train(settings, images, 3)));
        TrainingSettings other = TrainingSettings.builder().network("resnet8").dimension(5)
                .epochs(2).batch(50).learningRate(0.01, "cosine").seed(12).build();
        assertFalse(Arrays.equals(one, numbers(train(other, images, 2))), "another seed gave the same network");
    }

    /** Stops a run in every way at different places of an epoch, the last before its evaluation, and goes on each time. */
    @ParameterizedTest
    @EnumSource(HeadKind.class)
    void aRunStoppedAnywhereEndsInTheSameBits(HeadKind head) throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 30, 2);
        TrainingSettings settings = TrainingTrials.settings(head).epochs(5).build();
        TrainedNetwork whole = train(settings, data, 2);
        Path file = folder.resolve("checkpoint.bin");
        int steps = data.train().size() / settings.batch();
        assertThrows(InterruptedException.class, () -> train(settings, data, file, 1, 1, trainer -> Thread.currentThread().interrupt()));
        assertThrows(InterruptedException.class, () -> train(settings, data, file, 2, 4, Trainer::stop));
        assertThrows(InterruptedException.class, () -> train(settings, data, file, 2, steps, Trainer::stop));
        assertThrows(InterruptedException.class, () -> train(settings, data, file, 3, 5, trainer -> Thread.currentThread().interrupt()));
        assertThrows(InterruptedException.class, () -> train(settings, data, file, 5, steps, Trainer::stop));
        TrainedNetwork resumed = train(settings, data, file, 0, 0, null);
        assertArrayEquals(numbers(whole), numbers(resumed));
        assertArrayEquals(whole.prototypeOfLabel(), resumed.prototypeOfLabel());
        assertEquals(whole.evaluation().top1(), resumed.evaluation().top1());
        assertEquals(5, resumed.history().size());
        for (int e = 0; e < 5; e++) {
            assertEquals(whole.history().get(e).loss(), resumed.history().get(e).loss(), "loss of epoch " + (e + 1));
            assertEquals(whole.history().get(e).objectiveAfter(), resumed.history().get(e).objectiveAfter());
        }
    }

    /** Goes on with the checkpoint if there is one, up to a step at which something happens. */
    private static TrainedNetwork train(TrainingSettings settings, Splits data, Path file, int atEpoch, int atStep, Consumer<Trainer> happening)
            throws Exception {
        try (Backend backend = Backends.host(atStep % 2 + 1)) {
            Trainer trainer = new Trainer(settings, backend).checkpointTo(file);
            if (Files.exists(file)) {
                trainer.resumeFrom(file);
            }
            return trainer.listener(new TrainingListener() {
                @Override
                public void stepped(int epoch, int step, int steps, double loss) {
                    if (epoch == atEpoch && step == atStep) {
                        happening.accept(trainer);
                    }
                }
            }).fit(data);
        }
    }

    private static TrainingSettings.Builder transformer() {
        return TrainingSettings.builder().network("swin-micro").dimension(4).epochs(7)
                .batch(16).optimizer(TrainingSettings.OptimizerKind.ADAMW).weightDecay(0.05)
                .linearDecayAlone(true).learningRate(0.003, "warmup:1+cosine").augmentation(Augmentation.none()).seed(3);
    }

    @Test
    void aTransformerLearnsStripes() throws Exception {
        TrainedNetwork trained = train(transformer().build(), TrainingTrials.stripes(32, 1), 2);
        assertTrue(trained.evaluation().top1() >= 0.9, "reached only " + trained.evaluation().top1());
        assertTrue(trained.history().get(6).loss() < 0.5 * trained.history().get(0).loss(), trained.history().toString());
    }

    /** Which branches are left out is drawn anew in every step; a resumed run must draw the same. */
    @Test
    void aTransformerStoppedAnywhereEndsInTheSameBits() throws Exception {
        Splits data = TrainingTrials.stripes(16, 2);
        TrainingSettings settings = transformer().epochs(2).build();
        TrainedNetwork whole = train(settings, data, 2);
        Path file = folder.resolve("checkpoint.bin");
        assertThrows(InterruptedException.class, () -> train(settings, data, file, 1, 3, Trainer::stop));
        assertThrows(InterruptedException.class, () -> train(settings, data, file, 2, 2, Trainer::stop));
        assertArrayEquals(numbers(whole), numbers(train(settings, data, file, 0, 0, null)));
        assertFalse(Arrays.equals(numbers(whole), numbers(train(transformer().epochs(2).linearDecayAlone(false).build(), data, 2))),
                "what decays makes no difference");
    }

    /** Boxes, colours, erasing, mixup and CutMix follow from seed, epoch and place: a resumed run draws them again. */
    @Test
    void aRunWithEveryAugmentationEndsInTheSameBits() throws Exception {
        Splits data = TrainingTrials.stripes(16, 2);
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(2).mixup(0.4).cutmix(1)
                .augmentation(Augmentation.cropAndFlip(2).withResizedCrop(0.3).withJitter(0.4).withErasing(0.5)).build();
        TrainedNetwork whole = train(settings, data, 2);
        Path file = folder.resolve("checkpoint.bin");
        assertThrows(InterruptedException.class, () -> train(settings, data, file, 1, 3, Trainer::stop));
        assertThrows(InterruptedException.class, () -> train(settings, data, file, 2, 1, Trainer::stop));
        assertArrayEquals(numbers(whole), numbers(train(settings, data, file, 0, 0, null)));
        TrainingSettings plain = settings.toBuilder().cutmix(0).build();
        assertFalse(Arrays.equals(numbers(whole), numbers(train(plain, data, 2))), "CutMix makes no difference");
        assertEquals("pad 2, flip, resized crop 0.3, jitter 0.4, erasing 0.5", settings.toMap().get("augmentation"));
        assertEquals("1.0", settings.toMap().get("cutmix"));
    }

    @Test
    void checkpointsCanBeSavedOnAPeriodInSteps() throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 30, 2);
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(2).build();
        Path file = folder.resolve("checkpoint.bin");
        Set<Object> versions = new HashSet<>();
        try (Backend backend = Backends.host(1)) {
            new Trainer(settings, backend).checkpointTo(file).checkpointEvery(4).listener(new TrainingListener() {
                @Override
                public void stepped(int epoch, int step, int steps, double loss) {
                    try {
                        versions.add(Files.exists(file) ? Arrays.hashCode(Files.readAllBytes(file)) : "none");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }).fit(data);
            assertThrows(IllegalArgumentException.class, () -> new Trainer(settings, backend).checkpointEvery(-1));
        }
        assertEquals(18, data.train().size() / settings.batch());
        assertEquals(1 + 9 + 1, versions.size(), "36 steps: none, after every fourth, after the first epoch");
    }

    /** Twelve prototypes in four dimensions. */
    private static Prototypes axesAndDiagonals() {
        double[] rows = new double[12 * 4];
        for (int i = 0; i < 12; i++) {
            rows[i * 4 + i % 4] = i < 4 ? 1 : -1;
            rows[i * 4 + (i + 1) % 4] = i < 8 ? 0 : 1;
        }
        return Prototypes.of(rows, 12, 4);
    }

    private static Prototypes negated(Prototypes w) {
        return Prototypes.of(Arrays.stream(w.toArray()).map(x -> -x).toArray(), w.count(), w.dimension());
    }

    @Test
    void aDamagedOrForeignCheckpointIsRefused() throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 20, 2);
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(1).build();
        Path file = folder.resolve("checkpoint.bin");
        try (Backend backend = Backends.host(1)) {
            new Trainer(settings, backend).checkpointTo(file).fit(data);
            TrainingSettings other = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(1).seed(8).build();
            String message = assertThrows(IOException.class, () -> new Trainer(other, backend).resumeFrom(file).fit(data)).getMessage();
            assertTrue(message.endsWith("other settings or data: it was made with seed=" + settings.seed() + ", this run has seed=8"), message);
            Splits elsewhere = TrainingTrials.clouds(CLASSES, 20, 3);
            message = assertThrows(IOException.class, () -> new Trainer(settings, backend).resumeFrom(file).fit(elsewhere)).getMessage();
            assertTrue(message.contains("other settings or data"), message);
            new Trainer(settings, backend).prototypes(SphericalCodes.rotated(axesAndDiagonals(), 1)).checkpointTo(file).fit(data);
            Trainer otherPrototypes = new Trainer(settings, backend).prototypes(SphericalCodes.rotated(axesAndDiagonals(), 2)).resumeFrom(file);
            message = assertThrows(IOException.class, () -> otherPrototypes.fit(data)).getMessage();
            assertTrue(message.contains("made with prototypes="), message);
            TrainingSettings mixed = settings.toBuilder().head(h -> h.prototypes(PrototypeKind.GIVEN)).mixup(0.2).build();
            Trainer mixing = new Trainer(mixed, backend).prototypes(SphericalCodes.rotated(axesAndDiagonals(), 1)).resumeFrom(file);
            message = assertThrows(IOException.class, () -> mixing.fit(data)).getMessage();
            assertTrue(message.endsWith("made with nothing beside, this run has mixup=0.2"), message);
            Trainer opposite = new Trainer(settings, backend).prototypes(negated(SphericalCodes.rotated(axesAndDiagonals(), 1))).resumeFrom(file);
            message = assertThrows(IOException.class, () -> opposite.fit(data)).getMessage();
            assertTrue(message.contains("made with prototypes="), "an even number of signs leaves a sum of products as it was: " + message);
            new Trainer(settings, backend).checkpointTo(file).fit(data);
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 4;
            Files.write(file, bytes);
            message = assertThrows(IOException.class, () -> new Trainer(settings, backend).resumeFrom(file).fit(data)).getMessage();
            assertTrue(message.contains("damaged"), message);
        }
    }

    /** Half an epoch's warm-up: the first step is taken at a rate of 0, the second at the whole. */
    @Test
    void everyStepIsTakenAtTheRateOfItsPlace() throws Exception {
        float[][] drawn = new float[1][];
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(1).batch(100).learningRate(0.02, "warmup:0.5+constant").build();
        for (int steps = 1; steps <= 2; steps++) {
            try (Backend backend = Backends.host(1)) {
                TrainedNetwork trained = new Trainer(settings, backend).initialise(weights -> drawn[0] = weights.learned().toArray())
                        .fit(TrainingTrials.clouds(CLASSES, 10 * steps, 1));
                assertEquals(steps == 1, Arrays.equals(drawn[0], trained.weights().learned().toArray()), steps + " steps");
                assertEquals(steps == 1 ? 0 : 0.02, trained.history().get(0).rate(), "the last step's");
            }
        }
    }

    @Test
    void theLossToldIsAnExamplesUnderSumAndMean() throws Exception {
        double[] told = new double[2];
        for (int i = 0; i < 2; i++) {
            HeadSettings.LossKind loss = i == 0 ? HeadSettings.LossKind.COSINE : HeadSettings.LossKind.COSINE_MEAN;
            TrainingSettings settings = TrainingTrials.settings(HeadKind.STATIC).head(h -> h.loss(loss))
                    .epochs(1).learningRate(1e-12, "constant").build();
            told[i] = train(settings, TrainingTrials.clouds(CLASSES, 16, 1), 1).history().get(0).loss();
        }
        assertEquals(told[1], told[0], 1e-6);
        assertTrue(told[0] > 0.5 && told[0] < 2, "the mean of (1 - cos)^2 of random directions is 1 + 1/4, but was " + told[0]);
    }

    @Test
    void whatTheOptimiserIsToldReachesIt() throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 10, 1);
        TrainingSettings.Builder sgd = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(1);
        TrainingSettings.Builder adam = sgd.build().toBuilder().optimizer(TrainingSettings.OptimizerKind.ADAMW);
        Set<Integer> ends = new HashSet<>();
        for (TrainingSettings.Builder b : new TrainingSettings.Builder[] {sgd, sgd.build().toBuilder().momentum(0.5),
            sgd.build().toBuilder().nesterov(true), sgd.build().toBuilder().weightDecay(0.1), adam, adam.build().toBuilder().weightDecay(0.1)}) {
            ends.add(Arrays.hashCode(numbers(train(b.build(), data, 1))));
        }
        assertEquals(6, ends.size());
    }

    /** Without learning, one batch of the whole set has the same loss in every epoch but for the branches left out. */
    @Test
    void branchesAreLeftOutInTraining() throws Exception {
        TrainedNetwork still = train(transformer().head(HeadKind.STATIC).epochs(2).learningRate(1e-12, "constant").build(),
                TrainingTrials.stripes(4, 1), 1);
        assertEquals(still.history().get(0).loss(), still.history().get(1).loss(), 0.5);
        assertNotEquals(still.history().get(0).loss(), still.history().get(1).loss(), 1e-4);
    }

    /** Runs of other seeds learn from and are judged by the same examples, and what is held out is held out of the long tail. */
    @Test
    void whatIsHeldOutDoesNotFollowTheSeed() throws Exception {
        Splits data = TrainingTrials.stripes(20, 1);
        TrainingSettings.Builder b = TrainingTrials.settings(HeadKind.DYNAMIC).epochs(1).longTail(LongTail.exponential(0.2)).holdout(0.25);
        Splits held = b.seed(1).build().split(data);
        Splits again = b.seed(2).build().split(data);
        assertArrayEquals(examples(held.train()), examples(again.train()));
        assertArrayEquals(examples(held.test()), examples(again.test()));
        int[] counts = held.train().counts();
        Arrays.setAll(counts, c -> counts[c] + held.test().counts()[c]);
        assertArrayEquals(LongTail.exponential(0.2).counts(20, 4), counts);
        assertEquals(Normalization.of(held.train()), train(b.build(), data, 1).normalization(), "measured on what is trained on, alone");
    }

    private static float[] examples(Dataset data) {
        float[] all = new float[data.size() * data.length()];
        for (int i = 0; i < data.size(); i++) {
            data.example(i, all, i * data.length());
        }
        return all;
    }

    @Test
    void aDivergingRunSaysSo() {
        TrainingSettings wild = TrainingTrials.settings(HeadKind.SOFTMAX).learningRate(1e18, "constant").build();
        String message = assertThrows(TrainingDivergedException.class, () -> train(wild, TrainingTrials.clouds(CLASSES, 60, 1), 1)).getMessage();
        assertTrue(message.contains("epoch 1") && message.contains("1.0E18"), message);
    }

    @Test
    void settingsOutOfRangeAreNamed() {
        assertNames("dimension is 0", TrainingSettings.builder().dimension(0));
        assertNames("epochs is 0", TrainingSettings.builder().epochs(0));
        assertNames("batch is 1", TrainingSettings.builder().batch(1));
        assertNames("momentum is 1.0", TrainingSettings.builder().momentum(1));
        assertNames("CutMix alpha is -1.0", TrainingSettings.builder().cutmix(-1));
        assertNames("weight decay is -1.0", TrainingSettings.builder().weightDecay(-1));
        assertNames("learning rate is NaN", TrainingSettings.builder().learningRate(Double.NaN, "cosine"));
        assertNames("unknown schedule \"sine\"", TrainingSettings.builder().learningRate(0.1, "sine"));
        assertThrows(IllegalArgumentException.class, () -> TrainingSettings.builder().network("resnet9"));
    }

    /** What would have no effect is refused. */
    @Test
    void settingsThatDoNotGoTogetherAreNamed() {
        assertNames("assignment steps is 5", TrainingSettings.builder().holdout(0.1)
                .head(h -> h.assignment(AssignmentSettings.Rule.QUADRATIC).similarity(AssignmentSettings.Similarity.CONFUSION).steps(5)));
        assertNames("optimizer is adamw, expected sgd", TrainingSettings.builder().nesterov(true));
    }

    /** A checkpoint belongs to a run by these texts. */
    @Test
    void everySettingThatCanChangeAResultIsTold() {
        List<Consumer<TrainingSettings.Builder>> changes = List.of(
                b -> b.network("mlp:8"), b -> b.dimension(5), b -> b.epochs(9), b -> b.batch(17),
                b -> b.learningRate(0.3, "cosine"), b -> b.learningRate(0.2, "constant"),
                b -> b.optimizer(TrainingSettings.OptimizerKind.ADAMW), b -> b.momentum(0.5),
                b -> b.weightDecay(0.2), b -> b.linearDecayAlone(true), b -> b.nesterov(true),
                b -> b.augmentation(Augmentation.none()), b -> b.mixup(0.1), b -> b.cutmix(0.1), b -> b.longTail(LongTail.exponential(0.1)),
                b -> b.longTail(LongTail.step(0.1)), b -> b.longTail(LongTail.step(0.2)),
                b -> b.holdout(0.1), b -> b.holdout(0.2), b -> b.bestOnTest(true), b -> b.seed(8),
                b -> b.head(h -> h.prototypes(PrototypeKind.EBV)), b -> b.head(h -> h.loss(HeadSettings.LossKind.SOFTMAX)),
                b -> b.head(h -> h.temperature(0.3)),
                b -> b.head(h -> h.smoothing(0.1)), b -> b.head(h -> h.prior(true)), b -> b.head(h -> h.assignment(AssignmentSettings.Rule.LINEAR)),
                b -> b.head(h -> h.similarity(AssignmentSettings.Similarity.MEANS)), b -> b.head(h -> h.freeEpochs(7)), b -> b.head(h -> h.period(2)),
                b -> b.head(h -> h.steps(2)), b -> b.head(h -> h.margin(0.1)), b -> b.head(h -> h.warmUp(1)),
                b -> b.head(h -> h.freeze(1)), b -> b.head(h -> h.momentum(0.5)));
        TrainingSettings base = TrainingSettings.builder().network("mlp:4").optimizer(TrainingSettings.OptimizerKind.SGD).learningRate(0.2, "cosine")
                .head(h -> h.loss(HeadSettings.LossKind.TEMPERED).assignment(AssignmentSettings.Rule.QUADRATIC)
                        .similarity(AssignmentSettings.Similarity.FREE)).build();
        Set<Object> told = new HashSet<>(Set.of(base.toMap()));
        for (Consumer<TrainingSettings.Builder> change : changes) {
            TrainingSettings.Builder b = base.toBuilder();
            change.accept(b);
            told.add(b.build().toMap());
        }
        assertEquals(1 + changes.size(), told.size());
        assertEquals(base.toMap(), base.toBuilder().build().toMap(), "the settings begun with stay");
    }

    private static void assertNames(String expected, TrainingSettings.Builder builder) {
        String message = assertThrows(IllegalArgumentException.class, builder::build).getMessage();
        assertTrue(message.contains(expected), message);
    }

    @Test
    void prototypesMustFit() {
        try (Backend backend = Backends.host(1)) {
            Prototypes three = Prototypes.of(new double[] {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}, 3, 4);
            TrainingSettings settings = TrainingTrials.settings(HeadKind.STATIC).build();
            assertThrows(IllegalArgumentException.class,
                    () -> new Trainer(settings, backend).prototypes(three).fit(TrainingTrials.clouds(CLASSES, 20, 1)));
            TrainingSettings otherDimension = TrainingTrials.settings(HeadKind.STATIC).dimension(5).build();
            assertThrows(IllegalArgumentException.class, () -> new Trainer(otherDimension, backend).prototypes(three));
            for (HeadKind head : new HeadKind[] {HeadKind.SOFTMAX, HeadKind.MEANS}) {
                TrainingSettings itsOwn = TrainingTrials.settings(head).build();
                String message = assertThrows(IllegalArgumentException.class, () -> new Trainer(itsOwn, backend).prototypes(three)).getMessage();
                assertTrue(message.contains("the settings have " + itsOwn.head().prototypes() + " ones"), message);
            }
        }
    }

    /** Cosines of all labels and prototypes are one array; what is known at the start is told before prototypes are spread. */
    @Test
    void moreLabelsThanCanBeAssignedAreRefused() {
        Dataset few = new FeatureDataset("few", new float[] {1, -1, 1, -1}, 1, new int[] {0, 1, 0, 1}, Labels.numbered(50_000));
        for (HeadKind head : new HeadKind[] {HeadKind.STATIC, HeadKind.DYNAMIC}) {
            TrainingSettings settings = TrainingSettings.builder().network("mlp").dimension(2).epochs(1).batch(4).head(head).build();
            String message = assertThrows(IllegalArgumentException.class, () -> train(settings, new Splits(few, few), 1)).getMessage();
            assertTrue(message.contains("50000 labels, expected at most 46340"), message);
        }
    }

    /** Examples of whoever embeds the library: vectors, or whatever the shape says. */
    private record Own(int[] shape, float[][] values, int[] own) implements Dataset {

        @Override
        public String name() {
            return "own";
        }

        @Override
        public int size() {
            return own.length;
        }

        @Override
        public Labels labels() {
            return Labels.numbered(2);
        }

        @Override
        public int label(int i) {
            return own[i];
        }

        @Override
        public void example(int i, float[] out, int at) {
            System.arraycopy(values[i], 0, out, at, values[i].length);
        }

        @Override
        public Dataset subset(int[] indices) {
            return new Own(shape, Arrays.stream(indices).mapToObj(i -> values[i]).toArray(float[][]::new),
                    Arrays.stream(indices).map(i -> own[i]).toArray());
        }
    }

    /** Told before an epoch is trained, also where other examples judge the epochs; a third of each class, its second one, is held out here. */
    @Test
    void examplesThatCannotBeUsedAreNamed() {
        float[][] values = {{1, 2}, {2, 1}, {1, 3}, {3, 1}, {1, 4}, {4, 1}};
        int[] labels = {0, 1, 0, 1, 0, 1};
        Dataset good = new Own(new int[] {2}, values, labels);
        assertRefused("own has 0 examples of shape [2], expected at least 1", good, good.subset(new int[0]));
        assertRefused("own: example 3 has label 2, expected 0 to 1", good, new Own(new int[] {2}, values, new int[] {0, 1, 0, 2, 0, 1}));
        assertRefused("own: example 0 has label -1, expected 0 to 1", new Own(new int[] {2}, values, new int[] {-1, 1, 0, 1, 0, 1}), good);
        Dataset matrices = new Own(new int[] {1, 2}, values, labels);
        assertRefused("own has 6 examples of shape [1, 2], expected at least 1 of {height, width, channels} or {features}", matrices, matrices);
        float[][] damaged = values.clone();
        damaged[4] = new float[] {1, Float.NaN};
        assertRefused("own: training example 3, value 1 is NaN, expected a finite number", new Own(new int[] {2}, damaged, labels), good);
    }

    private static void assertRefused(String expected, Dataset train, Dataset test) {
        TrainingSettings settings = TrainingSettings.builder().network("mlp").dimension(2).epochs(9).batch(2).holdout(0.3).build();
        String message = assertThrows(IllegalArgumentException.class, () -> train(settings, new Splits(train, test), 1)).getMessage();
        assertEquals(expected, message.substring(0, Math.min(expected.length(), message.length())));
    }

    /** Blended examples are followed by a look at those before, with weights that the step may have ruined. */
    @Test
    void aRunThatDivergesWhileMixingSaysSo() {
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).mixup(1).learningRate(1e20, "constant").build();
        String message = assertThrows(TrainingDivergedException.class, () -> train(settings, TrainingTrials.clouds(CLASSES, 20, 1), 1)).getMessage();
        assertTrue(message.contains("at learning rate 1.0E20"), message);
    }

    @Test
    void aLineIsNoSphereForCosines() {
        assertNames("dimension is 1, expected at least 2 for the loss cosine", TrainingSettings.builder().dimension(1));
        assertEquals(1, TrainingSettings.builder().head(HeadKind.SOFTMAX).dimension(1).build().dimension());
    }

    @Test
    void aBatchLargerThanTheDataIsRefused() {
        TrainingSettings settings = TrainingTrials.settings(HeadKind.STATIC).batch(1000).build();
        String message = assertThrows(IllegalArgumentException.class, () -> train(settings, TrainingTrials.clouds(CLASSES, 20, 1), 1)).getMessage();
        assertTrue(message.contains("1000") && message.contains("200"), message);
    }
}

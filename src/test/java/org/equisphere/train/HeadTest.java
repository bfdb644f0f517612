package org.equisphere.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.equisphere.data.FeatureDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.LongTail;
import org.equisphere.data.Splits;
import org.equisphere.sphere.GaussianPotential;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.AssignmentSettings.Similarity;
import org.equisphere.train.HeadSettings.HeadKind;
import org.equisphere.train.HeadSettings.LossKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Heads as combinations: what goes together, what does not, and that each keeps its promises. */
class HeadTest {

    private static final int CLASSES = 10;

    @TempDir
    private Path folder;

    private static TrainedNetwork fit(TrainingSettings settings, Splits data) throws Exception {
        try (Backend backend = Backends.host(2)) {
            return new Trainer(settings, backend).fit(data);
        }
    }

    private static TrainingSettings.Builder tempered(Consumer<HeadSettings.Builder> change) {
        return TrainingTrials.settings(HeadKind.TSC).head(HeadKind.DYNAMIC).head(h -> h.loss(LossKind.TEMPERED)).head(change);
    }

    @Test
    void everythingThatMeansSomethingGoesTogether() throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 20, 1);
        int trained = 0;
        int refused = 0;
        for (PrototypeKind prototypes : PrototypeKind.values()) {
            for (LossKind loss : LossKind.values()) {
                for (Rule rule : Rule.values()) {
                    TrainingSettings.Builder b = TrainingTrials.settings(HeadKind.ETF).network("mlp:32+norm").epochs(2)
                            .head(h -> h.prototypes(prototypes).loss(loss).assignment(rule));
                    boolean own = prototypes.learned() || prototypes == PrototypeKind.MEANS;
                    if (prototypes.learned() && !loss.pushes() || own && rule != Rule.FIXED) {
                        assertThrows(IllegalArgumentException.class, b::build, prototypes + " " + loss + " " + rule);
                        refused++;
                    } else if (prototypes != PrototypeKind.GIVEN) {
                        TrainedNetwork end = fit(b.build(), data);
                        assertTrue(end.history().stream().allMatch(e -> Double.isFinite(e.loss())), prototypes + " " + loss + " " + rule);
                        assertEquals(prototypes.learned() && loss == LossKind.SOFTMAX, end.prototypes().isEmpty());
                        trained++;
                    }
                }
            }
        }
        assertEquals(5 * 5 * 4 + 5 + 2, trained);
        assertEquals(2 * 5 * 3 + 3, refused);
    }

    static Stream<Arguments> stateful() {
        return Stream.of(
                Arguments.of("rotation", tempered(h -> h.assignment(Rule.ROTATION))),
                Arguments.of("rotation with a margin", tempered(h -> h.assignment(Rule.ROTATION).margin(0.05))),
                Arguments.of("margin", tempered(h -> h.margin(0.05))),
                Arguments.of("quadratic", tempered(h -> h.assignment(Rule.QUADRATIC))),
                Arguments.of("quadratic of confusion", tempered(h -> h.assignment(Rule.QUADRATIC).similarity(Similarity.CONFUSION)).holdout(0.2)),
                Arguments.of("quadratic of a free head", tempered(h -> h.assignment(Rule.QUADRATIC).similarity(Similarity.FREE).freeEpochs(1))),
                Arguments.of("every 3 steps", tempered(h -> h.steps(3))),
                Arguments.of("every 50 steps", tempered(h -> h.steps(50))),
                Arguments.of("mixup", TrainingTrials.settings(HeadKind.DYNAMIC).mixup(1)),
                Arguments.of("long tail with prior", tempered(h -> h.prior(true).smoothing(0.1)).longTail(LongTail.exponential(0.1))),
                Arguments.of("class means pushed apart", TrainingTrials.settings(HeadKind.MEANS).head(h -> h.spread(3).steps(3).freeze(4))),
                Arguments.of("held out", TrainingTrials.settings(HeadKind.MEANS).holdout(0.2)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stateful")
    void aResumedRunEndsInTheSameBits(String name, TrainingSettings.Builder builder) throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 40, 2);
        TrainingSettings settings = builder.dimension(3).epochs(5).build();
        TrainedNetwork whole = fit(settings, data);
        Path file = folder.resolve("checkpoint.bin");
        try (Backend backend = Backends.host(1)) {
            Trainer interrupted = new Trainer(settings, backend).checkpointTo(file).listener(new TrainingListener() {
                @Override
                public void stepped(int epoch, int step, int steps, double loss) {
                    if (epoch == 4 && step == 2) {
                        Thread.currentThread().interrupt();
                    }
                }
            });
            assertThrows(InterruptedException.class, () -> interrupted.fit(data));
            TrainedNetwork resumed = new Trainer(settings, backend).resumeFrom(file).fit(data);
            assertArrayEquals(whole.weights().learned().toArray(), resumed.weights().learned().toArray());
            assertArrayEquals(whole.prototypeOfLabel(), resumed.prototypeOfLabel());
            assertEquals(whole.prototypes(), resumed.prototypes());
            assertEquals(whole.epoch(), resumed.epoch());
            assertEquals(whole.evaluation().top1(), resumed.evaluation().top1());
            assertEquals(whole.history().stream().map(HeadTest::withoutTimes).toList(),
                    resumed.history().stream().map(HeadTest::withoutTimes).toList());
        }
    }

    private static EpochSummary withoutTimes(EpochSummary e) {
        return new EpochSummary(e.epoch(), e.loss(), e.top1(), e.top5(), e.labelsMoved(), e.objectiveBefore(), e.objectiveAfter(), e.rate(), 0, 0, 0);
    }

    /** With as many dimensions as a simplex needs, every permutation is as good as any other, but a rotation is not. */
    @Test
    void aRotationAlignsASimplexAndKeepsItsAngles() throws Exception {
        TrainingSettings.Builder b = tempered(h -> h.prototypes(PrototypeKind.ETF).assignment(Rule.ROTATION)).dimension(12).epochs(3);
        TrainedNetwork turned = fit(b.build(), TrainingTrials.clouds(CLASSES, 40, 1));
        EpochSummary first = turned.history().get(0);
        TrainedNetwork only = fit(b.head(h -> h.assignment(Rule.LINEAR)).build(), TrainingTrials.clouds(CLASSES, 40, 1));
        assertTrue(first.objectiveAfter() > only.history().get(0).objectiveAfter() + 0.1,
                first.objectiveAfter() + " with rotation, " + only.history().get(0).objectiveAfter() + " without");
        Prototypes p = turned.prototypes().orElseThrow();
        for (int i = 1; i < CLASSES; i++) {
            double cosine = 0;
            for (int k = 0; k < 12; k++) {
                cosine += p.get(0, k) * p.get(i, k);
            }
            assertEquals(-1.0 / 9, cosine, 1e-9);
        }
    }

    @Test
    void labelsStayInWarmUpAfterFreezingAndUnderALargeMargin() throws Exception {
        Splits data = TrainingTrials.clouds(30, 20, 1);
        TrainingSettings.Builder b = TrainingTrials.settings(HeadKind.DYNAMIC).dimension(3).learningRate(1e-4, "constant").epochs(6);
        int[] free = moved(b, data, h -> { });
        assertTrue(free[0] > 0 && free[2] + free[3] + free[4] > 0, Arrays.toString(free));
        int[] warmed = moved(b, data, h -> h.warmUp(2));
        assertEquals(0, warmed[0] + warmed[1]);
        assertTrue(warmed[2] > 0);
        int[] frozen = moved(b, data, h -> h.warmUp(0).freeze(1));
        assertTrue(frozen[0] > 0);
        assertEquals(frozen[0], Arrays.stream(frozen).sum());
        assertEquals(0, Arrays.stream(moved(b, data, h -> h.freeze(0).margin(2.1))).sum(), "no cosine gains more than 2");
        assertTrue(Arrays.stream(moved(b, data, h -> h.margin(0.2))).sum() < Arrays.stream(free).sum());
    }

    /** Warm-up, period and freeze count epochs from 1, both ends included; steps go on counting over epochs. */
    @Test
    void assignmentsAreSolvedWhenTheyAreDue() throws Exception {
        AssignmentSettings everyThird = HeadSettings.builder(HeadKind.DYNAMIC).period(3).warmUp(3).freeze(9).build().assignment();
        assertArrayEquals(new int[] {6, 9}, IntStream.rangeClosed(1, 14).filter(everyThird::dueAfterEpoch).toArray());
        assertTrue(IntStream.rangeClosed(1, 14).noneMatch(epoch -> everyThird.dueAfterStep(epoch, 3L * epoch)));
        TrainingSettings settings = TrainingTrials.settings(HeadKind.TSC).head(h -> h.steps(10).warmUp(1).freeze(3)).epochs(5).build();
        List<Integer> solvedAfter = new ArrayList<>();
        int[] steps = new int[1];
        try (Backend backend = Backends.host(1)) {
            new Trainer(settings, backend).listener(new TrainingListener() {
                @Override
                public void assigned(int epoch, double[] directions, int[] prototypeOfLabel) {
                    solvedAfter.add(steps[0] + 1);
                }

                @Override
                public void stepped(int epoch, int step, int ofEpoch, double loss) {
                    steps[0]++;
                }
            }).fit(TrainingTrials.clouds(CLASSES, 20, 1));
        }
        assertEquals(5 * 12, steps[0]);
        assertEquals(List.of(20, 30), solvedAfter, "of steps 10 to 60, those of the second and third epoch");
    }

    private static int[] moved(TrainingSettings.Builder b, Splits data, Consumer<HeadSettings.Builder> change) throws Exception {
        return fit(b.head(change).build(), data).history().stream().mapToInt(EpochSummary::labelsMoved).toArray();
    }

    @Test
    void perStepMatchingMovesLabelsWithinTheEpoch() throws Exception {
        TrainedNetwork trained = fit(TrainingTrials.settings(HeadKind.TSC).dimension(3).learningRate(1e-3, "constant").epochs(1).build(),
                TrainingTrials.clouds(30, 20, 1));
        EpochSummary only = trained.history().get(0);
        assertTrue(only.labelsMoved() > 0 && Double.isFinite(only.objectiveAfter()), only.toString());
    }

    /** The share of its time that a run spends on class directions and assignments; a fixed assignment spends none. */
    @Test
    void theTimeOfAssignmentsIsTold() throws Exception {
        for (HeadKind head : new HeadKind[] {HeadKind.DYNAMIC, HeadKind.TSC, HeadKind.MEANS}) {
            for (EpochSummary e : fit(TrainingTrials.settings(head).epochs(3).build(), TrainingTrials.clouds(CLASSES, 20, 1)).history()) {
                assertTrue(e.assignmentSeconds() > 0 && e.assignmentSeconds() < e.seconds(), head + ": " + e);
            }
        }
        assertTrue(fit(TrainingTrials.settings(HeadKind.STATIC).epochs(2).build(), TrainingTrials.clouds(CLASSES, 20, 1)).history().stream()
                .allMatch(e -> e.assignmentSeconds() == 0));
    }

    @Test
    void classMeansBecomeThePrototypes() throws Exception {
        TrainedNetwork trained = fit(TrainingTrials.settings(HeadKind.MEANS).epochs(4).build(), TrainingTrials.clouds(CLASSES, 40, 1));
        assertArrayEquals(IntStream.range(0, CLASSES).toArray(), trained.prototypeOfLabel());
        EpochSummary first = trained.history().get(0);
        assertEquals(CLASSES, first.objectiveAfter(), 1e-9, "each label stands where its class points");
        assertTrue(first.objectiveBefore() < CLASSES - 0.1);
    }

    /** Whoever gives prototypes and keeps labels from moving has chosen which is whose. */
    @Test
    void givenPrototypesKeepTheirLabelsUnderAFixedAssignment() throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 20, 1);
        Prototypes given = new PrototypeOptimizer(CLASSES + 2, 4).seed(3).optimize().prototypes();
        for (HeadKind head : new HeadKind[] {HeadKind.STATIC, HeadKind.DYNAMIC}) {
            try (Backend backend = Backends.host(1)) {
                TrainingSettings settings = TrainingTrials.settings(head).epochs(1).build();
                TrainedNetwork trained = new Trainer(settings, backend).prototypes(given).fit(data);
                assertEquals(given, trained.prototypes().orElseThrow());
                assertEquals("given", trained.settings().toMap().get("prototypes"));
                int[] own = IntStream.range(0, CLASSES).toArray();
                assertEquals(head == HeadKind.STATIC, Arrays.equals(own, trained.prototypeOfLabel()), head.toString());
            }
        }
    }

    /** Pushed apart they are more even and no longer where the classes point; after the freeze they stay. */
    @Test
    void classMeansPushedApartAreMoreEven() throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 40, 1);
        TrainingSettings means = TrainingTrials.settings(HeadKind.MEANS).dimension(3).learningRate(0.1, "constant").epochs(2).build();
        TrainingSettings apart = means.toBuilder().head(h -> h.spread(3).freeze(1)).build();
        TrainedNetwork trained = fit(apart, data);
        GaussianPotential potential = new GaussianPotential(2);
        assertTrue(potential.value(trained.prototypes().orElseThrow()) < potential.value(fit(means, data).prototypes().orElseThrow()) - 0.01);
        assertTrue(trained.history().get(0).objectiveAfter() < CLASSES - 0.01);
        assertEquals(trained.prototypes(), fit(apart.toBuilder().epochs(4).build(), data).prototypes());
        assertEquals("means, spread 3", apart.toMap().get("prototypes"));
    }

    /** The model given is that of the epoch best on held-out examples, and its test figure that of that model. */
    @Test
    void theEpochBestOnHeldOutExamplesIsKept() throws Exception {
        Splits data = TrainingTrials.clouds(30, 20, 3);
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).dimension(3)
                .learningRate(0.05, "constant").epochs(8).holdout(0.3).build();
        TrainedNetwork chosen = fit(settings, data);
        double best = chosen.history().stream().mapToDouble(EpochSummary::top1).max().orElseThrow();
        assertEquals(best, chosen.history().get(chosen.epoch() - 1).top1());
        assertTrue(chosen.history().subList(0, chosen.epoch() - 1).stream().allMatch(e -> e.top1() < best), "the first of the best");
        assertEquals(30 * 14, Arrays.stream(chosen.trainingCounts()).sum());
        Splits judgedElsewhere = new Splits(data.train(), TrainingTrials.clouds(30, 20, 4).test());
        TrainedNetwork same = fit(settings, judgedElsewhere);
        assertEquals(chosen.history().stream().map(HeadTest::withoutTimes).toList(), same.history().stream().map(HeadTest::withoutTimes).toList(),
                "the test examples have no say");
        assertTrue(same.evaluation().top1() < chosen.evaluation().top1(), "clouds elsewhere");
        TrainingSettings shorter = settings.toBuilder().epochs(chosen.epoch()).build();
        TrainedNetwork ended = fit(shorter, data);
        assertEquals(chosen.epoch(), ended.epoch());
        assertArrayEquals(ended.weights().learned().toArray(), chosen.weights().learned().toArray());
        assertArrayEquals(ended.prototypeOfLabel(), chosen.prototypeOfLabel());
        assertEquals(ended.evaluation().top1(), chosen.evaluation().top1());
    }

    @Test
    void theBestEpochOnTestIsOnlyKeptByItsName() throws Exception {
        TrainingSettings.Builder b = TrainingTrials.settings(HeadKind.DYNAMIC).dimension(3).learningRate(0.05, "constant").epochs(6);
        TrainedNetwork best = fit(b.bestOnTest(true).build(), TrainingTrials.clouds(30, 20, 3));
        assertEquals(best.history().stream().mapToDouble(EpochSummary::top1).max().orElseThrow(), best.evaluation().top1());
        assertEquals("best epoch on test", best.settings().toMap().get("selection"));
        assertThrows(IllegalArgumentException.class, () -> b.holdout(0.1).build());
    }

    /** Learned directions become prototypes of the embedding: its scores are the classifier's. */
    @Test
    void aLearnedCosineClassifierEndsAsPrototypes() throws Exception {
        TrainedNetwork trained = fit(TrainingTrials.settings(HeadKind.NORMFACE).build(), TrainingTrials.clouds(CLASSES, 40, 1));
        assertEquals(CLASSES, trained.prototypes().orElseThrow().count());
        assertEquals(4, trained.weights().network().outputShape()[0], "the embedding alone");
    }

    @ParameterizedTest
    @EnumSource(value = HeadKind.class, names = {"ETF", "MAXSEP"})
    void aSimplexNeedsItsDimension(HeadKind head) {
        TrainingSettings settings = TrainingTrials.settings(head).dimension(8).build();
        String message = assertThrows(IllegalArgumentException.class, () -> fit(settings, TrainingTrials.clouds(CLASSES, 20, 1))).getMessage();
        assertTrue(message.contains("at least 9") && message.contains("dimension is 8"), message);
    }

    @Test
    void aLongTailCutsTheTrainingSet() throws Exception {
        TrainedNetwork trained = fit(tempered(h -> h.prior(true)).longTail(LongTail.exponential(0.1)).build(),
                TrainingTrials.clouds(CLASSES, 100, 1));
        assertArrayEquals(LongTail.exponential(0.1).counts(100, CLASSES), trained.trainingCounts());
        assertEquals("exponential 0.1", trained.settings().toMap().get("imbalance"));
    }

    /**
     * Where all logits are 0, a softmax loss tells its prior: log frequencies 6, 3, 1 and, for the class without examples, 1 of 10, which make a
     * distribution of 11 tenths.
     */
    @ParameterizedTest
    @EnumSource(value = PrototypeKind.class, names = {"LEARNED", "UNIFORMITY"})
    void thePriorIsTheLogOfTheClassFrequencies(PrototypeKind prototypes) throws Exception {
        int[] labels = {0, 0, 0, 0, 0, 0, 1, 1, 1, 2};
        FeatureDataset few = new FeatureDataset("few", new float[labels.length], 1, labels, Labels.numbered(4));
        double[] q = {6 / 11.0, 3 / 11.0, 1 / 11.0, 1 / 11.0};
        double even = -Arrays.stream(q).map(Math::log).average().orElseThrow();
        double own = -(6 * Math.log(q[0]) + 3 * Math.log(q[1]) + Math.log(q[2])) / 10;
        TrainingSettings.Builder b = TrainingSettings.builder().network("mlp:4").dimension(2).epochs(1).batch(10).learningRate(0.1, "constant")
                .head(h -> h.prototypes(prototypes).loss(LossKind.SOFTMAX).assignment(Rule.FIXED));
        assertEquals(Math.log(4), lossOfNothing(b, few), 1e-6);
        assertEquals(own, lossOfNothing(b.head(h -> h.prior(true)), few), 1e-6);
        assertEquals(0.9 * own + 0.1 * even, lossOfNothing(b.head(h -> h.smoothing(0.1)), few), 1e-6);
    }

    /** The loss of the first step from weights of 0. */
    private static double lossOfNothing(TrainingSettings.Builder b, FeatureDataset data) throws Exception {
        try (Backend backend = Backends.host(1)) {
            return new Trainer(b.build(), backend).initialise(w -> w.learned().set(new float[w.learned().size()]))
                    .fit(new Splits(data, data)).history().get(0).loss();
        }
    }

    /**
     * Of three examples to one, all at the first of two opposite prototypes, the label whose prototype is the other has a loss of
     * 2 batch / (labels n_y): 1 in the mean, whichever it is.
     */
    @Test
    void dotRegressionKnowsTheLabelsOfEachBatch() throws Exception {
        FeatureDataset same = new FeatureDataset("same", new float[] {1, 1, 1, 1}, 1, new int[] {0, 1, 1, 1}, Labels.numbered(2));
        TrainingSettings settings = TrainingTrials.settings(HeadKind.ETF).network("mlp").dimension(2).epochs(1).batch(4).build();
        Prototypes opposite = Prototypes.of(new double[] {1, 0, -1, 0}, 2, 2);
        try (Backend backend = Backends.host(1)) {
            Trainer trainer = new Trainer(settings, backend).prototypes(opposite).initialise(w -> w.learned().set(new float[] {1, 0, 0, 0}));
            assertEquals(1, trainer.fit(new Splits(same, same)).history().get(0).loss(), 1e-6);
        }
    }

    /** Nearly every lambda of this alpha is 0 or 1: an example is replaced by its partner or stays, and so must be its label. */
    @Test
    void labelsAreBlendedAsTheirExamplesAre() throws Exception {
        TrainedNetwork swapped = fit(TrainingTrials.settings(HeadKind.SOFTMAX).mixup(0.01).build(), TrainingTrials.clouds(CLASSES, 60, 1));
        assertTrue(swapped.history().get(7).loss() < 0.2, swapped.history().toString());
    }

    /** Class directions are of examples as they were before any were blended: where nothing is learned, those of a run that blends none. */
    @Test
    void directionsAreOfUnblendedExamples() throws Exception {
        double[][] directions = new double[2][];
        for (int alpha = 0; alpha < 2; alpha++) {
            int run = alpha;
            TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).mixup(alpha).epochs(2).learningRate(1e-12, "constant").build();
            try (Backend backend = Backends.host(1)) {
                new Trainer(settings, backend).listener(new TrainingListener() {
                    @Override
                    public void assigned(int epoch, double[] found, int[] prototypeOfLabel) {
                        directions[run] = found;
                    }
                }).fit(TrainingTrials.clouds(CLASSES, 20, 1));
            }
        }
        assertArrayEquals(directions[0], directions[1], 1e-5);
    }

    @Test
    void mixingChangesTheRunAndStillLearns() throws Exception {
        Splits data = TrainingTrials.clouds(CLASSES, 60, 1);
        TrainedNetwork mixed = fit(TrainingTrials.settings(HeadKind.DYNAMIC).mixup(1).build(), data);
        assertTrue(mixed.evaluation().top1() >= 0.9, "reached only " + mixed.evaluation().top1());
        assertNotEquals(mixed.history().get(0).loss(), fit(TrainingTrials.settings(HeadKind.DYNAMIC).build(), data).history().get(0).loss());
    }

    @Test
    void settingsThatMeanNothingAreNamed() {
        assertNames("label smoothing and logit prior", h -> h.prior(true));
        assertNames("spread is 3, but prototypes are uniformity, expected means", h -> h.spread(3));
        assertNames("spread is -1", h -> h.prototypes(PrototypeKind.MEANS).assignment(Rule.FIXED).spread(-1));
        assertNames("temperature is 0.0", h -> h.loss(LossKind.TEMPERED).temperature(0));
        assertNames("temperature is 10.0, expected 1 for learned", h -> h.prototypes(PrototypeKind.LEARNED).loss(LossKind.SOFTMAX).temperature(10));
        assertNames("assignment margin is -1.0", h -> h.margin(-1));
        assertNames("assignment period is 0", h -> h.period(0));
        assertNames("assignment freeze is 3, expected an epoch after the warm-up", h -> h.warmUp(3).freeze(3));
        assertEquals("similarity", assertThrows(NullPointerException.class,
                () -> TrainingSettings.builder().head(h -> h.similarity(null)).build()).getMessage());
        assertNames("need held-out data", h -> h.assignment(Rule.QUADRATIC).similarity(Similarity.CONFUSION));
        assertNames("learned prototypes would all fall together", h -> h.prototypes(PrototypeKind.LEARNED).assignment(Rule.FIXED));
    }

    /** What a model's confidences are divided by tells runs apart under a loss that has no use for it, too. */
    @Test
    void anUnusualTemperatureIsTold() {
        assertEquals("cosine", TrainingTrials.settings(HeadKind.DYNAMIC).build().toMap().get("loss"));
        assertEquals("cosine 0.5", TrainingTrials.settings(HeadKind.DYNAMIC).head(h -> h.temperature(0.5)).build().toMap().get("loss"));
    }

    private static void assertNames(String expected, Consumer<HeadSettings.Builder> change) {
        String message = assertThrows(IllegalArgumentException.class, () -> TrainingSettings.builder().head(change).build()).getMessage();
        assertTrue(message.contains(expected), message);
    }
}

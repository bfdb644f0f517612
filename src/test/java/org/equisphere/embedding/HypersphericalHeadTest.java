package org.equisphere.embedding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.equisphere.model.Classifier;
import org.equisphere.model.ModelContents;
import org.equisphere.model.ModelFormatException;
import org.equisphere.model.Prediction;
import org.equisphere.model.Readout;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Clouds around drawn centres: classes 0 to 7 are trained on, 8 is added later, 9 to 11 stay unknown. */
class HypersphericalHeadTest {

    private static final int WIDTH = 24;
    private static final int CLASSES = 8;
    private static final int D = 6;
    private static HypersphericalHead head;

    @TempDir
    private Path folder;

    /** {@code each} features of every class from {@code first} up to {@code last}, class after class. */
    private static float[][] clouds(int first, int last, int each, long seed) {
        SplittableRandom chance = new SplittableRandom(seed);
        float[][] features = new float[(last - first) * each][WIDTH];
        for (int i = 0; i < features.length; i++) {
            SplittableRandom centre = new SplittableRandom(100 + first + i / each);
            for (int k = 0; k < WIDTH; k++) {
                features[i][k] = (float) (5 + centre.nextGaussian() + 0.4 * chance.nextGaussian());
            }
        }
        return features;
    }

    private static int[] labels(int classes, int each) {
        int[] labels = new int[classes * each];
        Arrays.setAll(labels, i -> i / each);
        return labels;
    }

    @BeforeAll
    static void train() {
        head = HypersphericalHead.builder(D).sparePrototypes(16).seed(1).fit(clouds(0, CLASSES, 60, 1), labels(CLASSES, 60));
    }

    private static double accuracy(HypersphericalHead head, float[][] features, int firstLabel, int each) {
        int right = 0;
        for (int i = 0; i < features.length; i++) {
            right += head.predict(features[i]).label() == firstLabel + i / each ? 1 : 0;
        }
        return (double) right / features.length;
    }

    /** Trained by a softmax over inner products: a head's scores are cosines all the same, and the classifier below keeps its own. */
    @Test
    void aHeadOfInnerProductsTellsCosines() {
        ModelContents c = head.classifier().contents();
        Readout.Nearest nearest = (Readout.Nearest) c.readout();
        HypersphericalHead inner = HypersphericalHead.of(Classifier.of(new ModelContents(c.architecture(), c.inputShape(), c.dimension(),
                c.labelNames(), c.normalization(), new Readout.Nearest(nearest.prototypes(), nearest.prototypeOfLabel(), false),
                c.learned(), c.statistics(), c.provenance())));
        for (float[] feature : clouds(0, CLASSES, 3, 5)) {
            assertEquals(head.predict(feature), inner.predict(feature));
            assertEquals(head.top(feature, 4), inner.top(feature, 4));
            assertTrue(Math.abs(inner.classifier().predict(feature).score() - inner.predict(feature).score()) > 1e-3,
                    "a feature of length 1 shows nothing");
        }
        HypersphericalHead more = inner.withClass("new", clouds(CLASSES, CLASSES + 1, 5, 6)).head().rejecting(30);
        float[] feature = clouds(0, 1, 1, 7)[0];
        assertEquals(inner.classifier().scores(feature)[2], more.classifier().scores(feature)[2]);
        assertEquals(head.rejecting(30).identify(feature), more.identify(feature));
    }

    @Test
    void aTrainedHeadKnowsItsClasses() {
        assertTrue(accuracy(head, clouds(0, CLASSES, 40, 2), 0, 40) > 0.99);
        assertEquals(16, head.freePrototypes());
        HypersphericalHead simple = HypersphericalHead.fit(clouds(0, 3, 20, 1), labels(3, 20), 2);
        assertTrue(accuracy(simple, clouds(0, 3, 20, 2), 0, 20) > 0.99);
        assertEquals(2, simple.dimension());
        assertEquals(List.of("0", "1", "2"), simple.labelNames());
    }

    @Test
    void codesAreUnitVectorsAndScoresAreCosines() {
        float[][] features = clouds(0, CLASSES, 5, 3);
        float[][] codes = head.codes(features);
        for (int i = 0; i < features.length; i++) {
            double norm = 0;
            for (float v : codes[i]) {
                norm += v * v;
            }
            assertEquals(1, norm, 1e-5);
            assertArrayEquals(head.code(features[i]), codes[i], 1e-5f);
            List<Prediction> top = head.top(features[i], CLASSES);
            for (int k = 1; k < top.size(); k++) {
                assertTrue(top.get(k - 1).score() >= top.get(k).score());
            }
            assertEquals(head.predict(features[i]), top.get(0));
            assertEquals(CLASSES, top.stream().map(Prediction::label).distinct().count());
        }
    }

    @Test
    void equalSeedsGiveEqualHeads() {
        HypersphericalHead again = HypersphericalHead.builder(D).sparePrototypes(16).seed(1).fit(clouds(0, CLASSES, 60, 1), labels(CLASSES, 60));
        assertArrayEquals(head.classifier().contents().learned(), again.classifier().contents().learned());
        assertArrayEquals(head.code(clouds(0, 1, 1, 5)[0]), again.code(clouds(0, 1, 1, 5)[0]));
    }

    @Test
    void whatIsUnknownIsRejected() {
        float[][] known = clouds(0, CLASSES, 50, 7);
        float[][] unknown = clouds(9, 12, 50, 8);
        assertTrue(head.identify(unknown[0]).isPresent(), "nothing is rejected before a threshold is chosen");
        OpenSetThreshold strict = OpenSetThreshold.atFalseRejection(head, known, 0.02);
        assertTrue(strict.falseRejection() <= 0.02 && strict.falseRejection() > 0, strict.toString());
        float[][] hundred = Arrays.copyOf(known, 100);
        assertEquals(100, Arrays.stream(hundred).mapToDouble(x -> HypersphericalHead.angle(head.predict(x))).distinct().count());
        assertEquals(0.29, OpenSetThreshold.atFalseRejection(head, hundred, 0.29).falseRejection(),
                1e-12, "0.29 * 100 falls short of 29 by rounding");
        assertEquals(0.99, OpenSetThreshold.atFalseRejection(head, hundred, Math.nextDown(1.0)).falseRejection(), 1e-12, "one is always kept");
        OpenSetThreshold all = OpenSetThreshold.atFalseRejection(head, known, 0);
        assertEquals(0, all.falseRejection());
        assertTrue(all.angle() > strict.angle());
        OpenSetThreshold balanced = OpenSetThreshold.balanced(head, known, unknown);
        for (double other : new double[] {balanced.angle() - 3, balanced.angle() - 0.5, balanced.angle() + 0.5, balanced.angle() + 3}) {
            assertTrue(errors(known, other, true) + errors(unknown, other, false) >= balanced.falseRejection() + balanced.falseAcceptance() - 1e-9);
        }
        assertEquals(errors(known, balanced.angle(), true), balanced.falseRejection(), 1e-9);
        assertEquals(errors(unknown, balanced.angle(), false), balanced.falseAcceptance(), 1e-9);
        HypersphericalHead rejecting = head.rejecting(balanced);
        double rejected = 1 - errorsOf(rejecting, clouds(9, 12, 50, 18), false);
        double kept = 1 - errorsOf(rejecting, clouds(0, CLASSES, 50, 17), true);
        assertTrue(rejected > 0.7 && kept > 0.8, "fresh examples: rejected " + rejected + ", kept " + kept);
    }

    private static double errors(float[][] features, double angle, boolean known) {
        return errorsOf(head.rejecting(Math.max(0, angle)), features, known);
    }

    private static double errorsOf(HypersphericalHead judged, float[][] features, boolean known) {
        return (double) Arrays.stream(features).filter(f -> judged.identify(f).isPresent() != known).count() / features.length;
    }

    @Test
    void aClassIsAddedWithoutTraining() {
        HypersphericalHead.Addition addition = head.withClass("late", clouds(8, 9, 30, 11));
        HypersphericalHead more = addition.head();
        assertEquals(CLASSES, addition.label());
        assertEquals("late", more.labelNames().get(CLASSES));
        assertEquals(15, more.freePrototypes());
        assertEquals(16, head.freePrototypes(), "the head it was made from stays");
        assertArrayEquals(head.classifier().contents().learned(), more.classifier().contents().learned(), "nothing is trained");
        Readout.Nearest after = (Readout.Nearest) more.classifier().contents().readout();
        double[] mean = new double[D];
        for (float[] code : head.codes(clouds(8, 9, 30, 11))) {
            Arrays.setAll(mean, k -> mean[k] + code[k]);
        }
        int[] before = ((Readout.Nearest) head.classifier().contents().readout()).prototypeOfLabel();
        double norm = Math.sqrt(Arrays.stream(mean).map(v -> v * v).sum());
        for (int p = 0; p < CLASSES + 16; p++) {
            int candidate = p;
            if (Arrays.stream(before).noneMatch(taken -> taken == candidate)) {
                double[] row = after.prototypes().row(p);
                double cosine = 0;
                for (int k = 0; k < D; k++) {
                    cosine += row[k] * mean[k] / norm;
                }
                assertTrue(cosine <= addition.cosine() + 1e-9, "free prototype " + p + " is nearer");
            }
        }
        assertEquals(addition.recall(), accuracy(more, clouds(8, 9, 100, 12), CLASSES, 100), 0.25, "recall foretells the accuracy on fresh examples");
        assertTrue(accuracy(more, clouds(0, CLASSES, 40, 2), 0, 40) > 0.95);
    }

    @Test
    void anAlignedClassIsFoundMoreOften() {
        HypersphericalHead.Addition plain = head.withClass("late", clouds(8, 9, 30, 11));
        HypersphericalHead.Addition aligned = head.withAlignedClass("late", clouds(8, 9, 30, 11));
        double late = accuracy(aligned.head(), clouds(8, 9, 100, 12), CLASSES, 100);
        double early = accuracy(aligned.head(), clouds(0, CLASSES, 40, 2), 0, 40);
        assertTrue(late > 0.85 && late > plain.recall() + 0.2 && early > 0.85, "late " + late + ", early " + early + ", plain " + plain.recall());
        float[][] codes = aligned.head().codes(clouds(8, 9, 30, 11));
        int own = ((Readout.Nearest) aligned.head().classifier().contents().readout()).prototypeOfLabel()[CLASSES];
        double[] prototype = ((Readout.Nearest) aligned.head().classifier().contents().readout()).prototypes().row(own);
        double cosine = 0;
        for (float[] code : codes) {
            for (int k = 0; k < D; k++) {
                cosine += code[k] * prototype[k] / codes.length;
            }
        }
        assertTrue(cosine > plain.cosine() + 0.1, "codes now lie around the prototype: " + cosine);
    }

    @Test
    void anAddedClassNeedsAFreePrototype() {
        HypersphericalHead full = HypersphericalHead.fit(clouds(0, 3, 10, 1), labels(3, 10), 2);
        refuses(IllegalStateException.class, () -> full.withClass("late", clouds(3, 4, 5, 1)), "no free prototype for \"late\"", "all 3 are taken");
        refuses(IllegalArgumentException.class, () -> head.withClass("3", clouds(8, 9, 5, 1)), "is there already");
        refuses(IllegalArgumentException.class, () -> head.withClass("late", new float[0][]), "no examples");
        refuses(IllegalArgumentException.class, () -> head.withClass("late", new float[2][3]), "has 3 numbers, expected 24");
    }

    @Test
    void aSavedHeadIsTheSame() throws Exception {
        HypersphericalHead before = head.withClass("late", clouds(8, 9, 30, 11)).head().rejecting(37.5);
        Path file = folder.resolve("head.eqs");
        before.save(file);
        HypersphericalHead after = HypersphericalHead.load(file);
        assertEquals(37.5, after.rejectionAngle());
        assertEquals(before.labelNames(), after.labelNames());
        assertEquals(before.freePrototypes(), after.freePrototypes());
        float[] feature = clouds(8, 9, 1, 1)[0];
        assertEquals(before.top(feature, 9), after.top(feature, 9));
        assertEquals(before.predict(feature), Classifier.load(file).predict(feature), "any classifier's file");
    }

    @Test
    void otherClassifiersAreNoHeads() throws Exception {
        Path file = folder.resolve("softmax.eqs");
        var contents = head.classifier().contents();
        try (var backend = org.equisphere.tensor.Backends.host(1)) {
            var weights = contents.architecture().build(new int[] {WIDTH}, D).append(new org.equisphere.nn.Dense("classifier", 2, false))
                    .initialise(backend, 1);
            Classifier.builder(contents.architecture(), weights, List.of("a", "b")).softmax(D).build().save(file);
        }
        refuses(ModelFormatException.class, () -> HypersphericalHead.load(file), "softmax.eqs", "prototype classifier of feature vectors");
    }

    @Test
    void nonsenseIsRefusedBeforeTraining() {
        float[][] x = clouds(0, 2, 4, 1);
        refuses(() -> HypersphericalHead.builder(0), "dimension is 0");
        refuses(() -> HypersphericalHead.builder(1), "dimension is 1, expected at least 2");
        refuses(() -> HypersphericalHead.builder(2).hidden(8, 0), "hidden width is 0");
        refuses(() -> HypersphericalHead.builder(2).sparePrototypes(-1), "spare prototypes is -1");
        refuses(() -> HypersphericalHead.builder(2).epochs(0), "epochs is 0");
        refuses(() -> HypersphericalHead.builder(2).batch(1), "batch is 1");
        refuses(() -> HypersphericalHead.builder(2).learningRate(Double.NaN), "learning rate is NaN");
        refuses(() -> HypersphericalHead.builder(2).labelNames(List.of("b", "a", "a")), "\"a\" is given twice");
        refuses(() -> HypersphericalHead.builder(2).fit(x, labels(1, 8)), "number of classes is 1, expected at least 2");
        refuses(() -> HypersphericalHead.builder(2).labelNames(List.of("a")).fit(x, labels(2, 4)), "1 label names for 2 classes");
        refuses(() -> HypersphericalHead.fit(x, labels(2, 3), 2), "8 features and 6 labels");
        refuses(() -> HypersphericalHead.fit(x, new int[] {0, 0, 0, 0, 2, 2, 2, 2}, 2), "label 1 has no example");
        refuses(() -> HypersphericalHead.fit(x, new int[] {0, 0, 0, 0, -1, 1, 1, 1}, 2), "-1..1");
        refuses(() -> HypersphericalHead.fit(x, new int[] {0, 0, 0, 0, 1, 1, 1, Integer.MAX_VALUE - 1}, 2), "without gaps");
        refuses(() -> HypersphericalHead.fit(x, new int[] {0, 0, 0, 0, 1, 1, 1, Integer.MAX_VALUE}, 2), "0.." + Integer.MAX_VALUE, "without gaps");
        x[3][5] = Float.NaN;
        refuses(() -> HypersphericalHead.fit(x, labels(2, 4), 2), "feature 5 of vector 3 is NaN");
        x[3] = new float[WIDTH - 1];
        refuses(() -> HypersphericalHead.fit(x, labels(2, 4), 2), "feature 3 has 23 numbers");
        x[3] = null;
        refuses(() -> HypersphericalHead.fit(x, labels(2, 4), 2), "feature 3 is null");
        x[0] = null;
        refuses(() -> HypersphericalHead.fit(x, labels(2, 4), 2), "feature 0 is null");
        refuses(() -> head.codes(new float[][] {new float[WIDTH], null}), "feature 1 is null");
        float[][] many = new float[1 << 20][];
        Arrays.fill(many, new float[1 << 11]);
        refuses(() -> HypersphericalHead.fit(many, labels(2, 1 << 19), 2), "1048576 features of 2048 numbers", "numbers in all");
        refuses(() -> HypersphericalHead.builder(4).sparePrototypes(Integer.MAX_VALUE).fit(clouds(0, 2, 4, 1), labels(2, 4)),
                "spare prototypes is 2147483647", "at most 536870895 prototypes in all for 2 classes in 4 dimensions");
        refuses(() -> head.rejecting(-1), "rejection angle is -1.0");
        refuses(() -> OpenSetThreshold.atFalseRejection(head, new float[0][], 0.1), "no known features");
        refuses(() -> OpenSetThreshold.atFalseRejection(head, clouds(0, 1, 1, 1), 1), "rate is 1.0");
        refuses(() -> OpenSetThreshold.atFalseRejection(head, new float[1][], 0.1), "feature 0 is null");
    }

    /** 64 threads at once: everyone gets what one alone gets, and nobody ever waits for another. */
    @Test
    void sixtyFourThreadsWaitForNobody() throws InterruptedException {
        float[][] inputs = clouds(0, CLASSES, 8, 21);
        Prediction[] expected = Arrays.stream(inputs).map(head::predict).toArray(Prediction[]::new);
        int threads = 64;
        CountDownLatch warm = new CountDownLatch(threads);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger waits = new AtomicInteger();
        ThreadMXBean bean = ManagementFactory.getThreadMXBean();
        List<Thread> crew = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Thread thread = new Thread(() -> {
                // all that is counted below, once: what a first call loads and links takes the virtual machine's locks
                wrong.addAndGet(unlike(inputs, expected, 50));
                bean.getThreadInfo(Thread.currentThread().getId());
                warm.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    wrong.incrementAndGet();
                }
                ThreadInfo before = bean.getThreadInfo(Thread.currentThread().getId());
                wrong.addAndGet(unlike(inputs, expected, 300));
                ThreadInfo after = bean.getThreadInfo(Thread.currentThread().getId());
                waits.addAndGet((int) (after.getBlockedCount() - before.getBlockedCount() + after.getWaitedCount() - before.getWaitedCount()));
            });
            crew.add(thread);
            thread.start();
        }
        warm.await();
        go.countDown();
        for (Thread thread : crew) {
            thread.join();
        }
        assertEquals(0, wrong.get(), "predictions that differ from one thread's");
        assertEquals(0, waits.get(), "times a thread was blocked or parked in 19,200 predictions");
    }

    @Test
    void theUnitOfTheFeaturesDoesNotMatter() {
        float[][] tiny = clouds(0, CLASSES, 20, 5);
        for (float[] feature : tiny) {
            for (int k = 0; k < WIDTH; k++) {
                feature[k] *= 0x1p-30f;
            }
        }
        HypersphericalHead of = HypersphericalHead.builder(D).epochs(15).fit(tiny, labels(CLASSES, 20));
        assertTrue(accuracy(of, tiny, 0, 20) > 0.9, "accuracy " + accuracy(of, tiny, 0, 20));
    }

    /** One number more, as seconds since 1970 some quarters of an hour around a day: it says nothing, and must not drown what does. */
    @Test
    void aSmallSpreadAroundALargeNumberDoesNotMatter() {
        float[][] wide = clouds(0, CLASSES, 20, 5);
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < wide.length; i++) {
            wide[i] = Arrays.copyOf(wide[i], WIDTH + 1);
            wide[i][WIDTH] = 1.6e9f + (float) (1000 * random.nextGaussian());
        }
        HypersphericalHead of = HypersphericalHead.builder(D).epochs(15).fit(wide, labels(CLASSES, 20));
        assertTrue(accuracy(of, wide, 0, 20) > 0.9, "accuracy " + accuracy(of, wide, 0, 20));
    }

    /** Predicts so many times; returns how many predictions are not as expected. */
    private static int unlike(float[][] inputs, Prediction[] expected, int predictions) {
        int count = 0;
        for (int k = 0; k < predictions; k++) {
            count += head.predict(inputs[k % inputs.length]).equals(expected[k % inputs.length]) ? 0 : 1;
        }
        return count;
    }

    private static void refuses(Executable action, String... parts) {
        refuses(IllegalArgumentException.class, action, parts);
    }

    private static void refuses(Class<? extends Throwable> kind, Executable action, String... parts) {
        String message = assertThrows(kind, action).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }
}

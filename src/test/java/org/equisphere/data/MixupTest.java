package org.equisphere.data;

import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixupTest {
    private static final int N = 50;

    private static FeatureDataset vectors() {
        float[] values = new float[3 * N];
        int[] labels = new int[N];
        for (int i = 0; i < N; i++) {
            values[3 * i] = i;
            values[3 * i + 1] = i * i;
            values[3 * i + 2] = 1;
            labels[i] = i % 7;
        }
        return new FeatureDataset("v", values, 3, labels, Labels.numbered(7));
    }

    @Test
    void blendsEachExampleWithItsPartner() throws InterruptedException {
        int own = 0;
        try (BatchLoader loader = BatchLoader.of(vectors()).batch(8).shuffle(6).mixup(1).open()) {
            for (Batch batch; (batch = loader.next()) != null; ) {
                float a = batch.lambda();
                assertTrue(a >= 0 && a <= 1);
                boolean[] used = new boolean[batch.count()];
                for (int k = 0; k < batch.count(); k++) {
                    int p = batch.partners()[k];
                    assertFalse(used[p], "partners are a permutation");
                    used[p] = true;
                    own += p == k ? 1 : 0;
                    int i = batch.indices()[k];
                    int j = batch.indices()[p];
                    assertEquals(a * i + (1 - a) * j, batch.examples()[3 * k], 1e-4);
                    assertEquals(a * i * i + (1 - a) * j * j, batch.examples()[3 * k + 1], 1e-2);
                    assertEquals(1, batch.examples()[3 * k + 2], 1e-6);
                    assertEquals(i, batch.originals()[3 * k], "what it was before");
                    assertEquals(i % 7, batch.labels()[k]);
                    assertEquals(j % 7, batch.secondLabels()[k]);
                }
            }
        }
        assertTrue(own > 0, "any permutation, one that leaves an example with itself, too");
    }

    /** Whole boxes take the share asked of both sides; they lie about any point, cut off at the edges. */
    @Test
    void boxesOfCutMixLieAnywhere() {
        RandomStream random = new RandomStream(3, RandomStream.MIXUP, 1);
        boolean[] cutOff = new boolean[4];
        int whole = 0;
        for (int k = 0; k < 500; k++) {
            ImageBox box = ImageBox.around(20, 12, 0.5, random);
            assertTrue(box.height() <= 10 && box.width() <= 6, box.toString());
            whole += box.height() == 10 && box.width() == 6 ? 1 : 0;
            cutOff[0] |= box.top() == 0 && box.height() < 10;
            cutOff[1] |= box.top() + box.height() == 20 && box.height() < 10;
            cutOff[2] |= box.left() == 0 && box.width() < 6;
            cutOff[3] |= box.left() + box.width() == 12 && box.width() < 6;
        }
        assertEquals(500 * 11 / 20.0 * 7 / 12, whole, 53, "five standard deviations");
        assertTrue(cutOff[0] && cutOff[1] && cutOff[2] && cutOff[3], Arrays.toString(cutOff));
    }

    /** The share of the area is the square of that of the sides: a lambda that is nearly 1/2 leaves half of an image. */
    @Test
    void aWholeBoxTakesWhatLambdaLeaves() throws InterruptedException {
        ImageDataset large = new ImageDataset("large", new byte[20 * 1600], 40, 40, 1, new int[20], Labels.numbered(1));
        float least = 1;
        try (BatchLoader loader = BatchLoader.of(large).batch(5).shuffle(6).cutmix(1000).open()) {
            for (int epoch = 0; epoch < 20; epoch++) {
                for (Batch batch; (batch = loader.next()) != null; ) {
                    least = Math.min(least, batch.lambda());
                }
            }
        }
        assertEquals(0.5, least, 0.06);
    }

    private static ImageDataset pictures() {
        byte[] pixels = new byte[N * 6 * 5 * 3];
        int[] labels = new int[N];
        for (int i = 0; i < N; i++) {
            labels[i] = i % 7;
            Arrays.fill(pixels, i * 90, (i + 1) * 90, (byte) i);
        }
        return new ImageDataset("p", pixels, 6, 5, 3, labels, Labels.numbered(7));
    }

    /** Every image is one number, so that what of another was pasted shows: a box, and lambda is the share it leaves. */
    @Test
    void cutsABoxOutOfThePartner() throws InterruptedException {
        int cut = 0;
        int whole = 0;
        try (BatchLoader loader = BatchLoader.of(pictures()).batch(10).shuffle(6).cutmix(1).threads(2).open()) {
            for (int epoch = 0; epoch < 20; epoch++) {
                for (Batch batch; (batch = loader.next()) != null; ) {
                    for (int k = 0; k < batch.count(); k++) {
                        float own = batch.indices()[k] / 255f;
                        float other = batch.indices()[batch.partners()[k]] / 255f;
                        assertEquals(other * 255 % 7, batch.secondLabels()[k], 1e-3);
                        int pasted = 0;
                        int top = 9, left = 9, bottom = -1, right = -1;
                        for (int p = 0; p < 30; p++) {
                            float v = batch.examples()[k * 90 + 3 * p];
                            assertTrue(v == own || v == other);
                            assertEquals(own, batch.originals()[k * 90 + 3 * p], "what it was before");
                            if (v != own) {
                                pasted++;
                                top = Math.min(top, p / 5);
                                bottom = Math.max(bottom, p / 5);
                                left = Math.min(left, p % 5);
                                right = Math.max(right, p % 5);
                            }
                        }
                        if (own != other) {
                            assertEquals(1 - pasted / 30f, batch.lambda(), 1e-6);
                            assertEquals(pasted, pasted == 0 ? 0 : (bottom - top + 1) * (right - left + 1), "a box");
                            cut += pasted > 0 ? 1 : 0;
                            whole += pasted == 0 ? 1 : 0;
                        }
                    }
                }
            }
        }
        assertTrue(cut > 300 && whole > 50, cut + " cut, " + whole + " whole");
        refusesArgument(() -> BatchLoader.of(vectors()).cutmix(1), "images");
        refusesArgument(() -> BatchLoader.of(pictures()).cutmix(-1), "-1.0");
    }

    @Test
    void bothTogetherTakeTurns() throws InterruptedException {
        int blended = 0;
        int pasted = 0;
        try (BatchLoader loader = BatchLoader.of(pictures()).batch(10).shuffle(6).mixup(1).cutmix(1).open()) {
            for (int epoch = 0; epoch < 20; epoch++) {
                for (Batch batch; (batch = loader.next()) != null; ) {
                    boolean between = false;
                    for (int k = 0; k < batch.count(); k++) {
                        float v = batch.examples()[k * 90];
                        between |= v != batch.originals()[k * 90] && v != batch.originals()[batch.partners()[k] * 90];
                    }
                    blended += between ? 1 : 0;
                    pasted += between ? 0 : 1;
                }
            }
        }
        assertTrue(blended > 25 && pasted > 25, blended + " blended, " + pasted + " pasted");
    }

    /** Mixup's alpha gives nearly halves here, CutMix's nearly all or nothing. */
    @Test
    void eachHasItsOwnAlpha() throws InterruptedException {
        float largestBox = 0;
        int halves = 0;
        try (BatchLoader loader = BatchLoader.of(pictures()).batch(10).shuffle(6).mixup(1000).cutmix(0.001).open()) {
            for (int epoch = 0; epoch < 20; epoch++) {
                for (Batch batch; (batch = loader.next()) != null; ) {
                    boolean blended = batch.lambda() > 0.45 && batch.lambda() < 0.55 && batch.lambda() * 30 != Math.rint(batch.lambda() * 30);
                    halves += blended ? 1 : 0;
                    largestBox = blended ? largestBox : Math.max(largestBox, 1 - batch.lambda());
                    assertTrue(blended || Math.abs(batch.lambda() * 30 - Math.rint(batch.lambda() * 30)) < 1e-5,
                            "neither blended nor a box: " + batch.lambda());
                }
            }
        }
        assertTrue(halves > 25 && largestBox > 0.6, halves + " of 100 blended, the largest box takes " + largestBox);
    }

    @Test
    void theSameForAnyNumberOfThreads() throws InterruptedException {
        String[] dealt = new String[2];
        for (int t = 0; t < 2; t++) {
            StringBuilder text = new StringBuilder();
            try (BatchLoader loader = BatchLoader.of(vectors()).batch(8).shuffle(6).mixup(0.4).threads(1 + 2 * t).open()) {
                for (Batch batch; (batch = loader.next()) != null; ) {
                    text.append(batch.lambda()).append(Arrays.toString(Arrays.copyOf(batch.examples(), 3 * batch.count())))
                            .append(Arrays.toString(Arrays.copyOf(batch.partners(), batch.count())));
                }
            }
            dealt[t] = text.toString();
        }
        assertEquals(dealt[0], dealt[1]);
    }

    @Test
    void withoutItLambdaIsOne() throws InterruptedException {
        try (BatchLoader loader = BatchLoader.of(vectors()).batch(8).open()) {
            assertEquals(1, loader.next().lambda());
        }
        refusesArgument(() -> BatchLoader.of(vectors()).mixup(-0.5), "-0.5");
        refusesArgument(() -> BatchLoader.of(vectors()).mixup(Double.NaN), "NaN");
    }

    /** Beta(a, a) has mean 1/2 and variance 1 / (4 (2a + 1)). */
    @ParameterizedTest
    @ValueSource(doubles = {1e-4, 0.2, 0.5, 1, 2, 8})
    void lambdaHasTheMomentsOfBeta(double alpha) {
        RandomStream random = new RandomStream(3, RandomStream.MIXUP, 0);
        int n = 40_000;
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < n; k++) {
            double x = Mixup.beta(alpha, random);
            assertTrue(x >= 0 && x <= 1);
            sum += x;
            squares += x * x;
        }
        double mean = sum / n;
        double variance = 1 / (4 * (2 * alpha + 1));
        assertEquals(0.5, mean, 5 * Math.sqrt(variance / n));
        assertEquals(variance, squares / n - mean * mean, 0.03 * variance);
    }
}

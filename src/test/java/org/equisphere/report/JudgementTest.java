package org.equisphere.report;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.equisphere.data.Dataset;
import org.equisphere.data.FeatureDataset;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.embedding.HypersphericalHead;
import org.equisphere.model.Classifier;
import org.equisphere.model.ModelContents;
import org.equisphere.tensor.Backends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a model tells of its training examples, and whether it can be so. */
class JudgementTest {

    private static final int WIDTH = 5;
    private static final int EACH = 20;

    private static float[][] clouds(int classes) {
        SplittableRandom chance = new SplittableRandom(1);
        float[][] x = new float[classes * EACH][WIDTH];
        for (int i = 0; i < x.length; i++) {
            for (int k = 0; k < WIDTH; k++) {
                x[i][k] = (float) ((k == i / EACH ? 3 : 0) + 0.3 * chance.nextGaussian());
            }
        }
        return x;
    }

    private static int[] labels(int classes) {
        int[] labels = new int[classes * EACH];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i / EACH;
        }
        return labels;
    }

    /** A head of three labels, said to be trained on so many examples of each. */
    private static HypersphericalHead head(String counts) {
        Classifier trained = HypersphericalHead.builder(3).sparePrototypes(2).epochs(2).fit(clouds(3), labels(3)).classifier();
        ModelContents c = trained.contents();
        Map<String, String> provenance = new TreeMap<>(c.provenance());
        provenance.put("training_counts", counts);
        return HypersphericalHead.of(Classifier.of(new ModelContents(c.architecture(),
                c.inputShape(), c.dimension(), c.labelNames(), c.normalization(), c.readout(), c.learned(), c.statistics(), provenance)));
    }

    private static Judgement judged(HypersphericalHead head, int classes) throws InterruptedException {
        float[] all = new float[classes * EACH * WIDTH];
        float[][] rows = clouds(classes);
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, all, i * WIDTH, WIDTH);
        }
        Dataset test = new FeatureDataset("clouds", all, WIDTH, labels(classes), Labels.numbered(classes));
        return Judgement.of(head.classifier(), Backends.host(1), test);
    }

    @Test
    void shotsAreToldWhereTheCountsAreKnown() throws InterruptedException {
        HypersphericalHead head = head("300,50,7");
        assertEquals(Set.of("many", "medium", "few"), judged(head, 3).shots().keySet());
        HypersphericalHead more = head.withClass("new", java.util.Arrays.copyOfRange(clouds(4), 3 * EACH, 4 * EACH)).head();
        assertTrue(judged(more, 4).shots().isEmpty(), "nobody knows a count for the class that was added");
        assertEquals("300,50,7", head.rejecting(30).classifier().provenance().get("training_counts"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"300,50", "300,50,7,7", "300,many,7", ""})
    void countsThatDoNotFitAreRefused(String counts) {
        HypersphericalHead head = head(counts);
        String message = assertThrows(IllegalArgumentException.class, () -> judged(head, 3)).getMessage();
        assertTrue(message.contains("training_counts") && message.contains('"' + counts + '"') && message.contains("3"), message);
    }

    /** The backend was handed over: its threads end with the refusal. */
    @Test
    void aRefusedJudgementLeavesNoThreads() {
        HypersphericalHead head = head("1,2");
        Dataset test = new FeatureDataset("clouds", new float[3 * WIDTH], WIDTH, new int[] {0, 1, 2}, Labels.numbered(3));
        Set<Thread> before = workers();
        assertThrows(IllegalArgumentException.class, () -> Judgement.of(head.classifier(), Backends.host(3), test));
        Set<Thread> left = workers();
        left.removeAll(before);
        left.forEach(thread -> assertDoesNotThrow(() -> thread.join(10_000)));
        assertTrue(left.stream().noneMatch(Thread::isAlive), left.toString());
    }

    private static Set<Thread> workers() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("equisphere-worker-"))
                .collect(Collectors.toSet());
    }

    @Test
    void largeImagesAreJudgedFewAtATime() {
        assertEquals(128, Judgement.batch(images(32)));
        assertEquals(27, Judgement.batch(images(160)));
        assertEquals(1, Judgement.batch(images(1000)));
    }

    private static Dataset images(int side) {
        return new ImageDataset("blank", new byte[side * side * 3], side, side, 3, new int[1], Labels.numbered(1));
    }
}

package org.equisphere.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.equisphere.embedding.HypersphericalHead;
import org.equisphere.embedding.OpenSetThreshold;
import org.equisphere.model.Prediction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A head on embeddings you have already; here they are drawn, as a text or image encoder might give them. */
class HeadOnYourEmbeddingsTest {

    private static final List<String> ANIMALS = List.of("cat", "dog", "fox", "hare", "owl", "wren");

    @Test
    void trainSearchRejectAddSave(@TempDir Path folder) throws Exception {
        float[][] features = embeddings(0, 6, 50);
        int[] labels = new int[features.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i / 50;
        }
        HypersphericalHead head = HypersphericalHead.builder(4).sparePrototypes(8).labelNames(ANIMALS).seed(1).fit(features, labels);

        float[] dog = embeddings(1, 2, 1)[0];
        List<Prediction> three = head.top(dog, 3);          // the nearest labels with their cosines
        float[] code = head.code(dog);                      // 4 numbers in place of 64

        OpenSetThreshold threshold = OpenSetThreshold.atFalseRejection(head, embeddings(0, 6, 20), 0.05);
        HypersphericalHead careful = head.rejecting(threshold);
        boolean known = careful.identify(dog).isPresent();

        HypersphericalHead.Addition seal = careful.withAlignedClass("seal", embeddings(6, 7, 30));
        seal.head().save(folder.resolve("animals.eqs"));
        HypersphericalHead loaded = HypersphericalHead.load(folder.resolve("animals.eqs")); // thread-safe; keep one for the whole program

        assertEquals("dog", three.get(0).name());
        assertEquals(4, code.length);
        assertTrue(known && threshold.falseRejection() <= 0.05);
        assertEquals("seal", loaded.predict(embeddings(6, 7, 1)[0]).name());
        assertEquals(7, loaded.freePrototypes());
    }

    /** {@code each} embeddings of every class from {@code first} up to {@code last}: a centre of the class's own, and noise. */
    private static float[][] embeddings(int first, int last, int each) {
        Random noise = new Random(first + 100L * each);
        float[][] all = new float[(last - first) * each][64];
        for (int i = 0; i < all.length; i++) {
            Random centre = new Random(first + i / each);
            for (int k = 0; k < 64; k++) {
                all[i][k] = (float) (centre.nextGaussian() + 0.5 * noise.nextGaussian());
            }
        }
        return all;
    }
}

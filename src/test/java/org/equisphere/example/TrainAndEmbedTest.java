package org.equisphere.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.RgbImage;
import org.equisphere.data.Splits;
import org.equisphere.model.Classifier;
import org.equisphere.model.Prediction;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's code, run: pictures in memory, trained on, saved, loaded, predicted; smaller, so that it takes a second. */
class TrainAndEmbedTest {

    private static final int COUNT = 160;

    @Test
    void readmeExample(@TempDir Path folder) throws Exception {
        byte[] pixels = new byte[COUNT * 32 * 32 * 3];
        int[] labels = new int[COUNT];
        for (int i = 0; i < COUNT; i++) {
            labels[i] = i % 2;
            BufferedImage picture = picture(labels[i], i);
            byte[] one = RgbImage.of(picture).fit(32, 32, 32, 32).rgb();
            System.arraycopy(one, 0, pixels, i * one.length, one.length);
        }
        Path file = folder.resolve("model.eqs");

        Splits data = new ImageDataset("pets", pixels, 32, 32, 3, labels, Labels.named(List.of("cat", "dog"))).split(0.1, 1);
        TrainingSettings settings = TrainingSettings.builder().network("resnet8").dimension(3).epochs(3).batch(16).seed(1).build();
        try (Backend backend = Backends.best()) {
            new Trainer(settings, backend).fit(data).classifier("pets").save(file);
        }
        Classifier classifier = Classifier.load(file); // thread-safe; keep one for the whole program
        File cat = folder.resolve("cat.png").toFile();
        ImageIO.write(picture(0, 999), "png", cat);
        Prediction best = classifier.predict(ImageIO.read(cat));

        assertEquals("cat", best.name());
        assertEquals("dog", classifier.predict(picture(1, 999)).name());
        assertEquals(best, classifier.top(classifier.example(ImageIO.read(cat)), 2).get(0));
        assertTrue(best.score() >= -1.00001f && best.score() <= 1.00001f, "a cosine is " + best.score());
        assertEquals("pets", classifier.provenance().get("data"));
    }

    /** A red or a blue square somewhere on grey, of any size. */
    private static BufferedImage picture(int label, int seed) {
        Random random = new Random(seed);
        BufferedImage picture = new BufferedImage(40 + random.nextInt(20), 40 + random.nextInt(20), BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        canvas.setColor(Color.GRAY);
        canvas.fillRect(0, 0, picture.getWidth(), picture.getHeight());
        canvas.setColor(label == 0 ? Color.RED : Color.BLUE);
        canvas.fillRect(8 + random.nextInt(8), 8 + random.nextInt(8), 24, 24);
        canvas.dispose();
        return picture;
    }
}

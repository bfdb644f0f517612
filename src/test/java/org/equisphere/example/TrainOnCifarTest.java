package org.equisphere.example;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.equisphere.data.reader.DataSource;
import org.equisphere.data.Splits;
import org.equisphere.model.Classifier;
import org.equisphere.model.Prediction;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.TrainedNetwork;
import org.equisphere.train.Trainer;
import org.equisphere.train.TrainingSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CIFAR-100 from its archive to a prediction; on a few images only, so that it takes seconds. */
class TrainOnCifarTest {

    private static final Path ARCHIVE = Path.of("../shared/data/cifar-100-binary.tar.gz");

    @Test
    void trainSaveLoadPredict(@TempDir Path folder) throws Exception {
        assumeTrue(Files.exists(ARCHIVE), () -> ARCHIVE + " is not here");
        Splits all = DataSource.parse("cifar100:" + ARCHIVE).open();
        Splits few = new Splits(all.train().subset(IntStream.range(0, 1024).toArray()), all.test().subset(IntStream.range(0, 128).toArray()));

        TrainingSettings settings = TrainingSettings.builder().network("resnet8").dimension(10).epochs(1).seed(1).build();
        try (Backend backend = Backends.best()) {
            TrainedNetwork run = new Trainer(settings, backend).fit(few);
            run.classifier("CIFAR-100").save(folder.resolve("model.eqs"));
        }

        Classifier classifier = Classifier.load(folder.resolve("model.eqs"));
        Prediction best = classifier.predict(new BufferedImage(640, 480, BufferedImage.TYPE_INT_RGB)); // an image of any size
        assertTrue(all.train().labelNames().contains(best.name()) && Math.abs(best.score()) <= 1.00001f, best.toString());
    }
}

package org.equisphere.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
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

/** The README's code, run: train, save, load, predict. */
class TrainAndEmbedTest {

    @Test
    void readmeExample(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("model.eqs");
        Splits data = DataSource.parse("synthetic:0,2,1").open();
        TrainingSettings settings = TrainingSettings.builder().network("resnet8").dimension(10).epochs(1).batch(50).seed(1).build();
        try (Backend backend = Backends.best()) {
            TrainedNetwork run = new Trainer(settings, backend).fit(data);
            run.classifier("built-in images").save(file);
        }

        Classifier classifier = Classifier.load(file); // thread-safe; keep one for the whole program
        float[] example = new float[data.test().length()];
        data.test().example(0, example, 0);
        Prediction best = classifier.predict(example);

        assertEquals(best, classifier.top(example, 5).get(0));
        assertTrue(best.score() >= -1.00001f && best.score() <= 1.00001f, "a cosine is " + best.score());
    }
}

package org.equisphere.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.equisphere.data.Splits;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.AssignmentSettings.Similarity;
import org.equisphere.train.TrainingSettings.HeadKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.api.Test;

class ClassSimilaritiesTest {

    /** Three means with (1, 1) in common: without it two point opposite ways and one nowhere. */
    @Test
    void whatAllMeansHaveInCommonDoesNotCount() {
        double[] means = {2, 1, 0, 1, 1, 1};
        assertArrayEquals(new double[] {1, -1, 0, -1, 1, 0, 0, 0, 0}, ClassSimilarities.ofMeans(means, 3, 2), 1e-12);
        assertArrayEquals(new double[] {2, 1, 0, 1, 1, 1}, means, "the means are not modified");
    }

    @Test
    void confusionsOfBothWaysAreTakenTogether() {
        Confusion confusion = new Confusion(3);
        confusion.add(new float[] {0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0}, new int[] {0, 0, 0, 1, 1}, 5);
        double expected = (2.0 / 3 + 1.0 / 2) / 2;
        assertArrayEquals(new double[] {1, expected, 0, expected, 1, 0, 0, 0, 1}, ClassSimilarities.ofConfusion(confusion), 1e-12);
    }

    /**
     * Six classes, of which each two have nearly the same centre, and prototypes in three pairs: with each source of similarities the siblings come to stand
     * together.
     */
    @ParameterizedTest
    @EnumSource(Similarity.class)
    void likeClassesComeToNearPrototypes(Similarity similarity) throws Exception {
        double[] rows = new double[6 * 3];
        for (int i = 0; i < 6; i++) {
            rows[i * 3 + i / 2] = 1;
            rows[i * 3 + (i / 2 + 1) % 3] = i % 2 == 0 ? 0.2 : -0.2;
        }
        Splits data = TrainingTrials.pairs(6, 60, 1);
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).dimension(3).holdout(0.3).epochs(6)
                .head(h -> h.loss(HeadSettings.LossKind.TEMPERED).assignment(Rule.QUADRATIC).similarity(similarity)).build();
        try (Backend backend = Backends.host(1)) {
            int[] of = new Trainer(settings, backend).prototypes(Prototypes.of(rows, 6, 3)).fit(data).prototypeOfLabel();
            int together = 0;
            for (int c = 0; c < 6; c += 2) {
                together += of[c] / 2 == of[c + 1] / 2 ? 1 : 0;
            }
            assertTrue(together == 3, together + " of 3 pairs stand together under " + similarity);
            assertEquals(6, java.util.Arrays.stream(of).distinct().count());
        }
    }
}

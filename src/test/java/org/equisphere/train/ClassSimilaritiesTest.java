package org.equisphere.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.equisphere.sphere.Prototypes;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.train.AssignmentSettings.Rule;
import org.equisphere.train.AssignmentSettings.Similarity;
import org.equisphere.train.HeadSettings.HeadKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ClassSimilaritiesTest {

    /** Three means with (1, 1) in common: without it two point opposite ways and one nowhere. */
    @Test
    void whatAllMeansHaveInCommonDoesNotCount() {
        double[] means = {2, 1, 0, 1, 1, 1};
        assertArrayEquals(new double[] {1, -1, 0, -1, 1, 0, 0, 0, 0}, ClassSimilarities.ofMeans(means, 3, 2), 1e-12);
        assertArrayEquals(new double[] {2, 1, 0, 1, 1, 1}, means, "the means are not modified");
    }

    /** Two classes without examples, beside two opposite ones with them. */
    @Test
    void classesWithoutExamplesAreLikeNoOther() {
        double[] expected = {1, -1, 0, 0, -1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        assertArrayEquals(expected, ClassSimilarities.ofMeans(new double[] {1, 0, 0, 1, 0, 0, 0, 0}, 4, 2), 1e-12);
    }

    /** Features count by their direction alone; one without a direction counts as an example, and a class without examples is zero. */
    @Test
    void classSumsAreOfNormalisedFeatures() {
        ClassSums sums = new ClassSums(3, 2);
        sums.add(new float[] {3, 4, 0, 9, 0, 0, 7, 7}, new int[] {0, 0, 2, 1}, 3);
        sums.add(new float[] {0, -2}, new int[] {2}, 1);
        assertArrayEquals(new double[] {0.3, 0.9, 0, 0, 0, -0.5}, sums.means(), 1e-12);
        assertArrayEquals(new int[] {2, 0, 2}, sums.counts());
    }

    @Test
    void confusionsOfBothWaysAreTakenTogether() {
        Confusion confusion = new Confusion(3);
        confusion.add(new float[] {0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0}, new int[] {0, 0, 0, 1, 1}, 5);
        double expected = (2.0 / 3 + 1.0 / 2) / 2;
        assertArrayEquals(new double[] {1, expected, 0, expected, 1, 0, 0, 0, 1}, ClassSimilarities.ofConfusion(confusion), 1e-12);
    }

    /** Six prototypes in three pairs: 2k and 2k + 1 are near. */
    private static Prototypes pairs() {
        double[] rows = new double[6 * 3];
        for (int i = 0; i < 6; i++) {
            rows[i * 3 + i / 2] = 1;
            rows[i * 3 + (i / 2 + 1) % 3] = i % 2 == 0 ? 0.2 : -0.2;
        }
        return Prototypes.of(rows, 6, 3);
    }

    private static void assertTogether(int[] of) {
        assertEquals(6, Arrays.stream(of).distinct().count());
        for (int c = 0; c < 6; c += 2) {
            assertEquals(of[c] / 2, of[c + 1] / 2, "classes " + c + " and " + (c + 1) + " stand apart: " + Arrays.toString(of));
        }
    }

    /** Classes 2k and 2k + 1 have nearly the same centre: in the end they stand at near prototypes. */
    @ParameterizedTest
    @EnumSource(value = Similarity.class, names = {"MEANS", "FREE"})
    void likeClassesComeToNearPrototypes(Similarity similarity) throws Exception {
        TrainingSettings settings = TrainingTrials.settings(HeadKind.DYNAMIC).dimension(3).epochs(6)
                .head(h -> h.loss(HeadSettings.LossKind.TEMPERED).assignment(Rule.QUADRATIC).similarity(similarity)).build();
        try (Backend backend = Backends.host(1)) {
            assertTogether(new Trainer(settings, backend).prototypes(pairs()).fit(TrainingTrials.pairs(6, 60, 1)).prototypeOfLabel());
        }
    }

    /** From whatever random assignment it starts; the run that counts confusions itself is resumed bit for bit in HeadTest. */
    @Test
    void confusedClassesComeToNearPrototypes() {
        Confusion confusion = new Confusion(6);
        float[] takenForSibling = new float[36];
        for (int c = 0; c < 6; c++) {
            takenForSibling[c * 6 + (c ^ 1)] = 1;
        }
        confusion.add(takenForSibling, new int[] {0, 1, 2, 3, 4, 5}, 6);
        for (int seed = 0; seed < 20; seed++) {
            HeadSettings settings = HeadSettings.builder(HeadKind.DYNAMIC).assignment(Rule.QUADRATIC).similarity(Similarity.CONFUSION).build();
            PrototypeHead head = new PrototypeHead(pairs(), 6, settings, false, null, seed);
            head.similarities(ClassSimilarities.ofConfusion(confusion));
            head.reassign();
            assertTogether(head.prototypeOfLabel());
        }
    }
}

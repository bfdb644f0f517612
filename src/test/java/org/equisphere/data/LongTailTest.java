package org.equisphere.data;

import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.equisphere.data.LongTail.Shot;
import org.junit.jupiter.api.Test;

class LongTailTest {

    private static FeatureDataset balanced(int perClass, int classes) {
        float[] values = new float[perClass * classes];
        int[] labels = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
            labels[i] = i % classes;
        }
        return new FeatureDataset("balanced", values, 1, labels, Labels.numbered(classes));
    }

    /** The training set of SVHN: 73,257 examples of ten classes; by whole 7,325 a class the second would have 4,065. */
    @Test
    void theMeanNumberOfExamplesNeedNotBeWhole() {
        assertEquals(4066, LongTail.exponential(0.005).counts(7325.7, 10)[1]);
    }

    /** CIFAR-10-LT at 0.01 and CIFAR-100-LT at 0.01 have 12,406 and 10,847 examples (Cao et al. 2019). */
    @Test
    void countsAreThePublishedOnes() {
        assertArrayEquals(new int[] {5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50}, LongTail.exponential(0.01).counts(5000, 10));
        assertEquals(12_406, Arrays.stream(LongTail.exponential(0.01).counts(5000, 10)).sum());
        assertEquals(10_847, Arrays.stream(LongTail.exponential(0.01).counts(500, 100)).sum());
        assertArrayEquals(new int[] {500, 500, 10, 10, 10}, LongTail.step(0.02).counts(500, 5));
        assertArrayEquals(new int[] {100, 29}, LongTail.step(0.29).counts(100, 2), "100 * 0.29 falls short of 29 by rounding");
        assertArrayEquals(new int[] {7, 1, 1}, LongTail.exponential(0.001).counts(7, 3));
        assertArrayEquals(new int[] {7}, LongTail.exponential(0.001).counts(7, 1));
        assertArrayEquals(new int[] {9, 9, 9}, LongTail.exponential(1).counts(9, 3));
    }

    @Test
    void keepsASeededChoiceInOrder() {
        FeatureDataset all = balanced(200, 10);
        Dataset tail = LongTail.exponential(0.1).apply(all, 4);
        assertArrayEquals(LongTail.exponential(0.1).counts(200, 10), tail.counts());
        float[] x = new float[tail.size()];
        for (int i = 0; i < x.length; i++) {
            tail.example(i, x, i);
            assertEquals(tail.label(i), (int) x[i] % 10);
            assertTrue(i == 0 || x[i] > x[i - 1]);
        }
        float[] again = new float[x.length];
        Dataset same = LongTail.exponential(0.1).apply(all, 4);
        Dataset other = LongTail.exponential(0.1).apply(all, 5);
        Set<Float> chosen = new HashSet<>();
        for (int i = 0; i < x.length; i++) {
            same.example(i, again, i);
            chosen.add(x[i]);
        }
        assertArrayEquals(x, again);
        float[] one = new float[1];
        boolean differs = false;
        for (int i = 0; i < other.size(); i++) {
            other.example(i, one, 0);
            differs |= !chosen.contains(one[0]);
        }
        assertTrue(differs, "another seed, another choice");
    }

    @Test
    void aSmallClassKeepsWhatItHas() {
        Dataset few = balanced(20, 4).subset(new int[] {0, 4, 8, 12, 16, 20, 24, 28, 1, 2, 6, 10, 3, 7, 11});
        assertArrayEquals(new int[] {3, 1, 2, 1}, LongTail.exponential(0.5).apply(few, 0).counts(), "of 3.75 a class");
        assertFalse(few.counts()[0] == 3);
    }

    @Test
    void groupsClassesByTheirExamples() {
        assertArrayEquals(new Shot[] {Shot.MANY, Shot.MEDIUM, Shot.MEDIUM, Shot.FEW, Shot.FEW},
                IntStream.of(101, 100, 20, 19, 0).mapToObj(Shot::of).toArray());
    }

    @Test
    void refusesBadFactors() {
        refusesArgument(() -> LongTail.exponential(0), "0.0");
        refusesArgument(() -> LongTail.step(1.5), "1.5");
        refusesArgument(() -> LongTail.step(Double.NaN), "NaN");
        refusesArgument(() -> LongTail.step(0.5).counts(0, 3), "0 examples");
    }
}

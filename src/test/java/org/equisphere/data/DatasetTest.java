package org.equisphere.data;

import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DatasetTest {

    /** Vector i is {i, -i}; class i mod 3, and class 3 has the last example alone. */
    private static FeatureDataset vectors(int n) {
        float[] values = new float[2 * n];
        int[] labels = new int[n];
        for (int i = 0; i < n; i++) {
            values[2 * i] = i;
            values[2 * i + 1] = -i;
            labels[i] = i == n - 1 ? 3 : i % 3;
        }
        return new FeatureDataset("vectors", values, 2, labels, Labels.numbered(4));
    }

    private static int identity(Dataset data, int i) {
        float[] x = new float[2];
        data.example(i, x, 0);
        return (int) x[0];
    }

    @Test
    void viewsOfViewsKeepTheirExamples() {
        Dataset view = vectors(10).subset(new int[] {9, 2, 2, 5}).subset(new int[] {3, 0, 2});
        assertEquals(3, view.size());
        assertArrayEquals(new int[] {5, 9, 2}, new int[] {identity(view, 0), identity(view, 1), identity(view, 2)});
        assertArrayEquals(new int[] {2, 3, 2}, new int[] {view.label(0), view.label(1), view.label(2)});
        assertEquals(4, view.classes());
        refusesArgument(() -> view.subset(new int[] {0, 3}), "subset index 1", "is 3", "0..2");
    }

    @Test
    void imageViewsShareTheirPixels() {
        byte[] pixels = {1, 2, 3, 4, 5, 6};
        ImageDataset view = new ImageDataset("i", pixels, 1, 2, 1, new int[] {0, 1, 0}, Labels.named(List.of("a", "b"))).subset(new int[] {2, 1});
        byte[] out = new byte[2];
        view.pixels(0, out, 0);
        assertArrayEquals(new byte[] {5, 6}, out);
        assertEquals(1, view.label(1));
        assertEquals("b", view.labelNames().get(1));
    }

    @Test
    void splitIsStratifiedSeededAndComplete() {
        FeatureDataset all = vectors(301);
        Splits splits = all.split(0.2, 5);
        assertArrayEquals(new int[] {80, 80, 80, 1}, splits.train().counts());
        assertArrayEquals(new int[] {20, 20, 20, 0}, splits.test().counts());
        boolean[] seen = new boolean[301];
        for (Dataset part : List.of(splits.train(), splits.test())) {
            for (int i = 0; i < part.size(); i++) {
                assertFalse(seen[identity(part, i)], "an example in both parts");
                seen[identity(part, i)] = true;
            }
        }
        assertEquals(held(all.split(0.2, 5)), held(splits));
        List<List<Integer>> places = IntStream.range(0, 3)
                .mapToObj(c -> held(splits).stream().filter(i -> i % 3 == c).map(i -> i / 3).toList()).distinct().toList();
        assertEquals(3, places.size(), "each class has a choice of its own");
        assertFalse(held(all.split(0.2, 6)).equals(held(splits)), "another seed, another choice");
        refusesArgument(() -> all.split(1.0, 0), "1.0");
        refusesArgument(() -> all.split(Double.NaN, 0), "NaN");
    }

    /** round(n * share) is 1 from 5 examples on at a tenth, from 3 at a fifth; the last example of a class always stays. */
    @Test
    void aSplitThatHoldsOutNothingIsRefused() {
        Labels two = Labels.numbered(2);
        for (int[] need : new int[][] {{10, 5}, {5, 3}, {3, 2}, {2, 2}, {100, 50}}) {
            int n = need[1];
            FeatureDataset enough = new FeatureDataset("f", new float[n + 1], 1, IntStream.range(0, n + 1).map(i -> i < n ? 1 : 0).toArray(), two);
            assertArrayEquals(new int[] {0, 1}, enough.split(1.0 / need[0], 0).test().counts());
            Dataset few = enough.subset(IntStream.range(1, n + 1).toArray());
            refusesArgument(() -> few.split(1.0 / need[0], 0), "f: ", "share " + 1.0 / need[0], "largest class has " + (n - 1), "at least " + n);
        }
    }

    private static List<Integer> held(Splits splits) {
        return IntStream.range(0, splits.test().size()).map(i -> identity(splits.test(), i)).boxed().toList();
    }

    @Test
    void refusesInconsistentArrays() {
        Labels two = Labels.numbered(2);
        refusesArgument(() -> new FeatureDataset("f", new float[5], 2, new int[2], two), "f", "length 5", "2 vectors of 2");
        refusesArgument(() -> new FeatureDataset("f", new float[] {1, 2, 3, Float.NaN}, 2, new int[2], two), "feature 1 of vector 1", "NaN");
        refusesArgument(() -> new FeatureDataset("f", new float[4], 2, new int[] {0, 2}, two), "label of example 1 is 2", "0..1");
        refusesArgument(() -> new ImageDataset("i", new byte[7], 2, 2, 1, new int[2], two), "7 bytes", "8");
        refusesArgument(() -> new ImageDataset("i", new byte[8], 2, 2, 1, new int[] {0, -1}, two), "is -1");
        refusesArgument(() -> new ImageDataset("i", new byte[0], 0, 2, 1, new int[0], two), "0x2x1");
        refusesArgument(() -> new Splits(vectors(9), new FeatureDataset("g", new float[3], 3, new int[1], Labels.numbered(4))), "[3]", "[2]");
    }

    @Test
    void randomStreamsAreUniformAndNamedByTheirKey() {
        int[] counts = new int[7];
        for (int a = 0; a < 70_000; a++) {
            counts[new RandomStream(1, 2, a, 3).nextInt(7)]++;
        }
        assertEquals(10_000, Arrays.stream(counts).min().getAsInt(), 500);
        assertEquals(10_000, Arrays.stream(counts).max().getAsInt(), 500);
        RandomStream stream = new RandomStream(4, 3, 2, 1);
        long first = stream.nextLong();
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < 100_000; k++) {
            double g = stream.nextGaussian();
            sum += g;
            squares += g * g;
        }
        assertEquals(0, sum / 100_000, 0.02);
        assertEquals(1, squares / 100_000, 0.03);
        stream.reset(4, 3, 2, 1);
        assertEquals(first, stream.nextLong());
    }
}

package org.equisphere.train;

import java.util.SplittableRandom;
import org.equisphere.data.FeatureDataset;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;
import org.equisphere.train.HeadSettings.HeadKind;

/** Small problems for training tests. */
final class TrainingTrials {

    static final int FEATURES = 12;

    private TrainingTrials() {
    }

    /** Gaussian clouds round random centres: {@code perClass} training and half as many test vectors a class. */
    static Splits clouds(int classes, int perClass, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] centres = new double[classes * FEATURES];
        for (int i = 0; i < centres.length; i++) {
            centres[i] = random.nextGaussian();
        }
        return new Splits(sample("train", centres, classes, perClass, random), sample("test", centres, classes, perClass / 2, random));
    }

    /** The same, but classes 2k and 2k + 1 have nearly the same centre, so that they are taken for each other. */
    static Splits pairs(int classes, int perClass, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] centres = new double[classes * FEATURES];
        for (int i = 0; i < centres.length; i++) {
            boolean second = i / FEATURES % 2 == 1;
            centres[i] = second ? centres[i - FEATURES] + 0.1 * random.nextGaussian() : random.nextGaussian();
        }
        return new Splits(sample("train", centres, classes, perClass, random), sample("test", centres, classes, perClass / 2, random));
    }

    private static FeatureDataset sample(String name, double[] centres, int classes, int perClass, SplittableRandom random) {
        float[] values = new float[classes * perClass * FEATURES];
        int[] labels = new int[classes * perClass];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % classes;
            for (int k = 0; k < FEATURES; k++) {
                values[i * FEATURES + k] = (float) (centres[labels[i] * FEATURES + k] + 0.3 * random.nextGaussian());
            }
        }
        return new FeatureDataset(name, values, FEATURES, labels, Labels.numbered(classes));
    }

    /** Noisy images of 32 x 32 with stripes in red, green, blue or none: four classes. */
    static Splits stripes(int perClass, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new Splits(stripes("train", perClass, random), stripes("test", perClass / 2, random));
    }

    private static ImageDataset stripes(String name, int perClass, SplittableRandom random) {
        int side = 32;
        int[] labels = new int[4 * perClass];
        byte[] pixels = new byte[labels.length * side * side * 3];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 4;
            int phase = random.nextInt(4);
            for (int k = 0; k < side * side * 3; k++) {
                boolean striped = (k / 3 % side + phase) % 4 < 2 && k % 3 == labels[i];
                pixels[i * side * side * 3 + k] = (byte) (random.nextInt(100) + (striped ? 100 : 0));
            }
        }
        return new ImageDataset(name, pixels, side, side, 3, labels, Labels.numbered(4));
    }

    /** A small network on them. */
    static TrainingSettings.Builder settings(HeadKind head) {
        boolean simplex = head == HeadKind.ETF || head == HeadKind.MAXSEP;
        return TrainingSettings.builder().network("mlp:32").dimension(simplex ? 12 : 4)
                .head(head).epochs(8).batch(16).optimizer(TrainingSettings.OptimizerKind.SGD).weightDecay(1e-4)
                .learningRate(head == HeadKind.DYNAMIC || head == HeadKind.STATIC ? 0.02 : 0.1, "onecycle").seed(7);
    }
}

package org.equisphere.data;

import java.io.IOException;
import org.equisphere.data.reader.DataSource;
import org.equisphere.data.reader.SyntheticImages;

/**
 * Times what stands between a data set and a training step: making the synthetic set, opening files, and images per second assembled by one
 * loader thread (crop, mirror, normalise, shuffle; batches of 128). Each figure is the best of several, beside a control: copying the bytes alone.
 * Arguments: data sources to open, for instance cifar100:FILE.
 */
public final class LoaderRates {
    private static final int ROUNDS = 5;

    private LoaderRates() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        for (int round = 0; round < 3; round++) {
            long begin = System.nanoTime();
            ImageDataset images = new SyntheticImages(round).train(100);
            System.out.printf("synthetic: %d images in %.2f s%n", images.size(), seconds(begin));
        }
        for (String spec : args) {
            for (int round = 0; round < 2; round++) {
                long begin = System.nanoTime();
                Splits splits = DataSource.parse(spec).open();
                System.out.printf("%s: %d + %d examples opened in %.2f s%n", spec, splits.train().size(), splits.test().size(), seconds(begin));
            }
        }
        ImageDataset images = new SyntheticImages(1).train(100);
        Normalization normalization = Normalization.of(images);
        System.out.printf("control, bytes copied: %.0f images/s%n", copied(images));
        for (Augmentation augmentation : new Augmentation[] {Augmentation.none(), Augmentation.cropAndFlip(4)}) {
            for (int threads = 1; threads <= Runtime.getRuntime().availableProcessors(); threads++) {
                System.out.printf("%s, %d thread(s): %.0f images/s%n", augmentation, threads, loaded(images, normalization, augmentation, threads));
            }
        }
    }

    private static double copied(ImageDataset images) {
        byte[] bytes = new byte[images.length()];
        double best = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long begin = System.nanoTime();
            for (int i = 0; i < images.size(); i++) {
                images.pixels(i, bytes, 0);
            }
            best = Math.max(best, images.size() / seconds(begin));
        }
        return best;
    }

    private static double loaded(ImageDataset images, Normalization normalization, Augmentation augmentation, int threads)
            throws InterruptedException {
        double best = 0;
        try (BatchLoader loader = BatchLoader.of(images).batch(128).shuffle(1).augmentation(augmentation).normalization(normalization)
                .threads(threads).open()) {
            for (int round = 0; round < ROUNDS; round++) {
                long begin = System.nanoTime();
                int count = 0;
                for (int epoch = 0; epoch < 10; epoch++) {
                    for (Batch batch; (batch = loader.next()) != null; ) {
                        count += batch.count();
                    }
                }
                best = Math.max(best, count / seconds(begin));
            }
        }
        return best;
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }
}

package org.equisphere.data.reader;

import static org.equisphere.data.Refusals.refusesArgument;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.zip.CRC32;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Splits;
import org.junit.jupiter.api.Test;

class SyntheticImagesTest {

    private static byte[] bytes(ImageDataset images) {
        byte[] all = new byte[images.size() * images.length()];
        for (int i = 0; i < images.size(); i++) {
            images.pixels(i, all, i * images.length());
        }
        return all;
    }

    @Test
    void isBalancedAndNamesItsFamilies() {
        SyntheticImages synthetic = new SyntheticImages(3);
        Splits splits = synthetic.splits(4, 2);
        assertEquals(400, splits.train().size());
        assertArrayEquals(new int[] {32, 32, 3}, splits.train().shape());
        for (int c = 0; c < 100; c++) {
            assertEquals(4, splits.train().counts()[c]);
            assertEquals(2, splits.test().counts()[c]);
            assertEquals(c / 5, synthetic.labelFamily(c));
            assertEquals(c / 5, splits.test().labelFamily(c));
        }
        refusesArgument(() -> synthetic.train(0), "is 0");
        refusesArgument(() -> synthetic.test(100_000), "100000");
    }

    @Test
    void theSameBytesForAnyNumberOfThreadsAndOtherBytesForAnotherSeed() throws InterruptedException, ExecutionException {
        byte[] wide = bytes(new SyntheticImages(8).train(3));
        ForkJoinPool single = new ForkJoinPool(1);
        try {
            assertArrayEquals(wide, single.submit(() -> bytes(new SyntheticImages(8).train(3))).get());
        } finally {
            single.shutdown();
        }
        assertFalse(Arrays.equals(wide, bytes(new SyntheticImages(9).train(3))));
        assertFalse(Arrays.equals(wide, bytes(new SyntheticImages(8).test(3))));
        byte[] fewer = bytes(new SyntheticImages(8).train(2));
        assertArrayEquals(fewer, Arrays.copyOf(wide, fewer.length), "examples do not depend on how many are made");
    }

    /** Published figures name this set: its bytes must not drift from version to version, or from machine to machine. */
    @Test
    void theSetOfSeedZeroStaysWhatItIs() {
        CRC32 crc = new CRC32();
        crc.update(bytes(new SyntheticImages(0).test(2)));
        assertEquals(3143283719L, crc.getValue());
    }

    /** Relations to be found: the mean image of a class is nearer to a sibling's than to a stranger's, far beyond chance (4 of 99). */
    @Test
    void siblingsLookAlike() {
        ImageDataset train = new SyntheticImages(0).train(60);
        double[][] mean = new double[100][3072];
        float[] x = new float[3072];
        for (int i = 0; i < train.size(); i++) {
            train.example(i, x, 0);
            for (int k = 0; k < x.length; k++) {
                mean[train.label(i)][k] += x[k];
            }
        }
        int found = 0;
        for (int c = 0; c < 100; c++) {
            if (nearest(mean, c) / 5 == c / 5) {
                found++;
            }
        }
        int siblings = found;
        assertTrue(siblings >= 40, () -> siblings + " of 100 classes have a sibling nearest");
    }

    private static int nearest(double[][] mean, int c) {
        int best = -1;
        double least = Double.MAX_VALUE;
        for (int other = 0; other < mean.length; other++) {
            double distance = 0;
            for (int k = 0; k < mean[c].length; k++) {
                distance += (mean[c][k] - mean[other][k]) * (mean[c][k] - mean[other][k]);
            }
            if (other != c && distance < least) {
                least = distance;
                best = other;
            }
        }
        return best;
    }
}

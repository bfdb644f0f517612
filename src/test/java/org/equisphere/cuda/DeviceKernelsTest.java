package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.equisphere.assignment.ClassDirections;
import org.equisphere.tensor.Backend;
import org.equisphere.tensor.Backends;
import org.equisphere.tensor.DirectionAverages;
import org.equisphere.tensor.ImageBank;
import org.equisphere.tensor.LabelVector;
import org.equisphere.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a device keeps, images and class directions, against plain arithmetic and the host's directions. */
final class DeviceKernelsTest {

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void classDirectionsFollowTheirClasses() {
        try (Backend backend = EmulatedCuda.openShuffled(seed | 1)) {
            assertDirectionsAgree(backend);
        }
    }

    @Test
    void imagesAreCroppedMirroredNormalisedAndMixed() {
        try (Backend backend = EmulatedCuda.openShuffled(seed | 1)) {
            assertBatchesAgree(backend);
        }
    }

    @Test
    @Tag("gpu")
    void aCardKeepsDirectionsAndImages() {
        try (Backend backend = CudaTrainingTest.gpu()) {
            assertDirectionsAgree(backend);
            assertBatchesAgree(backend);
        }
    }

    private void assertDirectionsAgree(Backend backend) {
        for (int d : new int[] {1, 7, 130}) {
            int rows = d == 7 ? 1100 : 23; // more than the kernel looks at in one go
            int classes = 6;
            ClassDirections expected = new ClassDirections(classes, d, 0.9, seed);
            DirectionAverages got = backend.directionAverages(classes, d, 0.9).orElseThrow();
            got.write(expected.directions(), new boolean[classes]);
            double[] values = new double[classes * d];
            boolean[] seen = new boolean[classes];
            LabelVector labels = backend.labels(rows);
            int zeros = 0;
            for (int step = 0; step < 4; step++) {
                float[] features = features(rows, d);
                int[] classOfRow = random.ints(rows, 0, classes - 1).toArray(); // the last class never comes
                labels.set(classOfRow, rows, classes);
                got.update(backend.tensor(features, rows, d), labels);
                zeros += expected.update(features, classOfRow, rows);
            }
            assertEquals(zeros, got.read(values, seen));
            assertEquals(0, got.read(values, seen));
            assertArrayEquals(expected.directions(), values, 1e-12, () -> "dimension " + d + " [seed " + seed + "]");
            for (int c = 0; c < classes; c++) {
                assertEquals(expected.seen(c), seen[c], "class " + c + " [seed " + seed + "]");
            }
            float[] broken = features(rows, d);
            broken[0] = Float.NaN;
            got.update(backend.tensor(broken, rows, d), labels);
            assertThrows(IllegalArgumentException.class, () -> got.read(values, seen));
            assertThrows(IllegalArgumentException.class, () -> got.update(backend.tensor(rows, d + 1), labels));
            assertThrows(IllegalArgumentException.class, () -> got.update(backend.tensor(rows + 1, d), labels));
        }
    }

    /** Of very different lengths, every ninth of length zero. */
    private float[] features(int rows, int d) {
        float[] values = new float[rows * d];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / d % 9 == 0 ? 0 : (float) (random.nextGaussian() * Math.pow(10, i / d % 9 - 4));
        }
        return values;
    }

    private void assertBatchesAgree(Backend backend) {
        int height = 5;
        int width = 7;
        int channels = 3;
        int batch = 9;
        int length = height * width * channels;
        byte[] images = new byte[4 * length];
        random.nextBytes(images);
        float[] table = new float[channels * 256];
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) random.nextGaussian();
        }
        ImageBank bank = backend.imageBank(4, height, width, channels, table).orElseThrow();
        bank.write(0, images, 3);
        byte[] last = new byte[length];
        System.arraycopy(images, 3 * length, last, 0, length);
        bank.write(3, last, 1);
        int[] draws = new int[4 * batch];
        for (int b = 0; b < batch; b++) {
            draws[4 * b] = random.nextInt(4);
            draws[4 * b + 1] = random.nextInt(2 * height + 3) - height - 1;
            draws[4 * b + 2] = random.nextInt(2 * width + 3) - width - 1;
            draws[4 * b + 3] = random.nextInt(2);
        }
        int[] partners = random.ints(batch, 0, batch).toArray();
        Tensor out = backend.tensor(batch, height, width, channels);
        for (float lambda : new float[] {1, 0.3f}) {
            bank.batch(draws, lambda == 1 ? null : partners, batch, lambda, out);
            float[] got = out.toArray();
            for (int i = 0; i < got.length; i++) {
                int b = i / length;
                double expected = lambda * pixel(images, draws, b, i, height, width, channels, table)
                        + (1 - lambda) * pixel(images, draws, partners[b], i, height, width, channels, table);
                assertTrue(Math.abs(got[i] - expected) <= 1e-6, "at " + i + ": " + got[i] + ", expected " + expected + " [seed " + seed + "]");
            }
        }
        backend.fill(out, 7);
        bank.batch(draws, null, 2, 1, out);
        assertEquals(7, out.toArray()[2 * length]);
        assertRefuses(backend, bank, draws, out);
    }

    private static void assertRefuses(Backend backend, ImageBank bank, int[] draws, Tensor out) {
        int[] beyond = draws.clone();
        beyond[0] = 4;
        assertThrows(IllegalArgumentException.class, () -> bank.batch(beyond, null, 1, 1, out));
        assertThrows(IllegalArgumentException.class, () -> bank.batch(draws, new int[] {1}, 1, 1, out));
        assertThrows(IllegalArgumentException.class, () -> bank.batch(draws, null, out.dimension(0) + 1, 1, out));
        assertThrows(IllegalArgumentException.class, () -> bank.batch(draws, null, 1, 1, backend.tensor(3, 5, 7, 2)));
        assertThrows(IllegalArgumentException.class, () -> bank.write(4, new byte[105], 1));
    }

    private static double pixel(byte[] images, int[] draws, int b, int i, int height, int width, int channels, float[] table) {
        int c = i % channels;
        int x = i / channels % width;
        int y = i / channels / width % height + draws[4 * b + 1];
        x = (draws[4 * b + 3] == 1 ? width - 1 - x : x) + draws[4 * b + 2];
        boolean inside = y >= 0 && y < height && x >= 0 && x < width;
        return table[256 * c + (inside ? images[((draws[4 * b] * height + y) * width + x) * channels + c] & 0xFF : 0)];
    }

    @Test
    void imagesThatDoNotFitStayOnTheHost() {
        HostLauncher launcher = EmulatedCuda.launcher(0);
        try (CudaBackend backend = new CudaBackend(launcher, CudaSettings.standard())) {
            List<Tensor> full = new ArrayList<>();
            while (launcher.allocations() < HostLauncher.MOST_ALLOCATIONS - 2) {
                full.add(backend.tensor(1));
            }
            assertEquals(Optional.empty(), backend.imageBank(10, 2, 2, 1, new float[256]));
            assertTrue(launcher.allocations() <= HostLauncher.MOST_ALLOCATIONS && !full.isEmpty());
        }
    }

    @Test
    void theHostKeepsNothingForItself() {
        try (Backend host = Backends.open("ejml", 1)) {
            assertEquals(Optional.empty(), host.imageBank(1, 1, 1, 1, new float[256]));
            assertEquals(Optional.empty(), host.directionAverages(2, 3, 0.9));
        }
    }
}

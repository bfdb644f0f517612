package org.equisphere.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The kernels that {@code Backend} has no operation for yet, against plain double arithmetic, on the emulated device. */
final class DeviceKernelsTest {

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final HostLauncher launcher = EmulatedCuda.launcher(seed | 1);
    private final Launch launch = new Launch(launcher);

    @AfterEach
    void close() {
        launcher.close();
    }

    private long upload(float[] values) {
        long address = launcher.allocate(4L * values.length);
        launcher.upload(address, values, 0, values.length);
        return address;
    }

    private long upload(int[] values) {
        long address = launcher.allocate(4L * values.length);
        launcher.upload(address, values, values.length);
        return address;
    }

    private float[] download(long address, int size) {
        float[] values = new float[size];
        launcher.download(address, values, 0, size);
        return values;
    }

    /** Rows of length one; rows divisible by `zeroEvery` are zero. */
    private float[] unitRows(int rows, int d, int zeroEvery) {
        float[] values = new float[rows * d];
        for (int i = 0; i < rows; i++) {
            double squares = 0;
            for (int j = i * d; j < i * d + d; j++) {
                values[j] = (float) random.nextGaussian();
                squares += values[j] * values[j];
            }
            for (int j = i * d; j < i * d + d; j++) {
                values[j] = zeroEvery > 0 && i % zeroEvery == 0 ? 0 : (float) (values[j] / Math.sqrt(squares));
            }
        }
        return values;
    }

    @Test
    void classDirectionsFollowTheirClasses() {
        for (int d : new int[] {1, 7, 130}) {
            int rows = 23;
            int classes = 6;
            float momentum = 0.9f;
            float[] unit = unitRows(rows, d, 9);
            // Class 5 is absent; class 4 is seen for the first time.
            int[] labels = random.ints(rows, 0, 5).toArray();
            labels[1] = 4;
            int[] seen = {1, 1, 1, 1, 0, 1};
            float[] z = unitRows(classes, d, 0);
            long device = upload(z);
            long flags = upload(seen);
            launch.of(Kernel.CLASS_DIRECTIONS).grid(classes, 1, 1).block(128, 1).memory(upload(unit)).memory(upload(labels))
                    .integer(rows).integer(d).real(momentum).memory(device).memory(flags)
                    .memory(launcher.allocate(8L * classes * d)).run();
            float[] got = download(device, z.length);
            for (int c = 0; c < classes; c++) {
                double[] expected = moved(unit, labels, rows, d, c, seen[c] == 1 ? momentum : 0, z);
                for (int j = 0; j < d; j++) {
                    assertTrue(Math.abs(got[c * d + j] - expected[j]) <= 1e-6, "class " + c + " at " + j + ": " + got[c * d + j] + ", expected "
                            + expected[j] + " [seed " + seed + "]");
                }
            }
            // In one dimension a class's features can cancel: then it still has no direction.
            int sighted = length(sum(unit, labels, rows, d, 4)) > 0 ? 1 : 0;
            assertEquals(sighted, Float.floatToRawIntBits(download(flags, classes)[4]));
        }
    }

    private static double[] moved(float[] unit, int[] labels, int rows, int d, int c, float momentum, float[] z) {
        double[] sum = sum(unit, labels, rows, d, c);
        double length = length(sum);
        double[] result = new double[d];
        for (int j = 0; j < d; j++) {
            result[j] = length == 0 ? z[c * d + j] : momentum * z[c * d + j] + (1 - momentum) * sum[j] / length;
        }
        double whole = length == 0 ? 1 : length(result);
        for (int j = 0; j < d; j++) {
            result[j] /= whole;
        }
        return result;
    }

    private static double[] sum(float[] unit, int[] labels, int rows, int d, int c) {
        double[] sum = new double[d];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; labels[i] == c && j < d; j++) {
                sum[j] += unit[i * d + j];
            }
        }
        return sum;
    }

    private static double length(double[] x) {
        double squares = 0;
        for (double v : x) {
            squares += v * v;
        }
        return Math.sqrt(squares);
    }

    @Test
    void imagesAreCroppedMirroredNormalisedAndMixed() {
        int height = 5;
        int width = 7;
        int channels = 3;
        int batch = 9;
        byte[] images = new byte[4 * height * width * channels];
        random.nextBytes(images);
        float[] table = new float[channels * 256];
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) random.nextGaussian();
        }
        int[] draws = new int[4 * batch];
        for (int b = 0; b < batch; b++) {
            draws[4 * b] = random.nextInt(4);
            draws[4 * b + 1] = random.nextInt(2 * height + 3) - height - 1;
            draws[4 * b + 2] = random.nextInt(2 * width + 3) - width - 1;
            draws[4 * b + 3] = random.nextInt(2);
        }
        int[] partner = random.ints(batch, 0, batch).toArray();
        long bytes = launcher.allocate(images.length);
        launcher.upload(bytes, images, images.length);
        int size = batch * height * width * channels;
        long out = launcher.allocate(4L * size);
        for (float lambda : new float[] {1, 0.3f}) {
            long with = lambda == 1 ? 0 : upload(partner);
            launch.of(Kernel.AUGMENT).grid(2, 1, 1).memory(bytes).memory(upload(draws)).memory(with).real(lambda)
                    .integer(batch).integer(height).integer(width).integer(channels).memory(upload(table)).memory(out).run();
            float[] got = download(out, size);
            for (int i = 0; i < size; i++) {
                int b = i / (height * width * channels);
                double expected = lambda * pixel(images, draws, b, i, height, width, channels, table)
                        + (1 - lambda) * pixel(images, draws, partner[b], i, height, width, channels, table);
                assertTrue(Math.abs(got[i] - expected) <= 1e-6, "at " + i + ": " + got[i] + ", expected " + expected + " [seed " + seed + "]");
            }
        }
    }

    private static double pixel(byte[] images, int[] draws, int b, int i, int height, int width, int channels, float[] table) {
        int c = i % channels;
        int x = i / channels % width;
        int y = i / channels / width % height + draws[4 * b + 1];
        x = (draws[4 * b + 3] == 1 ? width - 1 - x : x) + draws[4 * b + 2];
        boolean inside = y >= 0 && y < height && x >= 0 && x < width;
        return table[256 * c + (inside ? images[((draws[4 * b] * height + y) * width + x) * channels + c] & 0xFF : 0)];
    }
}

package org.equisphere.data;

import java.util.Arrays;

/**
 * Per-channel standardisation (x - mean[c]) / std[c] of examples in [0, 1], measured on the training set; vectors are left as they are.
 * The channel of the k-th float of an example is k modulo the number of channels.
 */
public final class Normalization {
    private final float[] mean;
    private final float[] std;

    /**
     * @param mean one per channel, finite; one alone serves any number of channels, none leaves examples as they are; copied
     * @param std  as many, finite and above 0; copied
     */
    public Normalization(float[] mean, float[] std) {
        if (mean.length != std.length) {
            throw new IllegalArgumentException("normalization has " + mean.length + " means and " + std.length
                    + " deviations, expected one of each per channel");
        }
        for (int c = 0; c < mean.length; c++) {
            if (!Float.isFinite(mean[c]) || !Float.isFinite(std[c]) || !(std[c] > 0)) {
                throw new IllegalArgumentException("normalization of channel " + c + " has mean " + mean[c] + " and deviation " + std[c]
                        + ", expected finite numbers, the deviation above 0");
            }
        }
        this.mean = mean.clone();
        this.std = std.clone();
    }

    /** Leaves examples as they are. */
    public static Normalization identity() {
        return new Normalization(new float[0], new float[0]);
    }

    /** Per-channel mean and deviation of a training set of images, exact sums in one pass; the identity for vectors. */
    public static Normalization of(Dataset train) {
        return train instanceof ImageDataset images ? of(images) : identity();
    }

    private static Normalization of(ImageDataset images) {
        int channels = images.channels();
        long[] sum = new long[channels];
        long[] squares = new long[channels];
        byte[] bytes = new byte[images.length()];
        for (int i = 0; i < images.size(); i++) {
            images.pixels(i, bytes, 0);
            for (int k = 0, c = 0; k < bytes.length; k++) {
                int v = bytes[k] & 0xFF;
                sum[c] += v;
                squares[c] += v * v;
                c = c + 1 == channels ? 0 : c + 1;
            }
        }
        return ofSums(sum, squares, (double) images.size() * images.height() * images.width());
    }

    /** std = sqrt(E[v^2] - E[v]^2) / 255; a constant channel is only centred. */
    private static Normalization ofSums(long[] sum, long[] squares, double n) {
        if (n == 0) {
            return identity();
        }
        float[] mean = new float[sum.length];
        float[] std = new float[sum.length];
        for (int c = 0; c < sum.length; c++) {
            double m = sum[c] / n;
            double variance = squares[c] / n - m * m;
            mean[c] = (float) (m / 255);
            std[c] = variance > 0 ? (float) (Math.sqrt(variance) / 255) : 1;
        }
        return new Normalization(mean, std);
    }

    /** One mean per channel, none where examples are left as they are. A fresh array. */
    public float[] mean() {
        return mean.clone();
    }

    /** One deviation per channel, none where examples are left as they are. A fresh array. */
    public float[] std() {
        return std.clone();
    }

    /** Number of channels; 1 serves any, 0 leaves examples as they are. */
    public int channels() {
        return mean.length;
    }

    /** Whether examples are left as they are. */
    public boolean isIdentity() {
        return mean.length == 0;
    }

    /**
     * Normalises one or more whole examples in place.
     *
     * @param x  modified: {@code length} floats from {@code at} on, beginning at channel 0
     * @param length a multiple of the number of channels
     */
    public void apply(float[] x, int at, int length) {
        if (isIdentity()) {
            return;
        }
        if (length % mean.length != 0) {
            throw new IllegalArgumentException("normalization length is " + length + ", expected a multiple of " + mean.length + " channels");
        }
        for (int k = 0, c = 0; k < length; k++) {
            x[at + k] = (x[at + k] - mean[c]) / std[c];
            c = c + 1 == mean.length ? 0 : c + 1;
        }
    }

    /**
     * The normalised value of every 8-bit pixel: entry c * 256 + v is (v / 255 - mean[c]) / std[c].
     *
     * @param imageChannels channels of the images; a normalization of one channel serves them all
     */
    public float[] table(int imageChannels) {
        if (mean.length != imageChannels && mean.length > 1) {
            throw new IllegalArgumentException("normalization has " + mean.length + " channels, expected the images' " + imageChannels);
        }
        float[] table = new float[imageChannels * 256];
        for (int k = 0; k < table.length; k++) {
            int c = mean.length == 1 ? 0 : k >> 8;
            table[k] = (k & 0xFF) / 255f;
            if (!isIdentity()) {
                table[k] = (table[k] - mean[c]) / std[c];
            }
        }
        return table;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Normalization n && Arrays.equals(mean, n.mean) && Arrays.equals(std, n.std);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(mean) + Arrays.hashCode(std);
    }

    @Override
    public String toString() {
        return "mean " + Arrays.toString(mean) + ", std " + Arrays.toString(std);
    }
}

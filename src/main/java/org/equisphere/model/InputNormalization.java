package org.equisphere.model;

/**
 * What is done to an input before the network sees it: (x - mean) / deviation, channel by channel (the last dimension).
 *
 * @param mean      one a channel; empty: nothing is done
 * @param deviation one a channel, above 0
 */
public record InputNormalization(float[] mean, float[] deviation) {

    /** Checks and copies. */
    public InputNormalization {
        if (mean.length != deviation.length) {
            throw new IllegalArgumentException(mean.length + " means but " + deviation.length + " deviations");
        }
        for (int c = 0; c < mean.length; c++) {
            if (!Float.isFinite(mean[c]) || !(deviation[c] > 0) || !Float.isFinite(deviation[c])) {
                throw new IllegalArgumentException("channel " + c + ": mean " + mean[c] + ", deviation " + deviation[c] + ", expected finite and above 0");
            }
        }
        mean = mean.clone();
        deviation = deviation.clone();
    }

    /** A copy. */
    @Override
    public float[] mean() {
        return mean.clone();
    }

    /** A copy. */
    @Override
    public float[] deviation() {
        return deviation.clone();
    }

    /** Nothing is done. */
    public static InputNormalization none() {
        return new InputNormalization(new float[0], new float[0]);
    }

    /** Normalises {@code count} values of {@code from}, starting at a channel 0, into {@code to}. */
    void apply(float[] from, int fromAt, float[] to, int toAt, int count) {
        int channels = mean.length;
        if (channels == 0) {
            System.arraycopy(from, fromAt, to, toAt, count);
            return;
        }
        for (int i = 0, c = 0; i < count; i++) {
            to[toAt + i] = (from[fromAt + i] - mean[c]) / deviation[c];
            c = c + 1 == channels ? 0 : c + 1;
        }
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

import java.util.Arrays;

/**
 * A convolution's bias as register tiles start from it: zeros where there is none, and up to whole tiles of channels. Kept,
 * it allocates only when it grows.
 */
final class PaddedBias {

    private float[] padded = new float[0];

    /** @param bias [channels] or null */
    float[] of(Tensor bias, int channels, Tile tile) {
        int size = tile.panels(channels) * tile.columns;
        if (padded.length < size) {
            padded = new float[size];
        }
        Arrays.fill(padded, 0, size, 0);
        if (bias != null) {
            System.arraycopy(array(bias), bias.offset(), padded, 0, channels);
        }
        return padded;
    }
}

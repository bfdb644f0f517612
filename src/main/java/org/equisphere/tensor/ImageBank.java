package org.equisphere.tensor;

/**
 * Images that stay on a device as bytes, of which batches are made there, so that an epoch uploads draws alone. Made by
 * {@link Backend#imageBank}; its memory goes back once nothing refers to it, or with the backend.
 */
public interface ImageBank {

    /** Ints that tell of one example: image, down, right, mirrored (1) or not (0). */
    int DRAW = 4;

    /**
     * Copies images in.
     *
     * @param first  the first image written
     * @param pixels [count, height, width, channels], unsigned; not modified
     */
    void write(int first, byte[] pixels, int count);

    /**
     * Makes the examples of a batch, out[b, y, x, c] = lambda * pixel(b) + (1 - lambda) * pixel(partners[b]) with
     * pixel(b) = table[c, images[image, y + down, x' + right, c]], x' = x, or width - 1 - x where mirrored, and 0 for a byte outside.
     *
     * @param draws    [count, {@value #DRAW}]; not modified
     * @param partners [count], places in this batch, or null for no blending; not modified
     * @param out      [count or more, height, width, channels]; what lies behind the count-th example stays
     * @throws IllegalArgumentException where a draw names no image, a partner no example, or a shape does not fit
     */
    void batch(int[] draws, int[] partners, int count, float lambda, Tensor out);
}

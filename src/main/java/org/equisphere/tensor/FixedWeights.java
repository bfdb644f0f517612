package org.equisphere.tensor;

/**
 * Weights of a convolution that stay as they are from call to call, with what a backend made of them: to transform kernels takes longer than to
 * convolve one small image with them. For one thread at a time, as the backend of their tensor.
 */
public final class FixedWeights {

    private final Tensor tensor;
    private float[] made = new float[0];
    private boolean current;

    /** @param tensor [kernel, kernel, inChannels, outChannels]; {@link #changed} must follow when its numbers become others */
    public FixedWeights(Tensor tensor) {
        this.tensor = tensor;
    }

    /** The weights themselves. */
    public Tensor tensor() {
        return tensor;
    }

    /** To be called when the weights have become others. */
    public void changed() {
        current = false;
    }

    /** Room for what a backend makes of the weights, with what it last made; of one size from then on. */
    float[] made(int size) {
        if (made.length != size) {
            made = new float[size];
            current = false;
        }
        return made;
    }

    /** Whether what was made is of the weights as they are. */
    boolean isCurrent() {
        return current;
    }

    /** What was made is of the weights as they are. */
    void setCurrent() {
        current = true;
    }
}

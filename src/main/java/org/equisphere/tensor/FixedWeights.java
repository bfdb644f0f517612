package org.equisphere.tensor;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Weights that stay as they are from call to call, with what a backend made of them: to transform kernels takes longer than to convolve one small
 * image with them. They are one layer's: what is made of them serves calls of one geometry, but for the batch, all with a residual or all without.
 */
public final class FixedWeights {

    private final Tensor tensor;
    private final AtomicReference<float[]> made;
    /** What was made of weights that have become others: room for what comes next. */
    private final AtomicReference<float[]> stale;

    /** @param tensor for a convolution [kernel, kernel, inChannels, outChannels]; {@link #changed} must follow when its numbers become others */
    public FixedWeights(Tensor tensor) {
        this(tensor, new AtomicReference<>(), new AtomicReference<>());
    }

    private FixedWeights(Tensor tensor, AtomicReference<float[]> made, AtomicReference<float[]> stale) {
        this.tensor = tensor;
        this.made = made;
        this.stale = stale;
    }

    /** The same weights on another backend: its numbers {@linkplain Backend#shared shared}, and all that either backend made or will make of them. */
    public FixedWeights on(Backend other) {
        return new FixedWeights(other.shared(tensor), made, stale);
    }

    /** The weights themselves. */
    public Tensor tensor() {
        return tensor;
    }

    /** To be called when the weights have become others, with no other thread at work on them. */
    public void changed() {
        float[] old = made.getAndSet(null);
        if (old != null) {
            stale.set(old);
        }
    }

    /** What a backend last made of the weights as they are, not to be modified; or null. */
    float[] made() {
        return made.get();
    }

    /** Room for what a backend makes of the weights, no other thread's. */
    float[] room(int size) {
        float[] old = stale.getAndSet(null);
        return old != null && old.length == size ? old : new float[size];
    }

    /** Keeps what a backend made of the weights. Of two threads that made the same at a time, either's is kept. */
    void keep(float[] all) {
        made.set(all);
    }
}

package org.equisphere.tensor;

/** What the backends in the Java heap share: their memory and their crew of threads. */
abstract class HostBackend extends Backend {

    final Workers workers;

    HostBackend(int threads) {
        workers = new Workers(threads);
    }

    @Override
    public final int threads() {
        return workers.threads();
    }

    @Override
    public final Labels labels(int size) {
        return new HostLabels(this, size);
    }

    @Override
    protected final Storage allocate(int size) {
        return new HostStorage(this, size);
    }

    @Override
    public final void synchronize() {
        // every operation is done when it returns
    }

    @Override
    public void close() {
        workers.close();
    }

    /** The array below a tensor; its elements start at {@link Tensor#offset}. */
    static float[] array(Tensor x) {
        return ((HostStorage) x.storage()).data;
    }

    /** The array below labels. */
    static int[] array(Labels labels) {
        return ((HostLabels) labels).data;
    }
}

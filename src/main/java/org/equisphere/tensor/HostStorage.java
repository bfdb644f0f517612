package org.equisphere.tensor;

/** Storage in the Java heap: one float array. */
final class HostStorage extends Storage {

    final float[] data;

    HostStorage(Backend owner, float[] data) {
        super(owner, data.length);
        this.data = data;
    }

    @Override
    protected void read(int from, float[] destination, int at, int count) {
        System.arraycopy(data, from, destination, at, count);
    }

    @Override
    protected void write(int to, float[] source, int at, int count) {
        System.arraycopy(source, at, data, to, count);
    }
}

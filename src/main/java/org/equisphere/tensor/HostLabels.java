package org.equisphere.tensor;

/** Labels in the Java heap. */
final class HostLabels extends LabelVector {

    final int[] data;

    HostLabels(Backend owner, int size) {
        super(owner, size);
        data = new int[size];
    }

    @Override
    protected void write(int[] values, int count) {
        System.arraycopy(values, 0, data, 0, count);
    }
}

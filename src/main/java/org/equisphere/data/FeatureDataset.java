package org.equisphere.data;

/** Labelled float vectors, [n, features]. */
public final class FeatureDataset extends IndexedDataset {
    private final float[] values;
    private final int features;

    /**
     * @param name         where the vectors come from
     * @param values       [labelOfVector.length, features], row-major; kept, not copied
     * @param features     length of one vector, at least 1
     * @param labelOfVector the class of each vector; kept, not copied
     * @throws IllegalArgumentException when the lengths disagree, a value is not finite or a label is not one of the classes
     */
    public FeatureDataset(String name, float[] values, int features, int[] labelOfVector, Labels labels) {
        this(name, values, features, labelOfVector, null, labels);
        if (features < 1 || (long) labelOfVector.length * features != values.length) {
            throw new IllegalArgumentException(name + ": values has length " + values.length + ", expected "
                    + labelOfVector.length + " vectors of " + features + " features");
        }
        checkLabels(name, labelOfVector, labels.classes());
        for (int k = 0; k < values.length; k++) {
            if (!Float.isFinite(values[k])) {
                throw new IllegalArgumentException(name + ": feature " + k % features + " of vector " + k / features
                        + " is " + values[k] + ", expected a finite number");
            }
        }
    }

    private FeatureDataset(String name, float[] values, int features, int[] labelOfRow, int[] rows, Labels labels) {
        super(name, labels, labelOfRow, rows);
        this.values = values;
        this.features = features;
    }

    @Override
    public int[] shape() {
        return new int[] {features};
    }

    @Override
    public int length() {
        return features;
    }

    @Override
    public void example(int i, float[] out, int at) {
        System.arraycopy(values, row(i) * features, out, at, features);
    }

    @Override
    public FeatureDataset subset(int[] indices) {
        return new FeatureDataset(name(), values, features, labelOfRow(), rowsOf(indices), labels());
    }
}

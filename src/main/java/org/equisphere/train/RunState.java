package org.equisphere.train;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** A part of a run that a checkpoint keeps. */
interface RunState {

    /** Saves what {@link #load} needs to go on exactly as before. */
    void save(DataOutput out) throws IOException;

    /** Goes on from what {@link #save} wrote. */
    void load(DataInput in) throws IOException;

    /** Writes numbers without their count. */
    static void writeDoubles(DataOutput out, double[] values) throws IOException {
        for (double value : values) {
            out.writeDouble(value);
        }
    }

    /** Reads as many numbers as were written. */
    static double[] readDoubles(DataInput in, int count) throws IOException {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = in.readDouble();
        }
        return values;
    }
}

package org.equisphere.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Copies of short runs, a channel vector or so long, that lie equal steps apart: what laying out patches consists of. */
final class StridedCopy {

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int L = Lanes.COUNT;

    private StridedCopy() {
    }

    /** to[t0 + i * toStep + c] = from[f0 + i * fromStep + c] for i below count, c below width. */
    static void copy(float[] from, int f0, int fromStep, float[] to, int t0, int toStep, int width, int count) {
        int c = 0;
        for (; c <= width - L; c += L) {
            copyColumn(from, f0 + c, fromStep, to, t0 + c, toStep, count);
        }
        for (; c < width; c++) {
            for (int i = 0; i < count; i++) {
                to[t0 + i * toStep + c] = from[f0 + i * fromStep + c];
            }
        }
    }

    private static void copyColumn(float[] from, int f0, int fromStep, float[] to, int t0, int toStep, int count) {
        for (int i = 0; i < count; i++) {
            FloatVector.fromArray(S, from, f0 + i * fromStep).intoArray(to, t0 + i * toStep);
        }
    }

    /** to[t0 + i * toStep + c] = 0 for i below count, c below width. */
    static void clear(float[] to, int t0, int toStep, int width, int count) {
        for (int i = 0; i < count; i++) {
            for (int c = 0; c < width; c++) {
                to[t0 + i * toStep + c] = 0;
            }
        }
    }
}

package org.equisphere.nn;

/** The numbers that testdata/nn/draws.py draws, bit for bit: SplitMix64's finaliser on a counter, 24 bits of it, in [-1, 1). */
final class Draws {

    private Draws() {
    }

    /** Draws 0 .. count - 1 of a stream. */
    static double[] of(int stream, int count) {
        double[] draws = new double[count];
        for (int i = 0; i < count; i++) {
            long z = (((long) stream << 32) + i + 1) * 0x9E3779B97F4A7C15L;
            z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            z ^= z >>> 31;
            draws[i] = (z >>> 40) / (double) (1 << 23) - 1;
        }
        return draws;
    }

    /** Draws times a scale plus a shift, rounded to float. */
    static float[] floats(int stream, int count, double scale, double shift) {
        double[] draws = of(stream, count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (draws[i] * scale + shift);
        }
        return values;
    }
}

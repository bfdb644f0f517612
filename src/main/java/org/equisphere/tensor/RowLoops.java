package org.equisphere.tensor;

/** Loops over a row that C2 does not turn into vectors by itself, here one number at a time. A row is an array with {@link #room} for it. */
class RowLoops {

    /** Where an exponential leaves the normal numbers. */
    static final float LEAST = -87.33f;
    static final float MOST = 88.7228f;
    /** Added to a small number, it leaves the nearest integer in the last bits. */
    static final float ROUNDER = 0x1.8p23f;
    static final float PER_OCTAVE = (float) (1 / Math.log(2));
    /** ln 2 in two parts: products of the first with an exponent are exact. */
    static final float LN2 = 0.693359375f;
    static final float LN2_REST = -2.12194440e-4f;

    /** How long an array must be for a row of n numbers: whole vectors of any width, and one for sums. */
    static int room(int n) {
        return (n + 15 & -16) + 16;
    }

    /** Takes the exponential of n numbers in place; returns their sum. What lies behind them, up to {@link #room}, is undefined afterwards. */
    double exponentials(float[] row, int n) {
        double sum = 0;
        for (int j = 0; j < n; j++) {
            row[j] = exponential(row[j]);
            sum += row[j];
        }
        return sum;
    }

    /** exp(x) = 2^k exp(x - k ln 2) with the polynomial of Cephes' expf, a third of Math.exp's time; 0 in place of subnormal results. */
    private static float exponential(float x) {
        if (x < LEAST) {
            return 0;
        }
        if (!(x <= MOST)) {
            return x + Float.POSITIVE_INFINITY;
        }
        float shifted = x * PER_OCTAVE + ROUNDER;
        float k = shifted - ROUNDER;
        float r = x - k * LN2 - k * LN2_REST;
        float q = ((((1.9875691500e-4f * r + 1.3981999507e-3f) * r + 8.3334519073e-3f) * r + 4.1665795894e-2f) * r
                + 1.6666665459e-1f) * r + 5.0000001201e-1f;
        return Float.intBitsToFloat(Float.floatToRawIntBits(q * r * r + r + 1) + (Float.floatToRawIntBits(shifted) << 23));
    }

    /** Sets to 0 what stands where y is not positive. */
    void mask(float[] y, float[] row, int n) {
        for (int j = 0; j < n; j++) {
            row[j] = y[j] > 0 ? row[j] : 0;
        }
    }

    /** most[j] = max(most[j], x[from + j]) for j below n; NaN wins. */
    void maximum(float[] most, float[] x, int from, int n) {
        for (int j = 0; j < n; j++) {
            most[j] = Math.max(most[j], x[from + j]);
        }
    }

    /** max(., 0) of n numbers in place. */
    static void rectify(float[] row, int n) {
        for (int j = 0; j < n; j++) {
            row[j] = Math.max(row[j], 0);
        }
    }

    /** Takes out the largest of n numbers, at least one of them finite; returns it. */
    static float shift(float[] row, int n) {
        float most = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < n; j++) {
            if (row[j] > most) {
                most = row[j];
            }
        }
        for (int j = 0; j < n; j++) {
            row[j] -= most;
        }
        return most;
    }
}

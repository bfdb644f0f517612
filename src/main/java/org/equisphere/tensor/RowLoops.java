package org.equisphere.tensor;

/** Loops over a row that C2 does not turn into vectors by itself, here one number at a time. A row is an array with {@link #room} for it. */
class RowLoops {

    /** How long an array must be for a row of n numbers: whole vectors of any width. */
    static int room(int n) {
        return n + 15 & -16;
    }

    /** Takes the exponential of n numbers in place; returns their sum. What lies behind them, up to {@link #room}, is undefined afterwards. */
    double exponentials(float[] row, int n) {
        double sum = 0;
        for (int j = 0; j < n; j++) {
            row[j] = (float) Math.exp(row[j]);
            sum += row[j];
        }
        return sum;
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

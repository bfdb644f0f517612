package org.equisphere.assignment;

/**
 * A caller's cost matrix of any number type, and its way into the solver's form: double, no more rows than columns.
 */
abstract class Costs {

    private static final int TILE = 32;

    private final boolean maximal;

    private Costs(boolean maximal) {
        this.maximal = maximal;
    }

    static Costs of(double[] cost, boolean maximal) {
        return new Costs(maximal) {
            @Override int length() {
                return cost.length;
            }

            @Override double at(int k) {
                return cost[k];
            }

            @Override double[] doubles() {
                return cost;
            }

            @Override void copy(int from, int count, double[] out) {
                System.arraycopy(cost, from, out, from, count);
            }
        };
    }

    static Costs of(float[] cost, boolean maximal) {
        return new Costs(maximal) {
            @Override int length() {
                return cost.length;
            }

            @Override double at(int k) {
                return cost[k];
            }

            @Override void copy(int from, int count, double[] out) {
                for (int k = from; k < from + count; k++) {
                    out[k] = cost[k];
                }
            }
        };
    }

    static Costs of(int[] cost, boolean maximal) {
        return new Costs(maximal) {
            @Override int length() {
                return cost.length;
            }

            @Override double at(int k) {
                return cost[k];
            }

            @Override void copy(int from, int count, double[] out) {
                for (int k = from; k < from + count; k++) {
                    out[k] = cost[k];
                }
            }
        };
    }

    abstract int length();

    /** The caller's own cost at a flat index. */
    abstract double at(int k);

    /** Copies {@code count} costs from flat index {@code from} on to the same places of {@code out}. */
    abstract void copy(int from, int count, double[] out);

    /** The caller's own doubles, or null. */
    double[] doubles() {
        return null;
    }

    void checkShape(int rows, int cols) {
        if (rows < 0 || cols < 0) {
            throw new IllegalArgumentException("rows, cols: are " + rows + ", " + cols + ", expected at least 0");
        }
        if (length() != (long) rows * cols) {
            throw new IllegalArgumentException("cost: has " + length() + " values, expected rows * cols = " + rows + " * " + cols);
        }
    }

    /** The exception that names the first cost that is NaN or the wrong infinity. */
    IllegalArgumentException refusal(int rows, int cols) {
        for (int k = 0; k < length(); k++) {
            double c = at(k);
            if (!(maximal ? c < Double.POSITIVE_INFINITY : c > Double.NEGATIVE_INFINITY)) {
                return new IllegalArgumentException("cost: row " + k / cols + ", column " + k % cols + " is " + c
                        + ", expected a finite number" + (maximal ? " (or -infinity" : " (or +infinity") + ": a forbidden pair)");
            }
        }
        return new IllegalArgumentException("cost: its values differ by more than a double can hold, expected less");
    }

    /** The caller's array if it is the solver's form already, else null. */
    double[] plain(int rows, int cols) {
        return rows > cols ? null : doubles();
    }

    /** Writes the solver's form: transposed if tall. */
    void orient(int rows, int cols, double[] out) {
        if (rows > cols) {
            transpose(rows, cols, out);
        } else {
            copy(0, rows * cols, out);
        }
    }

    /** In square tiles, so that both sides stay in the cache. */
    private void transpose(int rows, int cols, double[] out) {
        for (int i0 = 0; i0 < rows; i0 += TILE) {
            for (int j0 = 0; j0 < cols; j0 += TILE) {
                for (int i = i0; i < Math.min(rows, i0 + TILE); i++) {
                    for (int j = j0; j < Math.min(cols, j0 + TILE); j++) {
                        out[j * rows + i] = at(i * cols + j);
                    }
                }
            }
        }
    }
}

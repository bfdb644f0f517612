package org.equisphere.assignment;

/**
 * A caller's cost matrix of any number type, and its way into the solver's form: double, minimising, no more rows than
 * columns.
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

            @Override boolean allFinite() {
                return finite(cost);
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

    /** Whether a quick look proves every cost finite; false may also mean that none was taken. */
    boolean allFinite() {
        return false;
    }

    /** {@code 0 * c} is 0 for a finite c and NaN else; four sums do not wait for each other. */
    private static boolean finite(double[] cost) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int k = 0;
        for (; k + 4 <= cost.length; k += 4) {
            s0 += 0 * cost[k];
            s1 += 0 * cost[k + 1];
            s2 += 0 * cost[k + 2];
            s3 += 0 * cost[k + 3];
        }
        for (; k < cost.length; k++) {
            s0 += 0 * cost[k];
        }
        return s0 + s1 + s2 + s3 == 0;
    }

    void check(int rows, int cols) {
        if (rows < 0 || cols < 0) {
            throw new IllegalArgumentException("rows, cols: are " + rows + ", " + cols + ", expected at least 0");
        }
        if (length() != (long) rows * cols) {
            throw new IllegalArgumentException("cost: has " + length() + " values, expected rows * cols = " + rows + " * " + cols);
        }
        if (!allFinite()) {
            checkCells(rows, cols);
        }
    }

    private void checkCells(int rows, int cols) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                double c = at(i * cols + j);
                if (!(maximal ? c < Double.POSITIVE_INFINITY : c > Double.NEGATIVE_INFINITY)) {
                    throw new IllegalArgumentException("cost: row " + i + ", column " + j + " is " + c + ", expected a finite number"
                            + (maximal ? " (or -infinity: a forbidden pair)" : " (or +infinity: a forbidden pair)"));
                }
            }
        }
    }

    /** The caller's array if it is the solver's form already, else null. */
    double[] plain(int rows, int cols) {
        return maximal || rows > cols ? null : doubles();
    }

    /** Writes the solver's form: negated if maximal, transposed if tall. */
    void orient(int rows, int cols, double[] out) {
        if (rows > cols) {
            transpose(rows, cols, out);
        } else {
            copy(0, rows * cols, out);
        }
        for (int k = 0; maximal && k < rows * cols; k++) {
            out[k] = -out[k];
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

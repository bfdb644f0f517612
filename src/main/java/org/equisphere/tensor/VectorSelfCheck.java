package org.equisphere.tensor;

import java.util.Optional;

/** A millisecond's comparison of the register tiles with scalar code, for Javas that nobody has tried. */
final class VectorSelfCheck {

    private static final int DEPTH = 9;

    private VectorSelfCheck() {
    }

    /** What is wrong, in one sentence; empty if all is well. */
    static Optional<String> failure() {
        for (Tile tile : Tile.values()) {
            if (!rowsAgree(tile) || !outerAgrees(tile)) {
                return Optional.of("the Vector API gives wrong results for " + tile + " tiles of " + Lanes.SPECIES);
            }
        }
        for (int vectors = 1; vectors <= ProductTiles.VECTORS; vectors *= 2) {
            if (!productsAgree(vectors, false) || !productsAgree(vectors, true)) {
                return Optional.of("the Vector API gives wrong products in tiles of " + vectors + " vectors of " + Lanes.SPECIES);
            }
        }
        return Optional.empty();
    }

    private static boolean rowsAgree(Tile tile) {
        float[] x = numbers(tile.rows * DEPTH, 3);
        float[] w = numbers(tile.columns * DEPTH, 5);
        float[] out = numbers(tile.rows * tile.columns, 7);
        float[] expected = out.clone();
        tile.rows(new RowTiles(), x, 0, DEPTH, DEPTH, w, 0, out, 0, tile.columns, out, 0, tile.columns);
        addProducts(x, DEPTH, 1, w, tile.rows, tile.columns, expected);
        return close(out, expected);
    }

    private static boolean outerAgrees(Tile tile) {
        float[] x = numbers(tile.rows * DEPTH, 3);
        float[] y = numbers(tile.columns * DEPTH, 5);
        float[] out = numbers(tile.rows * tile.columns, 7);
        float[] expected = out.clone();
        tile.outer(new RowTiles(), x, 0, tile.rows, DEPTH, y, 0, tile.columns, out, 0, tile.columns);
        addProducts(x, 1, tile.rows, y, tile.rows, tile.columns, expected);
        return close(out, expected);
    }

    private static boolean productsAgree(int vectors, boolean byColumns) {
        int rows = ProductTiles.rows(vectors);
        int columns = vectors * Lanes.COUNT;
        float[] x = numbers(rows * DEPTH, 3);
        float[] w = numbers(columns * DEPTH, 5);
        float[] out = numbers(rows * columns, 7);
        float[] expected = out.clone();
        int rowStep = byColumns ? 1 : DEPTH;
        int step = byColumns ? rows : 1;
        ProductTiles.tile(vectors, rows, x, 0, rowStep, step, DEPTH, w, 0, columns, columns - Lanes.COUNT, out, 0, columns, out, 0, columns,
                columns - Lanes.COUNT);
        addProducts(x, rowStep, step, w, rows, columns, expected);
        return close(out, expected);
    }

    private static void addProducts(float[] x, int rowStep, int step, float[] w, int rows, int columns, float[] sums) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                for (int t = 0; t < DEPTH; t++) {
                    sums[i * columns + j] += x[i * rowStep + t * step] * w[t * columns + j];
                }
            }
        }
    }

    private static float[] numbers(int count, int seed) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Math.sin(seed * (i + 1));
        }
        return values;
    }

    private static boolean close(float[] a, float[] b) {
        for (int i = 0; i < a.length; i++) {
            if (!(Math.abs(a[i] - b[i]) <= 1e-5f * (1 + Math.abs(b[i])))) {
                return false;
            }
        }
        return true;
    }
}

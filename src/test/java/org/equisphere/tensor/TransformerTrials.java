package org.equisphere.tensor;

import static org.equisphere.tensor.Samples.doubles;

import java.util.ArrayList;
import java.util.List;

/** Trials of GELU, layer normalisation, window attention, max pooling and patch merging. */
final class TransformerTrials {

    private static final float EPSILON = 1e-5f;

    private final List<Trial> trials = new ArrayList<>();
    private final Samples samples;

    private TransformerTrials(Samples samples) {
        this.samples = samples;
    }

    static List<Trial> trials(Samples samples) {
        TransformerTrials made = new TransformerTrials(samples);
        for (int n : new int[] {0, 1, 3, 16, 17, 207, 1021, 70_001}) {
            made.gelu(n);
        }
        int[][] rows = {{1, 1}, {1, 7}, {2, 3}, {13, 17}, {31, 33}, {100, 64}, {65, 96}, {7, 1021}, {1021, 5}, {4099, 16},
            {3, 1024}, {8201, 36}};
        for (int k = 0; k < rows.length; k++) {
            made.layer(rows[k][0], rows[k][1], k % 3 == 2);
            made.scale(rows[k][0], rows[k][1]);
        }
        int[][] windows = {{1, 1, 1, 1, 1, 1, 0}, {2, 4, 4, 2, 3, 2, 0}, {2, 4, 6, 2, 3, 2, 1}, {1, 7, 7, 3, 8, 7, 3}, {1, 14, 14, 1, 32, 7, 3},
            {2, 5, 7, 2, 5, 4, 2}, {1, 3, 9, 1, 4, 4, 1}, {3, 6, 6, 1, 33, 3, 1}, {1, 8, 8, 2, 70, 6, 0}, {5, 12, 9, 1, 2, 3, 2},
            {2, 9, 10, 1, 6, 8, 5}, {67, 5, 5, 2, 3, 2, 1}};
        for (int[] w : windows) {
            made.attention(new WindowAttention(w[0], w[1], w[2], w[3], w[4], w[5], w[6]));
        }
        int[][] pools = {{1, 1, 1, 1, 1, 1, 0}, {2, 8, 9, 3, 3, 2, 1}, {1, 7, 7, 16, 3, 2, 1}, {3, 6, 5, 17, 2, 2, 0}, {1, 5, 9, 4, 5, 3, 2},
            {2, 4, 4, 5, 3, 1, 2}, {1, 28, 30, 33, 3, 2, 1},
            {2, 17, 19, 6, 18, 1, 4}};
        for (int[] p : pools) {
            made.pool(new Convolution(p[0], p[1], p[2], p[3], p[3], p[4], p[5], p[6]));
        }
        int[][] images = {{1, 1, 1, 1}, {1, 2, 2, 3}, {2, 4, 6, 16}, {3, 5, 4, 7}, {2, 7, 9, 33}, {1, 3, 8, 1}};
        for (int[] i : images) {
            made.merge(i[0], i[1], i[2], i[3]);
        }
        return made.trials;
    }

    private Trial trial(String operation, Object detail) {
        Trial made = new Trial(operation, detail.toString());
        trials.add(made);
        return made;
    }

    private void gelu(int n) {
        float[] x = samples.normal(n, 0, 3);
        float[] dy = samples.normal(n);
        float[] dx = samples.normal(n);
        Expected plain = ReferenceTransformer.geluBackward(doubles(x), doubles(dy), null);
        trial("gelu", n).input("x", x, n).output("y", ReferenceTransformer.gelu(doubles(x)), n)
                .call((b, t, l) -> () -> b.gelu(t[0], t[1]));
        trial("geluBackward", n).input("x", x, n).input("dy", dy, n).output("dx", plain, n)
                .call((b, t, l) -> () -> b.geluBackward(t[0], t[1], t[2], false));
        trial("geluBackward", n + " in place").input("x", x, n).modified("dy", dy, plain, n)
                .call((b, t, l) -> () -> b.geluBackward(t[0], t[1], t[1], false));
        trial("geluBackward", n + " accumulating").input("x", x, n).input("dy", dy, n)
                .modified("dx", dx, ReferenceTransformer.geluBackward(doubles(x), doubles(dy), doubles(dx)), n)
                .call((b, t, l) -> () -> b.geluBackward(t[0], t[1], t[2], true));
    }

    private void scale(int n, int length) {
        String detail = n + "x" + length;
        float[] factors = samples.normal(n);
        float[] x = samples.normal(n * length);
        float[] y = samples.normal(n * length);
        Expected plain = ReferenceTransformer.scaleExamples(doubles(factors), doubles(x), null);
        trial("scaleExamples", detail).input("factors", factors, n).input("x", x, n, length).output("y", plain, n, length)
                .call((b, t, l) -> () -> b.scaleExamples(t[0], t[1], t[2], false));
        trial("scaleExamples", detail + " in place").input("factors", factors, n).modified("x", x, plain, n, length)
                .call((b, t, l) -> () -> b.scaleExamples(t[0], t[1], t[1], false));
        trial("scaleExamples", detail + " accumulating").input("factors", factors, n).input("x", x, n, length)
                .modified("y", y, ReferenceTransformer.scaleExamples(doubles(factors), doubles(x), doubles(y)), n, length)
                .call((b, t, l) -> () -> b.scaleExamples(t[0], t[1], t[2], true));
    }

    private void layer(int rows, int c, boolean hard) {
        String detail = rows + "x" + c + (hard ? " large mean" : "");
        float[] x = hard ? samples.normal(rows * c, 300, 0.05) : samples.normal(rows * c, 0.5, 2);
        float[] gamma = samples.normal(c);
        float[] beta = samples.normal(c);
        float[] dy = samples.normal(rows * c);
        float[] dx = samples.normal(rows * c);
        trial("layerNormalize", detail).input("x", x, rows, c).input("gamma", gamma, c).input("beta", beta, c)
                .output("y", ReferenceTransformer.layerNormalize(doubles(x), doubles(gamma), doubles(beta), EPSILON), rows, c)
                .call((b, t, l) -> () -> b.layerNormalize(t[0], t[1], t[2], EPSILON, t[3]));
        for (boolean accumulate : new boolean[] {false, true}) {
            Expected[] e = ReferenceTransformer.layerNormalizeBackward(doubles(x), doubles(gamma), EPSILON, doubles(dy),
                    accumulate ? doubles(dx) : null);
            Trial made = trial("layerNormalizeBackward", detail + (accumulate ? " accumulating" : "")).input("x", x, rows, c)
                    .input("gamma", gamma, c).input("dy", dy, rows, c).output("dgamma", e[1], c).output("dbeta", e[2], c);
            if (accumulate) {
                made.modified("dx", dx, e[0], rows, c);
            } else {
                made.output("dx", e[0], rows, c);
            }
            made.call((b, t, l) -> () -> b.layerNormalizeBackward(t[0], t[1], EPSILON, t[2], t[5], accumulate, t[3], t[4]));
        }
    }

    private void attention(WindowAttention g) {
        int tokens = g.batch() * g.height() * g.width();
        float[] qkv = samples.normal(tokens * 3 * g.channels());
        float[] bias = samples.normal(g.relativePlaces() * g.heads());
        float[] dy = samples.normal(tokens * g.channels());
        int[] narrow = {g.batch(), g.height(), g.width(), g.channels()};
        int[] wide = {g.batch(), g.height(), g.width(), 3 * g.channels()};
        trial("windowAttention", g).input("qkv", qkv, wide).input("bias", bias, g.relativePlaces(), g.heads())
                .output("y", ReferenceTransformer.windowAttention(g, doubles(qkv), doubles(bias)), narrow)
                .call((b, t, l) -> () -> b.windowAttention(g, t[0], t[1], t[2]));
        Expected[] e = ReferenceTransformer.windowAttentionBackward(g, doubles(qkv), doubles(bias), doubles(dy));
        trial("windowAttentionBackward", g).input("qkv", qkv, wide).input("bias", bias, g.relativePlaces(), g.heads())
                .input("dy", dy, narrow).output("dqkv", e[0], wide).output("dbias", e[1], g.relativePlaces(), g.heads())
                .call((b, t, l) -> () -> b.windowAttentionBackward(g, t[0], t[1], t[2], t[3], t[4]));
    }

    /** Whole numbers: many windows hold their largest twice. */
    private void pool(Convolution g) {
        int[] inner = {g.batch(), g.height(), g.width(), g.inChannels()};
        int[] outer = {g.batch(), g.outHeight(), g.outWidth(), g.inChannels()};
        float[] x = samples.normal(Tensor.sizeOf(inner), 0, 2);
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.round(x[i]);
        }
        float[] dy = samples.normal(Tensor.sizeOf(outer));
        float[] dx = samples.normal(x.length);
        trial("maxPool", g).input("x", x, inner).output("y", ReferenceTransformer.maxPool(g, doubles(x)), outer)
                .call((b, t, l) -> () -> b.maxPool(g, t[0], t[1]));
        trial("maxPoolBackward", g).input("x", x, inner).input("dy", dy, outer)
                .output("dx", ReferenceTransformer.maxPoolBackward(g, doubles(x), doubles(dy), null), inner)
                .call((b, t, l) -> () -> b.maxPoolBackward(g, t[0], t[1], t[2], false));
        trial("maxPoolBackward", g + " accumulating").input("x", x, inner).input("dy", dy, outer)
                .modified("dx", dx, ReferenceTransformer.maxPoolBackward(g, doubles(x), doubles(dy), doubles(dx)), inner)
                .call((b, t, l) -> () -> b.maxPoolBackward(g, t[0], t[1], t[2], true));
    }

    private void merge(int n, int h, int w, int c) {
        String detail = n + "x" + h + "x" + w + "x" + c;
        int[] inner = {n, h, w, c};
        int[] outer = {n, (h + 1) / 2, (w + 1) / 2, 4 * c};
        float[] x = samples.normal(Tensor.sizeOf(inner));
        float[] dy = samples.normal(Tensor.sizeOf(outer));
        trial("mergePatches", detail).input("x", x, inner).output("y", ReferenceTransformer.mergePatches(doubles(x), n, h, w, c), outer)
                .call((b, t, l) -> () -> b.mergePatches(t[0], t[1]));
        trial("mergePatchesBackward", detail).input("dy", dy, outer)
                .output("dx", ReferenceTransformer.mergePatchesBackward(doubles(dy), n, h, w, c, null), inner)
                .call((b, t, l) -> () -> b.mergePatchesBackward(t[0], t[1], false));
        trial("mergePatchesBackward", detail + " accumulating").input("dy", dy, outer)
                .modified("dx", x, ReferenceTransformer.mergePatchesBackward(doubles(dy), n, h, w, c, doubles(x)), inner)
                .call((b, t, l) -> () -> b.mergePatchesBackward(t[0], t[1], true));
    }
}

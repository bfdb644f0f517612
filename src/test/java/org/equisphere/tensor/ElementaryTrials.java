package org.equisphere.tensor;

import static org.equisphere.tensor.Samples.doubles;

import java.util.ArrayList;
import java.util.List;

/** Trials of the elementary operations, the bias and the matrix product. */
final class ElementaryTrials {

    private static final int[] SIZES = {0, 1, 3, 7, 13, 16, 17, 31, 33, 64, 65, 100, 207, 1021, 70_001};

    private final List<Trial> trials = new ArrayList<>();
    private final Samples samples;

    private ElementaryTrials(Samples samples) {
        this.samples = samples;
    }

    static List<Trial> trials(Samples samples) {
        ElementaryTrials made = new ElementaryTrials(samples);
        for (int n : SIZES) {
            made.elements(n);
        }
        int[][] rows = {{0, 3}, {1, 1}, {1, 1021}, {3, 7}, {13, 17}, {31, 33}, {100, 64}, {65, 207}, {1021, 5}, {4099, 16}};
        for (int[] shape : rows) {
            made.bias(shape[0], shape[1], false);
            made.bias(shape[0], shape[1], true);
        }
        int[][] products = {{0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {1, 1, 1}, {3, 7, 13}, {16, 16, 16}, {17, 33, 31}, {64, 65, 100},
            {207, 13, 65}, {7, 207, 1021}, {1, 100, 64}, {2, 40, 1100}, {100, 1, 207},
            {129, 130, 131}, {300, 70, 19}, {6, 40, 70}, {23, 75, 33}, {90, 601, 40}, {83, 1030, 520}};
        for (int[] p : products) {
            made.products(p[0], p[1], p[2]);
        }
        return made.trials;
    }

    private Trial trial(String operation, String detail) {
        Trial made = new Trial(operation, detail);
        trials.add(made);
        return made;
    }

    private void elements(int n) {
        float[] x = samples.normal(n);
        float[] y = samples.normal(n);
        double[] wide = doubles(x);
        Expected filled = new Expected(n);
        for (int i = 0; i < n; i++) {
            filled.add(i, 0.3f, 0);
        }
        trial("fill", "" + n).output("x", filled, n).call((b, t, l) -> () -> b.fill(t[0], 0.3f));
        trial("copy", "" + n).input("x", x, n).output("y", ReferenceMath.exactly(wide), n)
                .call((b, t, l) -> () -> b.copy(t[0], t[1]));
        trial("addScaled", "" + n).input("x", x, n).modified("y", y, ReferenceMath.addScaled(-1.7f, wide, doubles(y)), n)
                .call((b, t, l) -> () -> b.addScaled(-1.7f, t[0], t[1]));
        trial("relu", "" + n).input("x", x, n).output("y", ReferenceMath.relu(wide), n)
                .call((b, t, l) -> () -> b.relu(t[0], t[1]));
        trial("relu", n + " in place").modified("x", x, ReferenceMath.relu(wide), n)
                .call((b, t, l) -> () -> b.relu(t[0], t[0]));
        reluBackward(n, Samples.rectified(x), y);
    }

    private void reluBackward(int n, float[] y, float[] dy) {
        float[] dx = samples.normal(n);
        Expected plain = ReferenceMath.reluBackward(doubles(y), doubles(dy), null);
        trial("reluBackward", "" + n).input("y", y, n).input("dy", dy, n).output("dx", plain, n)
                .call((b, t, l) -> () -> b.reluBackward(t[0], t[1], t[2], false));
        trial("reluBackward", n + " in place").input("y", y, n).modified("dy", dy, plain, n)
                .call((b, t, l) -> () -> b.reluBackward(t[0], t[1], t[1], false));
        trial("reluBackward", n + " accumulating").input("y", y, n).input("dy", dy, n)
                .modified("dx", dx, ReferenceMath.reluBackward(doubles(y), doubles(dy), doubles(dx)), n)
                .call((b, t, l) -> () -> b.reluBackward(t[0], t[1], t[2], true));
    }

    private void bias(int rows, int c, boolean relu) {
        String detail = rows + "x" + c + (relu ? " ReLU" : "");
        float[] y = samples.normal(rows * c);
        float[] bias = samples.normal(c);
        trial("addBias", detail).modified("y", y, ReferenceMath.addBias(doubles(y), doubles(bias), relu), rows, c)
                .input("bias", bias, c).call((b, t, l) -> () -> b.addBias(t[0], t[1], relu));
        float[] dy = samples.normal(rows * c);
        float[] out = Samples.rectified(y);
        if (relu) {
            double[] g = Samples.masked(dy, out);
            trial("addBiasBackward", detail).input("y", out, rows, c).modified("dy", dy, ReferenceMath.exactly(g), rows, c)
                    .output("dbias", ReferenceMath.columnSums(g, c), c)
                    .call((b, t, l) -> () -> b.addBiasBackward(t[0], true, t[1], t[2]));
        } else {
            trial("addBiasBackward", detail).input("y", out, rows, c).input("dy", dy, rows, c)
                    .output("dbias", ReferenceMath.columnSums(doubles(dy), c), c)
                    .call((b, t, l) -> () -> b.addBiasBackward(t[0], false, t[1], t[2]));
        }
    }

    private void products(int m, int n, int k) {
        for (int kind = 0; kind < 4; kind++) {
            boolean ta = (kind & 1) != 0;
            boolean tb = (kind & 2) != 0;
            product(ta, tb, m, n, k, 1, 0);
            product(ta, tb, m, n, k, -0.7f, 1);
            product(ta, tb, m, n, k, 2.5f, 0.3f);
        }
    }

    private void product(boolean ta, boolean tb, int m, int n, int k, float alpha, float beta) {
        float[] a = samples.normal(m * k);
        float[] b = samples.normal(k * n);
        float[] c = samples.normal(m * n);
        Expected e = ReferenceMath.gemm(ta, tb, m, n, k, alpha, doubles(a), doubles(b), beta, doubles(c));
        Trial made = trial("gemm", (ta ? "A'" : "A") + (tb ? "B' " : "B ") + m + "x" + n + "x" + k + " " + alpha + " " + beta)
                .input("a", a, ta ? k : m, ta ? m : k).input("b", b, tb ? n : k, tb ? k : n);
        if (beta == 0) {
            made.output("c", e, m, n);
        } else {
            made.modified("c", c, e, m, n);
        }
        made.call((backend, t, l) -> () -> backend.gemm(ta, tb, alpha, t[0], t[1], beta, t[2]));
    }
}

package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Holds the reference's own gradients against central differences of its forward passes, in double. */
final class ReferenceMathTest {

    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-7;

    private final long seed = Long.getLong(BackendContract.SEED, System.nanoTime());
    private final Random random = new Random(seed);

    private double[] normal(int n) {
        return random.doubles(n, -1, 1).map(u -> u + 0.5 * random.nextGaussian()).toArray();
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Compares a gradient with the central differences of a function of x. */
    private void holds(String what, ToDoubleFunction<double[]> function, double[] x, double[] gradient) {
        for (int i = 0; i < x.length; i++) {
            double[] moved = x.clone();
            moved[i] = x[i] + STEP;
            double above = function.applyAsDouble(moved);
            moved[i] = x[i] - STEP;
            double difference = (above - function.applyAsDouble(moved)) / (2 * STEP);
            int at = i;
            assertTrue(Math.abs(difference - gradient[i]) <= TOLERANCE * (1 + Math.abs(difference)),
                    () -> what + " at " + at + ": " + gradient[at] + ", difference " + difference + " [seed " + seed + "]");
        }
    }

    @Test
    void convolution() {
        int[][] geometries = {{2, 5, 4, 3, 2, 3, 1, 1}, {1, 6, 7, 2, 3, 3, 2, 1}, {2, 4, 4, 2, 3, 1, 2, 0}, {1, 8, 7, 2, 2, 5, 3, 2}};
        for (int[] s : geometries) {
            Convolution g = new Convolution(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
            double[] x = normal(s[0] * s[1] * s[2] * s[3]);
            double[] w = normal(g.patch() * s[4]);
            double[] dy = normal(g.positions() * s[4]);
            holds(g + " data", v -> dot(dy, ReferenceMath.convolve(g, v, w, null, null, false).value), x,
                    ReferenceMath.convolveBackwardData(g, dy, w, null).value);
            holds(g + " weights", v -> dot(dy, ReferenceMath.convolve(g, x, v, null, null, false).value), w,
                    ReferenceMath.convolveBackwardWeights(g, x, dy).value);
        }
    }

    @Test
    void transformers() {
        double[] x = normal(24);
        double[] dy = normal(24);
        holds("gelu", v -> dot(dy, ReferenceTransformer.gelu(v).value), x, ReferenceTransformer.geluBackward(x, dy, null).value);
        double[] gamma = normal(6);
        double[] beta = normal(6);
        Expected[] layer = ReferenceTransformer.layerNormalizeBackward(x, gamma, 1e-5, dy, null);
        holds("layer x", v -> dot(dy, ReferenceTransformer.layerNormalize(v, gamma, beta, 1e-5).value), x, layer[0].value);
        holds("layer gamma", v -> dot(dy, ReferenceTransformer.layerNormalize(x, v, beta, 1e-5).value), gamma, layer[1].value);
        holds("layer beta", v -> dot(dy, ReferenceTransformer.layerNormalize(x, gamma, v, 1e-5).value), beta, layer[2].value);
        WindowAttention g = new WindowAttention(1, 4, 5, 2, 3, 2, 1);
        double[] qkv = normal(20 * 18);
        double[] bias = normal(g.relativePlaces() * 2);
        double[] upper = normal(20 * 6);
        Expected[] attention = ReferenceTransformer.windowAttentionBackward(g, qkv, bias, upper);
        holds("attention qkv", v -> dot(upper, ReferenceTransformer.windowAttention(g, v, bias).value), qkv, attention[0].value);
        holds("attention bias", v -> dot(upper, ReferenceTransformer.windowAttention(g, qkv, v).value), bias, attention[1].value);
    }

    /** Phi at -8, -1.5, 0.3 and 2.9 by SciPy 1.10's norm.cdf. */
    @Test
    void normalDistribution() {
        double[] at = {-8, -1.5, 0.3, 2.9};
        double[] phi = {6.22096057427174e-16, 0.06680720126885807, 0.6179114221889526, 0.998134186699616};
        for (int i = 0; i < at.length; i++) {
            assertTrue(Math.abs(ReferenceTransformer.distribution(at[i]) - phi[i]) <= 1e-13 * phi[i], "Phi(" + at[i] + ")");
        }
    }

    @Test
    void batchNormalization() {
        int rows = 7;
        int c = 3;
        double epsilon = 1e-3;
        double[] x = normal(rows * c);
        double[] gamma = normal(c);
        double[] beta = normal(c);
        double[] dy = normal(rows * c);
        ReferenceNormalization reference = new ReferenceNormalization(x, c);
        Expected[] e = ReferenceNormalization.backward(x, dy, gamma, reference.mean, reference.inverseDeviation(epsilon).value);
        holds("x", v -> dot(dy, new ReferenceNormalization(v, c).forward(v, gamma, beta, epsilon, null, false).value), x, e[2].value);
        holds("gamma", v -> dot(dy, reference.forward(x, v, beta, epsilon, null, false).value), gamma, e[1].value);
        holds("beta", v -> dot(dy, reference.forward(x, gamma, v, epsilon, null, false).value), beta, e[0].value);
    }

    @Test
    void foldingAgreesWithInference() {
        int c = 3;
        double[] x = normal(4 * 2);
        double[] w = normal(2 * c);
        double[] gamma = normal(c);
        double[] beta = normal(c);
        double[] mean = normal(c);
        double[] variance = {0.3, 1, 2};
        double[] y = ReferenceMath.gemm(false, false, 4, c, 2, 1, x, w, 0, null).value;
        double[] expected = ReferenceNormalization.inference(y, gamma, beta, mean, variance, 1e-3, null, false).value;
        Expected[] folded = ReferenceNormalization.fold(w, gamma, beta, mean, variance, 1e-3);
        double[] product = ReferenceMath.gemm(false, false, 4, c, 2, 1, x, folded[0].value, 0, null).value;
        double[] got = ReferenceMath.addBias(product, folded[1].value, false).value;
        for (int i = 0; i < got.length; i++) {
            assertTrue(Math.abs(got[i] - expected[i]) <= 1e-12);
        }
    }

    @Test
    void poolingAndShortcut() {
        double[] x = normal(2 * 3 * 5 * 2);
        double[] dy = normal(2 * 2);
        holds("pool", v -> dot(dy, ReferenceMath.averagePool(v, 2, 15, 2).value), x,
                ReferenceMath.averagePoolBackward(dy, 2, 15, 2, null).value);
        double[] dz = normal(2 * 2 * 3 * 5);
        holds("shortcut", v -> dot(dz, ReferenceMath.shortcut(v, 2, 3, 5, 2, 5, 2).value), x,
                ReferenceMath.shortcutBackward(dz, 2, 3, 5, 2, 5, 2, null).value);
    }

    @Test
    void rowNormalization() {
        int n = 3;
        int d = 4;
        double[] x = normal(n * d);
        double[] dy = normal(n * d);
        Expected[] e = ReferenceLosses.normalizeRows(x, n, d);
        holds("rows", v -> dot(dy, ReferenceLosses.normalizeRows(v, n, d)[0].value), x,
                ReferenceLosses.normalizeRowsBackward(e[0].value, e[1].value, dy, d).value);
    }

    @Test
    void cosineLoss() {
        int[] labels = {1, 0, 2};
        double[] f = normal(3 * 4);
        double[] p = Samples.doubles(new Samples(seed).unitRows(3, 4));
        holds("cosine", v -> sum(ReferenceLosses.cosine(v, p, labels, 0.7, 3, 4)[0].value), f,
                ReferenceLosses.cosine(f, p, labels, 0.7, 3, 4)[1].value);
    }

    /** The norms are constants of the gradient: what is differentiated is scale * (f.m - |f0||m|)^2 / (2 |f0|). */
    @Test
    void dotRegressionLoss() {
        int[] labels = {1, 0, 2};
        int d = 4;
        double scale = 0.7;
        double[] f = normal(3 * d);
        double[] m = normal(3 * d);
        ToDoubleFunction<double[]> loss = v -> {
            double total = 0;
            for (int i = 0; i < 3; i++) {
                double inner = 0;
                double squares = 0;
                double length = 0;
                for (int k = 0; k < d; k++) {
                    inner += v[i * d + k] * m[labels[i] * d + k];
                    squares += f[i * d + k] * f[i * d + k];
                    length += m[labels[i] * d + k] * m[labels[i] * d + k];
                }
                double error = inner - Math.sqrt(squares * length);
                total += scale * error * error / (2 * Math.sqrt(squares));
            }
            return total;
        };
        Expected[] e = ReferenceLosses.dotRegression(f, m, labels, scale, 3, d);
        assertTrue(Math.abs(sum(e[0].value) - loss.applyAsDouble(f)) <= 1e-12);
        holds("dot regression", loss, f, e[1].value);
    }

    @Test
    void softmaxCrossEntropy() {
        int[] labels = {1, 4, 2};
        double[] logits = normal(15);
        double[] prior = normal(5);
        holds("softmax", v -> sum(ReferenceLosses.softmaxCrossEntropy(v, prior, labels, 0.1, 0.7, 3, 5)[0].value), logits,
                ReferenceLosses.softmaxCrossEntropy(logits, prior, labels, 0.1, 0.7, 3, 5)[1].value);
    }

    @Test
    void gaussianPotential() {
        double[] w = normal(12);
        holds("potential", v -> ReferenceLosses.gaussianPotential(v, 1.5, 4, 3)[0].value[0], w,
                ReferenceLosses.gaussianPotential(w, 1.5, 4, 3)[1].value);
    }

    private static double sum(double[] x) {
        double sum = 0;
        for (double value : x) {
            sum += value;
        }
        return sum;
    }
}

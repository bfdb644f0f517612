package org.equisphere.tensor;

/** Row normalisation, losses and optimiser steps as plain loops in double. */
final class ReferenceLosses {

    private static final double LEAST_NORM = 1e-12;

    private ReferenceLosses() {
    }

    private static double dot(double[] a, int i, double[] b, int j, int d) {
        double sum = 0;
        for (int k = 0; k < d; k++) {
            sum += a[i * d + k] * b[j * d + k];
        }
        return sum;
    }

    private static double absoluteDot(double[] a, int i, double[] b, int j, int d) {
        double sum = 0;
        for (int k = 0; k < d; k++) {
            sum += Math.abs(a[i * d + k] * b[j * d + k]);
        }
        return sum;
    }

    private static double norm(double[] a, int i, int d) {
        return Math.max(Math.sqrt(dot(a, i, a, i, d)), LEAST_NORM);
    }

    /** y and norms. */
    static Expected[] normalizeRows(double[] x, int n, int d) {
        Expected y = new Expected(n * d);
        Expected norms = new Expected(n);
        for (int i = 0; i < n; i++) {
            double norm = norm(x, i, d);
            norms.add(i, norm);
            for (int k = i * d; k < i * d + d; k++) {
                y.add(k, x[k] / norm);
            }
        }
        return new Expected[] {y, norms};
    }

    static Expected normalizeRowsBackward(double[] y, double[] norms, double[] dy, int d) {
        Expected dx = new Expected(y.length);
        for (int i = 0; i < y.length; i++) {
            int row = i / d;
            dx.add(i, dy[i] / norms[row]);
            dx.add(i, -y[i] * dot(y, row, dy, row, d) / norms[row], Math.abs(y[i]) * absoluteDot(y, row, dy, row, d) / norms[row]);
            dx.terms[i] = d;
        }
        return dx;
    }

    /** losses and df. */
    static Expected[] cosine(double[] f, double[] p, int[] labels, double scale, int n, int d) {
        Expected losses = new Expected(n);
        Expected df = new Expected(n * d);
        for (int i = 0; i < n; i++) {
            double norm = norm(f, i, d);
            double cos = dot(f, i, p, labels[i], d) / norm;
            double size = 1 + absoluteDot(f, i, p, labels[i], d) / norm;
            losses.add(i, scale * (1 - cos) * (1 - cos), scale * 2 * (Math.abs(1 - cos) * size + Math.ulp(1f) * size * size));
            losses.terms[i] = d;
            for (int k = 0; k < d; k++) {
                double target = p[labels[i] * d + k];
                double unit = f[i * d + k] / norm;
                double across = target - cos * unit;
                double acrossSize = Math.abs(target) + size * Math.abs(unit);
                df.add(i * d + k, -2 * scale * (1 - cos) * across / norm,
                        2 * scale * (Math.abs(1 - cos) * acrossSize + size * Math.abs(across) + Math.ulp(1f) * size * acrossSize) / norm);
                df.terms[i * d + k] = d;
            }
        }
        return new Expected[] {losses, df};
    }

    /** losses and df. */
    static Expected[] dotRegression(double[] f, double[] m, int[] labels, double scale, int n, int d) {
        Expected losses = new Expected(n);
        Expected df = new Expected(n * d);
        for (int i = 0; i < n; i++) {
            double norm = norm(f, i, d);
            double length = Math.sqrt(dot(m, labels[i], m, labels[i], d));
            double e = dot(f, i, m, labels[i], d) - norm * length;
            double size = absoluteDot(f, i, m, labels[i], d) + norm * length;
            losses.add(i, scale * e * e / (2 * norm), scale * (Math.abs(e) * size + Math.ulp(1f) * size * size) / norm);
            losses.terms[i] = d;
            for (int k = 0; k < d; k++) {
                double target = m[labels[i] * d + k];
                df.add(i * d + k, scale * e * target / norm, Math.abs(scale * size * target / norm));
                df.terms[i * d + k] = d;
            }
        }
        return new Expected[] {losses, df};
    }

    /** losses and dlogits. @param prior null for none */
    static Expected[] softmaxCrossEntropy(double[] logits, double[] prior, int[] labels, double smoothing, double scale, int n, int c) {
        Expected losses = new Expected(n);
        Expected dlogits = new Expected(n * c);
        for (int i = 0; i < n; i++) {
            double[] a = new double[c];
            double max = Double.NEGATIVE_INFINITY;
            for (int k = 0; k < c; k++) {
                a[k] = logits[i * c + k] + (prior == null ? 0 : prior[k]);
                max = Math.max(max, a[k]);
            }
            double sum = 0;
            for (int k = 0; k < c; k++) {
                sum += Math.exp(a[k] - max);
            }
            for (int k = 0; k < c; k++) {
                double target = (k == labels[i] ? 1 - smoothing : 0) + smoothing / c;
                double q = Math.exp(a[k] - max) / sum;
                // without a prior a - max is exact but for its own rounding; with one, both are rounded before
                double exponent = prior == null ? Math.abs(a[k] - max) : Math.abs(a[k]) + Math.abs(max);
                losses.add(i, -scale * target * (a[k] - max - Math.log(sum)), scale * target * (exponent + 1 + Math.log(sum)));
                dlogits.add(i * c + k, scale * (q - target), scale * (q * (2 + exponent) + target));
                dlogits.terms[i * c + k] = c;
            }
        }
        return new Expected[] {losses, dlogits};
    }

    /** The value (one element) and dw. */
    static Expected[] gaussianPotential(double[] w, double t, int n, int d) {
        double total = 0;
        double totalSize = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                if (i != j) {
                    total += energy(w, t, i, j, d);
                    totalSize += energy(w, t, i, j, d) * (1 + exponentSize(w, t, i, j, d));
                }
            }
        }
        Expected value = new Expected(1);
        value.add(0, Math.log(total / ((double) n * (n - 1))), Math.abs(Math.log(total)) + Math.log((double) n * n) + totalSize / total);
        Expected dw = new Expected(n * d);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int k = 0; i != j && k < d; k++) {
                    double a = w[i * d + k];
                    double b = w[j * d + k];
                    double factor = 4 * t * energy(w, t, i, j, d) / total;
                    dw.add(i * d + k, -factor * (a - b),
                            factor * (Math.abs(a) + Math.abs(b)) * (1 + exponentSize(w, t, i, j, d) + totalSize / total));
                }
            }
        }
        return new Expected[] {value, dw};
    }

    private static double energy(double[] w, double t, int i, int j, int d) {
        return Math.exp(-t * (dot(w, i, w, i, d) + dot(w, j, w, j, d) - 2 * dot(w, i, w, j, d)));
    }

    /** How large the terms of t |w_i - w_j|^2 are, which may be taken from inner products. */
    private static double exponentSize(double[] w, double t, int i, int j, int d) {
        return t * (dot(w, i, w, i, d) + dot(w, j, w, j, d) + 2 * absoluteDot(w, i, w, j, d));
    }

    /** w and v after {@code steps} steps. */
    static Expected[] sgd(double rate, double momentum, double decay, boolean nesterov, int steps, double[] w, double[] g, double[] v) {
        Expected weights = new Expected(w.length);
        Expected velocity = new Expected(w.length);
        for (int i = 0; i < w.length; i++) {
            double a = w[i];
            double b = v[i];
            double aSize = Math.abs(a);
            double bSize = Math.abs(b);
            for (int step = 0; step < steps; step++) {
                double slope = g[i] + decay * a;
                double slopeSize = Math.abs(g[i]) + decay * aSize;
                b = momentum * b + slope;
                bSize = momentum * bSize + slopeSize;
                a -= rate * (nesterov ? slope + momentum * b : b);
                aSize += rate * (nesterov ? slopeSize + momentum * bSize : bSize);
            }
            weights.add(i, a, aSize);
            velocity.add(i, b, bSize);
        }
        return new Expected[] {weights, velocity};
    }

    /** w, m and s after one step. @param rates rate, c1, c2 */
    static Expected[] adamW(double[] rates, double beta1, double beta2, double epsilon, double decay,
                            double[] w, double[] g, double[] m, double[] s) {
        Expected weights = new Expected(w.length);
        Expected mean = new Expected(w.length);
        Expected square = new Expected(w.length);
        for (int i = 0; i < w.length; i++) {
            mean.add(i, beta1 * m[i]);
            mean.add(i, (1 - beta1) * g[i]);
            square.add(i, beta2 * s[i]);
            square.add(i, (1 - beta2) * g[i] * g[i]);
            double root = Math.sqrt(square.value[i] / rates[2]) + epsilon;
            weights.add(i, w[i]);
            weights.add(i, -rates[0] * decay * w[i]);
            weights.add(i, -rates[0] * mean.value[i] / rates[1] / root, rates[0] * mean.magnitude[i] / rates[1] / root);
        }
        return new Expected[] {weights, mean, square};
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.Samples.doubles;

import java.util.ArrayList;
import java.util.List;

/** Trials of row normalisation, the losses and the optimisers. */
final class LossTrials {

    private final List<Trial> trials = new ArrayList<>();
    private final Samples samples;

    private LossTrials(Samples samples) {
        this.samples = samples;
    }

    static List<Trial> trials(Samples samples) {
        LossTrials made = new LossTrials(samples);
        int[][] shapes = {{0, 3}, {1, 1}, {3, 7}, {13, 2}, {7, 64}, {100, 65}, {33, 128}, {5, 1021}, {3, 1412}, {700, 48}};
        for (int[] shape : shapes) {
            made.normalization(shape[0], shape[1]);
            made.targets(shape[0], shape[1], 10, 1);
            made.targets(shape[0], shape[1], 3, 1f / 128);
            made.softmax(shape[0], shape[1]);
        }
        for (int[] shape : new int[][] {{2, 1}, {2, 3}, {10, 3}, {17, 64}, {100, 33}, {207, 7}}) {
            made.potential(shape[0], shape[1], 2);
        }
        made.potential(13, 5, 40);
        for (int n : new int[] {0, 1, 3, 17, 100, 1021, 70_001}) {
            made.sgd(n, 0.9f, 5e-4f, true);
            made.sgd(n, 0.9f, 0, false);
            made.sgd(n, 0, 0.1f, false);
            made.adamW(n);
        }
        return made.trials;
    }

    private Trial trial(String operation, String detail) {
        Trial made = new Trial(operation, detail);
        trials.add(made);
        return made;
    }

    /** Features against unit prototypes: random ones, and among them antipodal, aligned, short, tiny and zero ones. */
    private float[] features(float[] prototypes, int[] labels, int n, int d) {
        float[] f = samples.normal(n * d, 0, 3);
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < d; k++) {
                float p = prototypes[labels[i] * d + k];
                switch (i % 8) {
                    case 1 -> f[i * d + k] = -2 * p;
                    case 2 -> f[i * d + k] = 5 * p;
                    case 3 -> f[i * d + k] *= 1e-6f;
                    case 4 -> f[i * d + k] *= 1e-14f;
                    case 5 -> f[i * d + k] = 0;
                    default -> { }
                }
            }
        }
        return f;
    }

    private void normalization(int n, int d) {
        String detail = n + "x" + d;
        float[] x = features(samples.unitRows(10, d), samples.labels(n, 10), n, d);
        Expected[] e = ReferenceLosses.normalizeRows(doubles(x), n, d);
        trial("normalizeRows", detail).input("x", x, n, d).output("y", e[0], n, d).output("norms", e[1], n)
                .call((b, t, l) -> () -> b.normalizeRows(t[0], t[1], t[2]));
        trial("normalizeRows", detail + " in place").modified("x", x, e[0], n, d).output("norms", e[1], n)
                .call((b, t, l) -> () -> b.normalizeRows(t[0], t[0], t[1]));
        float[] y = samples.unitRows(n, d);
        float[] norms = samples.uniform(n, 0.01, 10);
        float[] dy = samples.normal(n * d);
        Expected dx = ReferenceLosses.normalizeRowsBackward(doubles(y), doubles(norms), doubles(dy), d);
        trial("normalizeRowsBackward", detail).input("y", y, n, d).input("norms", norms, n).input("dy", dy, n, d).output("dx", dx, n, d)
                .call((b, t, l) -> () -> b.normalizeRowsBackward(t[0], t[1], t[2], t[3]));
        trial("normalizeRowsBackward", detail + " in place").input("y", y, n, d).input("norms", norms, n).modified("dy", dy, dx, n, d)
                .call((b, t, l) -> () -> b.normalizeRowsBackward(t[0], t[1], t[2], t[2]));
    }

    private void targets(int n, int d, int classes, float scale) {
        String detail = n + "x" + d + " to " + classes + " scale " + scale;
        float[] p = samples.unitRows(classes, d);
        int[] labels = samples.labels(n + 2, classes);
        float[] f = features(p, labels, n, d);
        Expected[] cosine = ReferenceLosses.cosine(doubles(f), doubles(p), labels, scale, n, d);
        trial("cosineLoss", detail).input("f", f, n, d).input("prototypes", p, classes, d).labels(labels, classes)
                .output("losses", cosine[0], n).output("df", cosine[1], n, d)
                .call((b, t, l) -> () -> b.cosineLoss(t[0], t[1], l, scale, t[2], t[3]));
        float[] m = p.clone();
        for (int i = 0; i < m.length; i++) {
            m[i] *= 1.5f + i / d;
        }
        Expected[] dot = ReferenceLosses.dotRegression(doubles(f), doubles(m), labels, scale, n, d);
        trial("dotRegressionLoss", detail).input("f", f, n, d).input("targets", m, classes, d).labels(labels, classes)
                .output("losses", dot[0], n).output("df", dot[1], n, d)
                .call((b, t, l) -> () -> b.dotRegressionLoss(t[0], t[1], l, scale, t[2], t[3]));
    }

    private void softmax(int n, int c) {
        softmax(n, c, samples.normal(n * c, 0, 3), null, 0, 1, false);
        softmax(n, c, samples.normal(n * c, 0, 3), samples.normal(c), 0.1f, 0.25f, true);
        softmax(n, c, samples.normal(n * c, 0, 20_000), null, 0.1f, 1, true);
        softmax(n, c, samples.normal(n * c, 90_000, 2), samples.normal(c), 0, 1, false);
    }

    private void softmax(int n, int c, float[] logits, float[] prior, float smoothing, float scale, boolean inPlace) {
        int[] labels = samples.labels(n, c);
        Expected[] e = ReferenceLosses.softmaxCrossEntropy(doubles(logits), prior == null ? null : doubles(prior), labels, smoothing, scale, n, c);
        Trial made = trial("softmaxCrossEntropy", n + "x" + c + " smoothing " + smoothing + (prior == null ? "" : " prior")
                + (inPlace ? " in place" : "")).labels(labels, c).output("losses", e[0], n);
        if (inPlace) {
            made.modified("logits", logits, e[1], n, c);
        } else {
            made.input("logits", logits, n, c).output("dlogits", e[1], n, c);
        }
        if (prior != null) {
            made.input("prior", prior, c);
        }
        made.call((b, t, l) -> {
            Tensor added = prior == null ? null : t[t.length - 1];
            Tensor gradient = inPlace ? t[1] : t[2];
            return () -> b.softmaxCrossEntropy(t[1], added, l, smoothing, scale, t[0], gradient);
        });
    }

    private void potential(int n, int d, float t) {
        float[] w = samples.unitRows(n, d);
        Expected[] e = ReferenceLosses.gaussianPotential(doubles(w), t, n, d);
        Trial both = trial("gaussianPotential", n + "x" + d + " t " + t);
        both.input("w", w, n, d).output("dw", e[1], n, d).returns(e[0])
                .call((b, x, l) -> () -> both.returned[0] = b.gaussianPotential(x[0], t, x[1]));
        Trial value = trial("gaussianPotential", n + "x" + d + " t " + t + " without gradient");
        value.input("w", w, n, d).returns(e[0]).call((b, x, l) -> () -> value.returned[0] = b.gaussianPotential(x[0], t, null));
    }

    private void sgd(int n, float momentum, float decay, boolean nesterov) {
        int steps = 3;
        float[] rate = {0.05f};
        float[] w = samples.normal(n);
        float[] g = samples.normal(n);
        float[] v = samples.normal(n);
        Expected[] e = ReferenceLosses.sgd(rate[0], momentum, decay, nesterov, steps, doubles(w), doubles(g), doubles(v));
        trial("sgdStep", n + " momentum " + momentum + " decay " + decay + (nesterov ? " Nesterov" : ""))
                .input("rate", rate, 1).modified("w", w, e[0], n).input("g", g, n).modified("v", v, e[1], n)
                .call((b, t, l) -> () -> {
                    for (int step = 0; step < steps; step++) {
                        b.sgdStep(t[0], momentum, decay, nesterov, t[1], t[2], t[3]);
                    }
                });
    }

    private void adamW(int n) {
        float[] rates = {1e-3f, 0.1f, 1e-3f};
        float[] w = samples.normal(n);
        float[] m = new float[n];
        float[] s = new float[n];
        for (int step = 1; step <= 3; step++) {
            float[] g = samples.normal(n);
            rates = new float[] {0.01f, (float) (1 - Math.pow(0.9, step)), (float) (1 - Math.pow(0.999, step))};
            Expected[] e = ReferenceLosses.adamW(doubles(rates), 0.9f, 0.999f, 1e-8f, 0.05f, doubles(w), doubles(g), doubles(m), doubles(s));
            trial("adamWStep", n + " step " + step).input("rates", rates, 3).modified("w", w, e[0], n).input("g", g, n)
                    .modified("m", m, e[1], n).modified("s", s, e[2], n)
                    .call((b, t, l) -> () -> b.adamWStep(t[0], 0.9f, 0.999f, 1e-8f, 0.05f, t[1], t[2], t[3], t[4]));
            w = Samples.floats(e[0].value);
            m = Samples.floats(e[1].value);
            s = Samples.floats(e[2].value);
        }
    }
}

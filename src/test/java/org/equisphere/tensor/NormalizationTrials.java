package org.equisphere.tensor;

import static org.equisphere.tensor.Samples.doubles;

import java.util.ArrayList;
import java.util.List;

/** Trials of batch normalisation, on well-behaved inputs and on such whose mean is large against their deviation; single images among them. */
final class NormalizationTrials {

    private static final float EPSILON = 1e-5f;
    private static final float MOMENTUM = 0.1f;

    private final List<Trial> trials = new ArrayList<>();
    private final Samples samples;

    private NormalizationTrials(Samples samples) {
        this.samples = samples;
    }

    static List<Trial> trials(Samples samples) {
        NormalizationTrials made = new NormalizationTrials(samples);
        int[][] shapes = {{2, 1}, {2, 3}, {3, 7}, {13, 16}, {31, 17}, {100, 33}, {207, 64}, {65, 100}, {1021, 5}, {4099, 16}, {3, 1021},
            {70_001, 1}, {7 * 5, 3}, {8 * 8, 64}, {32 * 32, 16}, {9 * 11, 17}, {1030, 64}, {701, 48}, {300, 128}};
        double[][] inputs = {{300, 0.05}, {0.5, 2}, {1000, 1}};
        int count = 0;
        for (int[] shape : shapes) {
            for (int kind = 0; kind < 4; kind++) {
                boolean relu = (kind & 1) != 0;
                boolean residual = (kind & 2) != 0;
                double[] input = inputs[count++ % inputs.length];
                float[] x = samples.normal(shape[0] * shape[1], input[0], input[1]);
                String detail = shape[0] + "x" + shape[1] + (relu ? " ReLU" : "") + (residual ? " residual" : "")
                        + " mean " + input[0] + " deviation " + input[1];
                made.training(detail, x, shape[1], relu, residual);
                made.backward(detail, x, shape[1], relu, residual, false);
                if (residual) {
                    made.backward(detail, x, shape[1], relu, true, true);
                }
                made.inference(detail, x, shape[1], relu, residual);
            }
            made.fold(shape[0], shape[1]);
        }
        return made.trials;
    }

    private Trial trial(String operation, String detail) {
        Trial made = new Trial(operation, detail);
        trials.add(made);
        return made;
    }

    private void training(String detail, float[] x, int c, boolean relu, boolean withResidual) {
        int rows = x.length / c;
        float[] gamma = samples.normal(c);
        float[] beta = samples.normal(c);
        float[] runningMean = samples.normal(c);
        float[] runningVariance = samples.uniform(c, 0.5, 2);
        float[] residual = withResidual ? samples.normal(x.length) : null;
        ReferenceNormalization reference = new ReferenceNormalization(doubles(x), c);
        Expected y = reference.forward(doubles(x), doubles(gamma), doubles(beta), EPSILON, withResidual ? doubles(residual) : null, relu);
        for (boolean inPlace : new boolean[] {false, true}) {
            Trial made = trial("batchNormalize", detail + (inPlace ? " in place" : ""))
                    .input("gamma", gamma, c).input("beta", beta, c)
                    .modified("runningMean", runningMean, reference.runningMean(doubles(runningMean), MOMENTUM), c)
                    .modified("runningVariance", runningVariance, reference.runningVariance(doubles(runningVariance), MOMENTUM), c)
                    .output("mean", reference.mean(doubles(x)), c)
                    .output("inverseDeviation", reference.inverseDeviation(EPSILON), c);
            if (inPlace) {
                made.modified("x", x, y, rows, c);
            } else {
                made.input("x", x, rows, c).output("y", y, rows, c);
            }
            if (withResidual) {
                made.input("residual", residual, rows, c);
            }
            made.call((b, t, l) -> {
                BatchNormalization n = new BatchNormalization(t[0], t[1], t[2], t[3], t[4], t[5], EPSILON, MOMENTUM);
                Tensor out = inPlace ? t[6] : t[7];
                Tensor added = withResidual ? t[t.length - 1] : null;
                return () -> b.batchNormalize(n, t[6], added, relu, out);
            });
        }
    }

    private void backward(String detail, float[] x, int c, boolean relu, boolean withResidual, boolean accumulate) {
        int rows = x.length / c;
        float[] gamma = samples.normal(c);
        float[] beta = samples.normal(c);
        float[] dy = samples.normal(x.length);
        float[] y = samples.normal(x.length);
        ReferenceNormalization reference = new ReferenceNormalization(doubles(x), c);
        float[] mean = Samples.floats(reference.mean);
        float[] inverse = Samples.floats(reference.inverseDeviation(EPSILON).value);
        double[] g = relu ? Samples.masked(dy, y) : doubles(dy);
        Expected[] e = ReferenceNormalization.backward(doubles(x), g, doubles(gamma), doubles(mean), doubles(inverse));
        float[] dresidual = samples.normal(x.length);
        for (boolean inPlace : new boolean[] {false, true}) {
            Trial made = trial("batchNormalizeBackward", detail + (accumulate ? " accumulating" : "") + (inPlace ? " in place" : ""))
                    .input("gamma", gamma, c).unused("beta", beta, c).input("mean", mean, c).input("inverseDeviation", inverse, c)
                    .input("x", x, rows, c).output("dgamma", e[1], c).output("dbeta", e[0], c);
            if (relu) {
                made.input("y", y, rows, c);
            } else {
                made.unused("y", y, rows, c);
            }
            if (inPlace) {
                made.modified("dy", dy, e[2], rows, c);
            } else {
                made.input("dy", dy, rows, c).output("dx", e[2], rows, c);
            }
            if (withResidual && accumulate) {
                made.modified("dresidual", dresidual, ReferenceMath.addScaled(1, g, doubles(dresidual)), rows, c);
            } else if (withResidual) {
                made.output("dresidual", ReferenceMath.exactly(g), rows, c);
            }
            made.call((b, t, l) -> {
                BatchNormalization n = new BatchNormalization(t[0], t[1], t[0], t[1], t[2], t[3], EPSILON, MOMENTUM);
                Tensor dx = inPlace ? t[8] : t[9];
                Tensor added = withResidual ? t[t.length - 1] : null;
                return () -> b.batchNormalizeBackward(n, t[4], relu ? t[7] : null, relu, t[8], dx, t[5], t[6], added, accumulate);
            });
        }
    }

    private void inference(String detail, float[] x, int c, boolean relu, boolean withResidual) {
        int rows = x.length / c;
        float[] gamma = samples.normal(c);
        float[] beta = samples.normal(c);
        float[] mean = samples.normal(c);
        float[] variance = samples.uniform(c, 0.01, 3);
        float[] residual = withResidual ? samples.normal(x.length) : null;
        Expected y = ReferenceNormalization.inference(doubles(x), doubles(gamma), doubles(beta), doubles(mean), doubles(variance), EPSILON,
                withResidual ? doubles(residual) : null, relu);
        for (boolean inPlace : new boolean[] {false, true}) {
            Trial made = trial("batchNormalizeInference", detail + (inPlace ? " in place" : ""))
                    .input("gamma", gamma, c).input("beta", beta, c).input("runningMean", mean, c).input("runningVariance", variance, c);
            if (inPlace) {
                made.modified("x", x, y, rows, c);
            } else {
                made.input("x", x, rows, c).output("y", y, rows, c);
            }
            if (withResidual) {
                made.input("residual", residual, rows, c);
            }
            made.call((b, t, l) -> {
                BatchNormalization n = new BatchNormalization(t[0], t[1], t[2], t[3], null, null, EPSILON, MOMENTUM);
                Tensor out = inPlace ? t[4] : t[5];
                Tensor added = withResidual ? t[t.length - 1] : null;
                return () -> b.batchNormalizeInference(n, t[4], added, relu, out);
            });
        }
    }

    private void fold(int rows, int c) {
        float[] w = samples.normal(rows * c);
        float[] gamma = samples.normal(c);
        float[] beta = samples.normal(c);
        float[] mean = samples.normal(c);
        float[] variance = samples.uniform(c, 0.01, 3);
        Expected[] e = ReferenceNormalization.fold(doubles(w), doubles(gamma), doubles(beta), doubles(mean), doubles(variance), EPSILON);
        trial("foldBatchNormalization", rows + "x" + c)
                .input("gamma", gamma, c).input("beta", beta, c).input("runningMean", mean, c).input("runningVariance", variance, c)
                .input("w", w, rows, c).output("folded", e[0], rows, c).output("bias", e[1], c)
                .call((b, t, l) -> {
                    BatchNormalization n = new BatchNormalization(t[0], t[1], t[2], t[3], null, null, EPSILON, MOMENTUM);
                    return () -> b.foldBatchNormalization(n, t[4], t[5], t[6]);
                });
    }
}

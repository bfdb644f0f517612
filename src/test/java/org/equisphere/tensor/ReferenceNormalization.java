package org.equisphere.tensor;

/**
 * Batch normalisation as plain loops in double. A magnitude allows for x - mean taken in float, and for a variance around a mean
 * rounded to float, but not for one from E[x^2] - E[x]^2.
 */
final class ReferenceNormalization {

    final int rows;
    final int c;
    final double[] mean;
    /** Of the terms of the mean, which may cancel: its rounding errors are relative to them. */
    final double[] meanMagnitude;
    /** Biased. */
    final double[] variance;
    /** How large the terms of the variance are; relative to it, errors of the inverse deviation grow likewise. */
    final double[] varianceMagnitude;

    ReferenceNormalization(double[] x, int c) {
        this.c = c;
        rows = x.length / c;
        mean = new double[c];
        meanMagnitude = new double[c];
        variance = new double[c];
        varianceMagnitude = new double[c];
        for (int i = 0; i < x.length; i++) {
            mean[i % c] += x[i] / rows;
            meanMagnitude[i % c] += Math.abs(x[i]) / rows;
        }
        for (int i = 0; i < x.length; i++) {
            double deviation = x[i] - mean[i % c];
            variance[i % c] += deviation * deviation / rows;
        }
        for (int j = 0; j < c; j++) {
            varianceMagnitude[j] = variance[j] + Math.ulp(1f) * mean[j] * mean[j];
        }
    }

    private Expected column(double[] values, double[] magnitudes) {
        Expected e = new Expected(c);
        for (int j = 0; j < c; j++) {
            e.add(j, values[j], magnitudes[j]);
            e.terms[j] = rows;
        }
        return e;
    }

    Expected mean(double[] x) {
        Expected e = new Expected(c);
        for (int i = 0; i < x.length; i++) {
            e.add(i % c, x[i] / rows);
        }
        return e;
    }

    Expected inverseDeviation(double epsilon) {
        double[] inverse = new double[c];
        double[] magnitude = new double[c];
        for (int j = 0; j < c; j++) {
            inverse[j] = 1 / Math.sqrt(variance[j] + epsilon);
            magnitude[j] = inverse[j] * (1 + varianceMagnitude[j] / (variance[j] + epsilon));
        }
        return column(inverse, magnitude);
    }

    Expected runningMean(double[] before, double momentum) {
        double[] after = new double[c];
        double[] magnitude = new double[c];
        for (int j = 0; j < c; j++) {
            after[j] = (1 - momentum) * before[j] + momentum * mean[j];
            magnitude[j] = Math.abs(before[j]) + momentum * meanMagnitude[j];
        }
        return column(after, magnitude);
    }

    Expected runningVariance(double[] before, double momentum) {
        double[] after = new double[c];
        double[] magnitude = new double[c];
        double unbiased = rows / (rows - 1.0);
        for (int j = 0; j < c; j++) {
            after[j] = (1 - momentum) * before[j] + momentum * unbiased * variance[j];
            magnitude[j] = Math.abs(before[j]) + momentum * unbiased * varianceMagnitude[j];
        }
        return column(after, magnitude);
    }

    /** @param residual null for none */
    Expected forward(double[] x, double[] gamma, double[] beta, double epsilon, double[] residual, boolean relu) {
        Expected e = new Expected(x.length);
        for (int i = 0; i < x.length; i++) {
            int j = i % c;
            double inverse = 1 / Math.sqrt(variance[j] + epsilon);
            double scaled = gamma[j] * (x[i] - mean[j]) * inverse;
            e.add(i, scaled, Math.abs(gamma[j]) * inverse * (Math.abs(x[i]) + meanMagnitude[j])
                    + Math.abs(scaled) * varianceMagnitude[j] / (variance[j] + epsilon));
            e.add(i, beta[j]);
            if (residual != null) {
                e.add(i, residual[i]);
            }
            e.terms[i] = rows;
        }
        return e.rectified(relu);
    }

    /** dbeta, dgamma and dx from the mean and inverse deviation that the forward pass wrote. g is dy, masked. */
    static Expected[] backward(double[] x, double[] g, double[] gamma, double[] mean, double[] inverse) {
        int c = gamma.length;
        int rows = x.length / c;
        Expected dbeta = new Expected(c);
        Expected dgamma = new Expected(c);
        for (int i = 0; i < x.length; i++) {
            int j = i % c;
            dbeta.add(j, g[i]);
            dgamma.add(j, g[i] * (x[i] - mean[j]) * inverse[j], Math.abs(g[i]) * (Math.abs(x[i]) + Math.abs(mean[j])) * inverse[j]);
        }
        Expected dx = new Expected(x.length);
        for (int i = 0; i < x.length; i++) {
            int j = i % c;
            double s = gamma[j] * inverse[j];
            double xh = (x[i] - mean[j]) * inverse[j];
            double xhMagnitude = (Math.abs(x[i]) + Math.abs(mean[j])) * inverse[j];
            dx.add(i, s * g[i]);
            dx.add(i, -s * dbeta.value[j] / rows, Math.abs(s) * dbeta.magnitude[j] / rows);
            dx.add(i, -s * xh * dgamma.value[j] / rows, Math.abs(s) * xhMagnitude * dgamma.magnitude[j] / rows);
            dx.terms[i] = rows;
        }
        return new Expected[] {dbeta, dgamma, dx};
    }

    /** Evaluation, by the running averages. */
    static Expected inference(double[] x, double[] gamma, double[] beta, double[] mean, double[] variance, double epsilon,
                              double[] residual, boolean relu) {
        int c = gamma.length;
        Expected e = new Expected(x.length);
        for (int i = 0; i < x.length; i++) {
            int j = i % c;
            double s = gamma[j] / Math.sqrt(variance[j] + epsilon);
            e.add(i, s * x[i]);
            e.add(i, -s * mean[j]);
            e.add(i, beta[j]);
            if (residual != null) {
                e.add(i, residual[i]);
            }
        }
        return e.rectified(relu);
    }

    /** folded and bias. */
    static Expected[] fold(double[] w, double[] gamma, double[] beta, double[] mean, double[] variance, double epsilon) {
        int c = gamma.length;
        Expected folded = new Expected(w.length);
        for (int i = 0; i < w.length; i++) {
            folded.add(i, w[i] * gamma[i % c] / Math.sqrt(variance[i % c] + epsilon));
        }
        Expected bias = new Expected(c);
        for (int j = 0; j < c; j++) {
            bias.add(j, beta[j]);
            bias.add(j, -mean[j] * gamma[j] / Math.sqrt(variance[j] + epsilon));
        }
        return new Expected[] {folded, bias};
    }
}

package org.equisphere.data;

/**
 * Mixup (Zhang et al. 2018): every example of a batch is blended with another of the same batch, x_k = lambda x_k + (1 - lambda) x_p(k), with one
 * lambda ~ Beta(alpha, alpha) and one permutation p per batch.
 */
final class Mixup {
    private final double alpha;
    private final long seed;

    Mixup(double alpha, long seed) {
        if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("mixup alpha is " + alpha + ", expected a finite number above 0");
        }
        this.alpha = alpha;
        this.seed = seed;
    }

    /**
     * Blends a batch.
     *
     * @param batch  modified: examples, originals, partners, second labels and lambda
     * @param length floats of one example, 0 where they are blended elsewhere
     * @param random modified: renamed for this batch
     */
    void blend(Batch batch, int length, RandomStream random) {
        random.reset(seed, RandomStream.MIXUP, batch.epoch, batch.number);
        float lambda = (float) beta(random);
        batch.lambda = lambda;
        permute(batch.partners, batch.count, random);
        float[] copy = batch.originals;
        System.arraycopy(batch.examples, 0, copy, 0, batch.count * length);
        for (int k = 0; k < batch.count; k++) {
            int partner = batch.partners[k];
            batch.secondLabels[k] = batch.labels[partner];
            for (int j = 0; j < length; j++) {
                batch.examples[k * length + j] = lambda * copy[k * length + j] + (1 - lambda) * copy[partner * length + j];
            }
        }
    }

    /** A uniformly random order of 0..count-1, built inside out. */
    private static void permute(int[] order, int count, RandomStream random) {
        for (int k = 0; k < count; k++) {
            int j = random.nextInt(k + 1);
            order[k] = order[j];
            order[j] = k;
        }
    }

    /** Beta(alpha, alpha), as a share of two gamma variables. */
    double beta(RandomStream random) {
        if (alpha == 1) {
            return random.nextDouble();
        }
        double a = gamma(alpha, random);
        double b = gamma(alpha, random);
        return a + b > 0 ? a / (a + b) : random.nextBoolean() ? 1 : 0;
    }

    /** Gamma(shape, 1) by Marsaglia and Tsang (2000); a shape below 1 by their boost, gamma(shape + 1) * U^(1/shape). */
    private static double gamma(double shape, RandomStream random) {
        if (shape < 1) {
            return gamma(shape + 1, random) * StrictMath.pow(1 - random.nextDouble(), 1 / shape);
        }
        double d = shape - 1.0 / 3;
        double c = 1 / Math.sqrt(9 * d);
        while (true) {
            double x = random.nextGaussian();
            double v = 1 + c * x;
            v = v * v * v;
            if (v > 0 && StrictMath.log(1 - random.nextDouble()) < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) {
                return d * v;
            }
        }
    }
}

package org.equisphere.data;

/**
 * Mixup (Zhang et al. 2018): every example of a batch is blended with another of the same batch, x_k = lambda x_k + (1 - lambda) x_p(k), with one
 * lambda ~ Beta(alpha, alpha) and one permutation p per batch. CutMix (Yun et al. 2019): a box of 1 - lambda of the area comes from the other image
 * instead, one box per batch; lambda is then what the box leaves. Where both are asked for, each batch has one of them, with equal chances.
 */
final class Mixup {
    private final double alpha;
    private final double cutAlpha;
    private final long seed;

    /** @param alpha of mixup and of CutMix; 0 for none, at least one above */
    Mixup(double alpha, double cutAlpha, long seed) {
        if (!(Math.max(alpha, cutAlpha) > 0 && Math.min(alpha, cutAlpha) >= 0 && Math.max(alpha, cutAlpha) < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("mixup alpha is " + alpha + " and CutMix alpha "
                    + cutAlpha + ", expected finite numbers, one above 0");
        }
        this.alpha = alpha;
        this.cutAlpha = cutAlpha;
        this.seed = seed;
    }

    /**
     * Blends a batch.
     *
     * @param batch  modified: examples, originals, partners, second labels and lambda
     * @param shape  of one example; {height, width, channels} for CutMix
     * @param random modified: renamed for this batch
     */
    void blend(Batch batch, int[] shape, RandomStream random) {
        random.reset(seed, RandomStream.MIXUP, batch.epoch, batch.number);
        boolean cut = cutAlpha > 0 && (alpha == 0 || random.nextBoolean());
        double lambda = beta(cut ? cutAlpha : alpha, random);
        int length = batch.examples.length / batch.labels.length;
        pair(batch, length, random);
        if (cut) {
            ImageBox box = ImageBox.around(shape[0], shape[1], Math.sqrt(1 - lambda), random);
            paste(batch, length, box, shape);
            batch.lambda = box == null ? 1 : 1 - (float) (box.height() * box.width()) / (shape[0] * shape[1]);
        } else {
            batch.lambda = (float) lambda;
            average(batch, length, batch.lambda);
        }
    }

    private static void pair(Batch batch, int length, RandomStream random) {
        permute(batch.partners, batch.count, random);
        System.arraycopy(batch.examples, 0, batch.originals, 0, batch.count * length);
        for (int k = 0; k < batch.count; k++) {
            batch.secondLabels[k] = batch.labels[batch.partners[k]];
        }
    }

    /** @param box null for an empty one */
    private static void paste(Batch batch, int length, ImageBox box, int[] shape) {
        for (int k = 0; k < batch.count && box != null; k++) {
            box.copy(batch.originals, batch.partners[k] * length, batch.examples, k * length, shape[1], shape[2]);
        }
    }

    private static void average(Batch batch, int length, float lambda) {
        float[] copy = batch.originals;
        for (int k = 0; k < batch.count; k++) {
            int partner = batch.partners[k];
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
    static double beta(double alpha, RandomStream random) {
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

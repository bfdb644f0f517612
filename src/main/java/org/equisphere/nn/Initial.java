package org.equisphere.nn;

import java.util.random.RandomGenerator;

/** How a parameter starts. */
public sealed interface Initial {

    /** Fills {@code values[from .. from + count - 1]}, drawing from {@code random} where it needs chance. */
    void fill(float[] values, int from, int count, RandomGenerator random);

    /** Every element the same: 1 for scales, 0 for shifts. */
    record Constant(float value) implements Initial {
        @Override
        public void fill(float[] values, int from, int count, RandomGenerator random) {
            java.util.Arrays.fill(values, from, from + count, value);
        }
    }

    /** Normal with mean 0 and variance 2 / fan (He et al. 2015, eq. 10 with fan-in, eq. 14 with fan-out). */
    record KaimingNormal(int fan) implements Initial {
        @Override
        public void fill(float[] values, int from, int count, RandomGenerator random) {
            new Normal(Math.sqrt(2.0 / fan)).fill(values, from, count, random);
        }
    }

    /** Normal with mean 0 and the given deviation. */
    record Normal(double deviation) implements Initial {
        @Override
        public void fill(float[] values, int from, int count, RandomGenerator random) {
            for (int i = from; i < from + count; i++) {
                values[i] = (float) (deviation * random.nextGaussian());
            }
        }
    }

    /** Uniform in (-1/sqrt(fanIn), 1/sqrt(fanIn)): PyTorch's default for dense layers and their biases. */
    record FanInUniform(int fanIn) implements Initial {
        @Override
        public void fill(float[] values, int from, int count, RandomGenerator random) {
            double bound = 1 / Math.sqrt(fanIn);
            for (int i = from; i < from + count; i++) {
                values[i] = (float) (bound * (2 * random.nextDouble() - 1));
            }
        }
    }
}

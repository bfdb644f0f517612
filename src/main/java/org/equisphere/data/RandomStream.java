package org.equisphere.data;

/**
 * A stream of random numbers named by a key of four longs, so that the numbers an example draws depend on what it is and never on
 * which thread came first. SplitMix64 (Steele, Lea, Flood 2014; finaliser "Mix13" of D. Stafford), started at a hash of the key.
 * Only integer and IEEE arithmetic and {@link StrictMath}: the same on every machine.
 *
 * <p>Not safe for two threads; {@link #reset} renames the stream without allocating.
 */
public final class RandomStream {
    /** First part of a key: what the numbers are for. */
    public static final long SPLIT = 1, SHUFFLE = 2, AUGMENT = 3, MIXUP = 4, LONG_TAIL = 5, SYNTHETIC_CLASS = 6, SYNTHETIC_EXAMPLE = 7;

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    /** The stream of a key. */
    public RandomStream(long seed, long purpose, long a, long b) {
        reset(seed, purpose, a, b);
    }

    /** The stream of the key (seed, purpose, a, 0). */
    public RandomStream(long seed, long purpose, long a) {
        this(seed, purpose, a, 0);
    }

    /** Starts the stream of another key; what came before has no influence. */
    public void reset(long seed, long purpose, long a, long b) {
        long key = mix(seed + GOLDEN);
        key = mix(key + purpose * GOLDEN + 1);
        key = mix(key + a * GOLDEN + 2);
        state = mix(key + b * GOLDEN + 3);
    }

    /** Uniform over all 64 bits. */
    public long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    /** Uniform in 0..bound-1; bound at least 1. The bias of the multiply-shift is under bound * 2^-32. */
    public int nextInt(int bound) {
        return (int) (((nextLong() >>> 32) * bound) >>> 32);
    }

    /** Either, with equal chances. */
    public boolean nextBoolean() {
        return nextLong() < 0;
    }

    /** Uniform in [0, 1), a multiple of 2^-53. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** Uniform in [low, high). */
    public double nextDouble(double low, double high) {
        return low + (high - low) * nextDouble();
    }

    /** Standard normal, by Marsaglia's polar method. */
    public double nextGaussian() {
        double u;
        double s;
        do {
            u = 2 * nextDouble() - 1;
            double v = 2 * nextDouble() - 1;
            s = u * u + v * v;
        } while (s >= 1 || s == 0);
        return u * StrictMath.sqrt(-2 * StrictMath.log(s) / s);
    }

    /** Puts the values in a uniformly random order (Fisher-Yates). */
    public void shuffle(int[] values) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = nextInt(i + 1);
            int kept = values[i];
            values[i] = values[j];
            values[j] = kept;
        }
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}

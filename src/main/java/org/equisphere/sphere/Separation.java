package org.equisphere.sphere;

import java.util.Arrays;

/**
 * How evenly prototypes are spread: the uniformity loss and what the pairwise angles say.
 *
 * <p>All measures are over pairs i &lt; j, and NaN for a single prototype. Computed in O(n^2 d) time by blocks of the Gram matrix, in
 * O(n d + block^2) memory.
 *
 * @param uniformity the uniformity loss of {@link GaussianPotential} at the given t
 * @param largestCosine the largest cosine of any pair
 * @param meanLargestCosine the mean over prototypes of each one's largest cosine with another
 * @param meanAngleDegrees APAD, the average pairwise angle, in degrees
 * @param smallestAngleDegrees the smallest angle of any pair, in degrees
 * @param histogram numbers of pairs by angle: bin b of B counts the angles from 180 b/B to 180 (b+1)/B degrees
 */
public record Separation(double uniformity, double largestCosine, double meanLargestCosine, double meanAngleDegrees,
                         double smallestAngleDegrees, long[] histogram) {

    /** Bins of the histogram of {@link #of(Prototypes, double)}: one a degree. */
    public static final int DEGREE_BINS = 180;

    /** The measures with the customary t = 2. */
    public static Separation of(Prototypes prototypes) {
        return of(prototypes, 2);
    }

    /** The measures with a given t of the uniformity loss and a histogram of one bin a degree. */
    public static Separation of(Prototypes prototypes, double t) {
        return of(prototypes, t, DEGREE_BINS);
    }

    /**
     * The measures with a given t of the uniformity loss and a given number of bins.
     *
     * @throws IllegalArgumentException if t is not positive and finite or bins is below 1
     */
    public static Separation of(Prototypes prototypes, double t, int bins) {
        GaussianPotential potential = new GaussianPotential(t);
        if (bins < 1) {
            throw new IllegalArgumentException("bins: " + bins + ", expected at least 1");
        }
        if (prototypes.count() < 2) {
            return new Separation(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, new long[bins]);
        }
        AngleTally tally = new AngleTally(prototypes, bins, PairKernels.best());
        tally.count();
        double largest = Arrays.stream(tally.largest).max().orElseThrow();
        return new Separation(potential.value(prototypes), largest, Arrays.stream(tally.largest).average().orElseThrow(),
                Math.toDegrees(tally.angleSum / tally.pairs), Math.toDegrees(Math.acos(Math.min(1, largest))), tally.histogram);
    }

    /** A copy of the histogram. */
    @Override
    public long[] histogram() {
        return histogram.clone();
    }

    /** One pass over all pairs, tile by tile. */
    private static final class AngleTally {
        private static final int BLOCK = 96;

        private final int n;
        private final int d;
        private final double[] rows;
        private final PairKernel kernel;
        private final int width;
        private final double[] one;
        private final double[] other;
        private final double[] tile = new double[BLOCK * BLOCK];
        final double[] largest;
        final long[] histogram;
        double angleSum;
        long pairs;

        AngleTally(Prototypes prototypes, int bins, PairKernel kernel) {
            this.n = prototypes.count();
            this.d = prototypes.dimension();
            this.rows = prototypes.rows();
            this.kernel = kernel;
            this.width = kernel.width(BLOCK);
            this.one = new double[(int) Panels.length(d, BLOCK, width)];
            this.other = new double[one.length];
            this.largest = new double[n];
            this.histogram = new long[bins];
            Arrays.fill(largest, -1);
        }

        void count() {
            for (int first = 0; first < n; first += BLOCK) {
                int height = Math.min(BLOCK, n - first);
                Panels.packTransposed(rows, first * d, d, height, d, width, one, 0);
                for (int second = first; second < n; second += BLOCK) {
                    int columns = Math.min(BLOCK, n - second);
                    Panels.packTransposed(rows, second * d, d, columns, d, width, other, 0);
                    kernel.gram(one, 0, height, other, 0, BLOCK, width, d, false, tile);
                    countTile(first, height, second, columns);
                }
            }
        }

        private void countTile(int first, int height, int second, int columns) {
            double binsPerRadian = histogram.length / Math.PI;
            for (int i = 0; i < height; i++) {
                double rowSum = 0;
                for (int j = first == second ? i + 1 : 0; j < columns; j++) {
                    double cosine = Math.max(-1, Math.min(1, tile[i * BLOCK + j]));
                    double angle = Math.acos(cosine);
                    largest[first + i] = Math.max(largest[first + i], cosine);
                    largest[second + j] = Math.max(largest[second + j], cosine);
                    histogram[Math.min(histogram.length - 1, (int) (angle * binsPerRadian))]++;
                    rowSum += angle;
                    pairs++;
                }
                angleSum += rowSum;
            }
        }
    }
}

package org.equisphere.report;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.SingularValueDecomposition;
import org.equisphere.train.ClassSums;
import org.equisphere.train.Confusion;

/**
 * What the features of a trained network look like on the sphere. All measures are of features divided by their length; angles are in degrees. A
 * measure that is not defined (no prototypes, one class) is NaN; classes without examples do not count.
 *
 * @param angleToPrototype      intra-class compactness: mean angle of a feature to its label's prototype
 * @param angleToMean           intra-class compactness: mean angle of a feature to its class mean
 * @param smallestAngle         inter-class separability: smallest angle between two class means
 * @param meanAngle             inter-class separability: mean angle between two class means
 * @param withinBetween         NC1 (Papyan, Han and Donoho 2020): trace of within-class covariance times the pseudo-inverse of the between-class
 *                              covariance, over the number of classes; 0 when every class has collapsed to a point
 * @param unequalNorms          NC2: standard deviation over mean of the norms of the centred class means; 0 when all are as far out
 * @param unequalAngles         NC2: mean over pairs of |cos + 1 / (C - 1)| of the centred class means; 0 for a simplex
 * @param selfDuality           NC3: squared distance between the matrices of centred class means and of the labels' prototypes, centred likewise,
 *                              each divided by its Frobenius norm; 0 when they are the same up to a scale
 * @param nearestMeanDifference NC4: share of examples the classifier does not put into the class of the nearest class mean
 */
public record Measures(double angleToPrototype, double angleToMean, double smallestAngle, double meanAngle, double withinBetween,
                       double unequalNorms, double unequalAngles, double selfDuality, double nearestMeanDifference) {

    /** Features side by side with their labels and what the classifier made of them. */
    public static final class Sample {

        private final int dimension;
        private final int classes;
        private final float[] features;
        private final int[] labels;
        private final int[] predicted;
        private int filled;

        /** Room for {@code size} examples. */
        public Sample(int size, int dimension, int classes) {
            this.dimension = dimension;
            this.classes = classes;
            this.features = new float[Math.multiplyExact(size, dimension)];
            this.labels = new int[size];
            this.predicted = new int[size];
        }

        /**
         * Adds some examples.
         *
         * @param unit   [count, dimension] and more: features of length 1; not modified
         * @param scores [count, classes] and more; not modified
         * @param truth  labels; not modified
         */
        public void add(float[] unit, float[] scores, int[] truth, int count) {
            System.arraycopy(unit, 0, features, filled * dimension, count * dimension);
            System.arraycopy(truth, 0, labels, filled, count);
            for (int i = 0; i < count; i++) {
                predicted[filled + i] = Confusion.best(scores, i * classes, classes);
            }
            filled += count;
        }

        /** [classes, dimension]: mean features, not normalised; zero for a class without examples. */
        public double[] means() {
            return sums().means();
        }

        /** The number of examples added. */
        public int size() {
            return filled;
        }

        /** The true label of an example. */
        public int label(int example) {
            return labels[example];
        }

        /** The angle, in degrees, of an example's feature to d numbers of any length from {@code at} on; NaN where they are all 0. */
        public double angle(int example, double[] rows, int at) {
            double dot = 0;
            double squared = 0;
            for (int k = 0; k < dimension; k++) {
                dot += features[example * dimension + k] * rows[at + k];
                squared += rows[at + k] * rows[at + k];
            }
            return Angles.degrees(dot / Math.sqrt(squared));
        }

        private ClassSums sums() {
            ClassSums sums = new ClassSums(classes, dimension);
            sums.add(features, labels, filled);
            return sums;
        }
    }

    /**
     * Measures a sample.
     *
     * @param sample   filled
     * @param targets  each label's prototype, in label order, or null where there are none
     */
    public static Measures of(Sample sample, Prototypes targets) {
        return new Reckoning(sample, targets).measures();
    }

    /** Everything the measures are made from. */
    private static final class Reckoning {

        private final Sample sample;
        private final Prototypes targets;
        private final int d;
        private final double[] means;
        private final int[] present; // labels with examples
        private final double[] centred; // [present, d]: class means less the mean of them

        Reckoning(Sample sample, Prototypes targets) {
            this.sample = sample;
            this.targets = targets;
            this.d = sample.dimension;
            ClassSums sums = sample.sums();
            int[] counts = sums.counts();
            this.means = sums.means();
            this.present = IntStream.range(0, counts.length).filter(c -> counts[c] > 0).toArray();
            this.centred = centred(means);
        }

        /** The rows of labels that are present, less their mean. */
        private double[] centred(double[] rows) {
            double[] centredRows = new double[present.length * d];
            for (int k = 0; k < d; k++) {
                double mean = 0;
                for (int c : present) {
                    mean += rows[c * d + k] / present.length;
                }
                for (int p = 0; p < present.length; p++) {
                    centredRows[p * d + k] = rows[present[p] * d + k] - mean;
                }
            }
            return centredRows;
        }

        Measures measures() {
            double toPrototype = 0;
            double toMean = 0;
            for (int i = 0; i < sample.filled; i++) {
                toPrototype += targets == null ? Double.NaN : sample.angle(i, targets.row(sample.labels[i]), 0);
                toMean += sample.angle(i, means, sample.labels[i] * d);
            }
            long different = IntStream.range(0, sample.filled).parallel().filter(i -> nearestMean(i) != sample.predicted[i]).count();
            double[] between = anglesBetweenMeans();
            double[] spread = spreadOfMeans();
            return new Measures(toPrototype / sample.filled, toMean / sample.filled, between[0], between[1], withinBetween(), spread[0], spread[1],
                    selfDuality(), (double) different / sample.filled);
        }

        private int nearestMean(int example) {
            int best = -1;
            double least = Double.POSITIVE_INFINITY;
            for (int c : present) {
                double distance = 0;
                for (int k = 0; k < d && distance < least; k++) { // one that is further already cannot be the nearest
                    double difference = sample.features[example * d + k] - means[c * d + k];
                    distance += difference * difference;
                }
                if (distance < least) {
                    least = distance;
                    best = c;
                }
            }
            return best;
        }

        /** {smallest, mean} angle. */
        private double[] anglesBetweenMeans() {
            int n = present.length;
            double[] squared = squaredLengths(means);
            double[] smallest = new double[n];
            double sum = sumOfRows(p -> {
                double angles = 0;
                smallest[p] = Double.POSITIVE_INFINITY;
                for (int q = 0; q < p; q++) {
                    double angle = Angles.degrees(cosine(means, squared, present[p], present[q]));
                    smallest[p] = Math.min(smallest[p], angle);
                    angles += angle;
                }
                return angles;
            });
            return new double[] {n < 2 ? Double.NaN : Arrays.stream(smallest).min().orElseThrow(), sum / pairs()};
        }

        /** {unequal norms, unequal angles} of the centred class means. */
        private double[] spreadOfMeans() {
            int n = present.length;
            double mean = 0;
            double square = 0;
            double[] squared = squaredLengths(centred);
            for (double each : squared) {
                mean += Math.sqrt(each) / n;
                square += each / n;
            }
            double off = sumOfRows(p -> {
                double row = 0;
                for (int q = 0; q < p; q++) {
                    row += Math.abs(cosine(centred, squared, p, q) + 1.0 / (n - 1));
                }
                return row;
            });
            return new double[] {Math.sqrt(Math.max(0, square - mean * mean)) / mean, off / pairs()};
        }

        private double pairs() {
            return present.length * (present.length - 1.0) / 2;
        }

        /** The sum over class means of what each has to do with those before it: n^2 d operations, on all processors, alike on any number of them. */
        private double sumOfRows(IntToDoubleFunction row) {
            return Arrays.stream(IntStream.range(0, present.length).parallel().mapToDouble(row).toArray()).sum();
        }

        /** Centred means have no part along one direction at least; what rounding leaves there does not count. */
        private static final double SMALLEST_SHARE = 1e-7;

        private double withinBetween() {
            if (present.length < 2) {
                return Double.NaN;
            }
            double[] within = new double[d * d];
            double[] off = new double[d];
            for (int i = 0; i < sample.filled; i++) {
                for (int k = 0; k < d; k++) {
                    off[k] = sample.features[i * d + k] - means[sample.labels[i] * d + k];
                }
                for (int k = 0; k < d; k++) {
                    for (int l = 0; l < d; l++) {
                        within[k * d + l] += off[k] * off[l] / sample.filled;
                    }
                }
            }
            // the centred means are the between-class covariance's square root, so that its pseudo-inverse needs no product of them
            SingularValueDecomposition means = SingularValueDecomposition.of(centred, present.length, d);
            double trace = 0;
            for (int v = 0; v < means.values().length && means.values()[v] > SMALLEST_SHARE * means.values()[0]; v++) {
                double along = 0;
                for (int k = 0; k < d; k++) {
                    for (int l = 0; l < d; l++) {
                        along += means.right()[v * d + k] * within[k * d + l] * means.right()[v * d + l];
                    }
                }
                trace += present.length * along / (means.values()[v] * means.values()[v]);
            }
            return trace / present.length;
        }

        private double selfDuality() {
            if (targets == null) {
                return Double.NaN;
            }
            double[] prototypes = centred(targets.toArray());
            double meanNorm = norm(centred);
            double prototypeNorm = norm(prototypes);
            double sum = 0;
            for (int k = 0; k < centred.length; k++) {
                double difference = centred[k] / meanNorm - prototypes[k] / prototypeNorm;
                sum += difference * difference;
            }
            return sum;
        }

        private static double norm(double[] values) {
            double squared = 0;
            for (double v : values) {
                squared += v * v;
            }
            return Math.sqrt(squared);
        }

        private double[] squaredLengths(double[] rows) {
            return IntStream.range(0, rows.length / d).mapToDouble(row -> dot(rows, row, row)).toArray();
        }

        private double cosine(double[] rows, double[] squared, int a, int b) {
            return dot(rows, a, b) / Math.sqrt(squared[a] * squared[b]);
        }

        private double dot(double[] rows, int a, int b) {
            double sum = 0;
            for (int k = 0; k < d; k++) {
                sum += rows[a * d + k] * rows[b * d + k];
            }
            return sum;
        }
    }
}

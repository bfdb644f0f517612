package org.equisphere.embedding;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.equisphere.data.reader.DataSource;
import org.equisphere.data.Dataset;
import org.equisphere.data.Splits;

/**
 * What to expect of a class added without training: MNIST's pixels as features, each digit in turn left out of training and added afterwards by 100
 * examples, matched and aligned, over numbers of spare prototypes and of dimensions. Prints one JSON object a line, means over the ten digits:
 * accuracy on the test images of the added digit, of the other nine before and after, and of all ten where the head is trained on all. Argument:
 * MNIST's folder.
 */
public final class AddedClassAccuracy {

    private static final int PER_CLASS = 500;
    private static final int GIVEN = 100;

    private AddedClassAccuracy() {
    }

    /** Features of one digit after another. */
    private static List<List<float[]>> byDigit(Dataset data, int most) {
        List<List<float[]>> digits = new ArrayList<>();
        for (int digit = 0; digit < 10; digit++) {
            digits.add(new ArrayList<>());
        }
        for (int i = 0; i < data.size(); i++) {
            if (digits.get(data.label(i)).size() < most) {
                float[] pixels = new float[data.length()];
                data.example(i, pixels, 0);
                digits.get(data.label(i)).add(pixels);
            }
        }
        return digits;
    }

    /** A head for all digits but one; -1 leaves none out. */
    private static HypersphericalHead train(List<List<float[]>> digits, int left, int d, int spare) {
        List<float[]> features = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int digit = 0; digit < 10; digit++) {
            if (digit != left) {
                for (float[] pixels : digits.get(digit)) {
                    features.add(pixels);
                    labels.add(names.size());
                }
                names.add(String.valueOf(digit));
            }
        }
        return HypersphericalHead.builder(d).hidden(128).sparePrototypes(spare).epochs(6).labelNames(names).seed(1)
                .fit(features.toArray(float[][]::new), labels.stream().mapToInt(i -> i).toArray());
    }

    private static double accuracy(HypersphericalHead head, List<List<float[]>> digits, int from, int to, int without) {
        int right = 0;
        int all = 0;
        for (int digit = from; digit < to; digit++) {
            if (digit != without) {
                for (float[] pixels : digits.get(digit)) {
                    right += head.predict(pixels).name().equals(String.valueOf(digit)) ? 1 : 0;
                    all++;
                }
            }
        }
        return (double) right / all;
    }

    /** Runs all. */
    public static void main(String[] args) throws IOException {
        if (args.length < 1) {
            throw new IllegalArgumentException("expected the folder of MNIST's files");
        }
        Splits mnist = DataSource.parse("idx:" + Path.of(args[0])).open();
        List<List<float[]>> training = byDigit(mnist.train(), PER_CLASS);
        List<List<float[]>> test = byDigit(mnist.test(), Integer.MAX_VALUE);
        for (int d : new int[] {8, 32}) {
            double together = accuracy(train(training, -1, d, 0), test, 0, 10, -1);
            for (int spare : new int[] {10, 50}) {
                double[] sums = new double[8];
                for (int left = 0; left < 10; left++) {
                    HypersphericalHead head = train(training, left, d, spare);
                    String name = String.valueOf(left);
                    float[][] given = training.get(left).subList(0, GIVEN).toArray(float[][]::new);
                    sums[0] += accuracy(head, test, 0, 10, left);
                    add(sums, 1, head.withClass(name, given), test, left);
                    add(sums, 4, head.withAlignedClass(name, given), test, left);
                }
                System.out.printf(Locale.ROOT, "{\"d\":%d,\"spare\":%d,\"others_before\":%.4f,\"matched\":%.4f,\"matched_others\":%.4f,"
                        + "\"matched_recall\":%.4f,\"aligned\":%.4f,\"aligned_others\":%.4f,\"aligned_recall\":%.4f,"
                        + "\"cosine\":%.3f,\"all_trained\":%.4f}%n",
                        d, spare, sums[0] / 10, sums[1] / 10, sums[2] / 10, sums[3] / 10, sums[4] / 10, sums[5] / 10,
                        sums[6] / 10, sums[7] / 20, together);
            }
        }
    }

    private static void add(double[] sums, int at, HypersphericalHead.Addition addition, List<List<float[]>> test, int digit) {
        sums[at] += accuracy(addition.head(), test, digit, digit + 1, -1);
        sums[at + 1] += accuracy(addition.head(), test, 0, 10, digit);
        sums[at + 2] += addition.recall();
        sums[7] += addition.cosine();
    }
}

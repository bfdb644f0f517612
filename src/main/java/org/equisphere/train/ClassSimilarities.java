package org.equisphere.train;

/** How alike classes are: symmetric matrices [classes, classes] for quadratic matching. */
final class ClassSimilarities {

    private ClassSimilarities() {
    }

    /**
     * Cosines between class means, the mean of all taken out first: what classes have in common tells nothing about which are alike. A mean
     * that has no direction then is like no other, nor is one of zeros, of a class without examples.
     *
     * @param means [classes, d], row-major; not modified
     */
    static double[] ofMeans(double[] means, int classes, int d) {
        double[] centred = means.clone();
        for (int k = 0; k < d; k++) {
            double common = 0;
            int present = 0;
            for (int c = 0; c < classes; c++) {
                common += means[c * d + k];
                present += dot(means, c, c, d) > 0 ? 1 : 0;
            }
            for (int c = 0; c < classes; c++) {
                centred[c * d + k] -= dot(means, c, c, d) > 0 ? common / present : 0;
            }
        }
        double[] similarities = new double[classes * classes];
        for (int a = 0; a < classes; a++) {
            for (int b = 0; b <= a; b++) {
                double norms = Math.sqrt(dot(centred, a, a, d) * dot(centred, b, b, d));
                similarities[a * classes + b] = norms > 0 ? dot(centred, a, b, d) / norms : 0;
                similarities[b * classes + a] = similarities[a * classes + b];
            }
        }
        return similarities;
    }

    /**
     * How often two classes are taken for each other: the mean of both ways' shares; 1 on the diagonal. A class without examples is like no
     * other.
     */
    static double[] ofConfusion(Confusion confusion) {
        int classes = confusion.classes();
        double[] similarities = new double[classes * classes];
        for (int a = 0; a < classes; a++) {
            for (int b = 0; b < classes; b++) {
                similarities[a * classes + b] = a == b ? 1 : (confusion.share(a, b) + confusion.share(b, a)) / 2;
            }
        }
        return similarities;
    }

    private static double dot(double[] rows, int a, int b, int d) {
        double sum = 0;
        for (int k = 0; k < d; k++) {
            sum += rows[a * d + k] * rows[b * d + k];
        }
        return sum;
    }
}

package org.equisphere.embedding;

import java.util.stream.IntStream;

/**
 * A limit on the angle between a feature and its nearest prototype, chosen on data the head was not trained on; what lies
 * beyond is taken for unknown.
 *
 * @param angle           in degrees
 * @param falseRejection  share of the known validation features beyond it
 * @param falseAcceptance share of the unknown validation features within it; NaN where none were given
 */
public record OpenSetThreshold(double angle, double falseRejection, double falseAcceptance) {

    /**
     * The smallest angle that rejects at most a given share of known features.
     *
     * @param known    validation features of the head's classes, at least one
     * @param rate     0 up to, not including, 1
     */
    public static OpenSetThreshold atFalseRejection(HypersphericalHead head, float[][] known, double rate) {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("false rejection rate is " + rate + ", expected 0 up to, not including, 1");
        }
        double[] angles = angles(head, known, "known");
        // A product that is whole in exact arithmetic may fall short of it by rounding.
        int rejected = Math.min(angles.length - 1, (int) (rate * angles.length + 1e-9));
        double angle = angles[angles.length - 1 - rejected];
        return new OpenSetThreshold(angle, share(angles, angle), Double.NaN);
    }

    /**
     * The angle with the least sum of false rejections and false acceptances, as shares: the best balanced accuracy. Of equal ones the smallest.
     *
     * @param known   validation features of the head's classes, at least one
     * @param unknown features of other classes, at least one
     */
    public static OpenSetThreshold balanced(HypersphericalHead head, float[][] known, float[][] unknown) {
        double[] ours = angles(head, known, "known");
        double[] others = angles(head, unknown, "unknown");
        OpenSetThreshold best = null;
        for (double angle : ours) { // between two of these, false acceptances only grow
            OpenSetThreshold at = new OpenSetThreshold(angle, share(ours, angle), 1 - share(others, angle));
            if (best == null || at.falseRejection + at.falseAcceptance < best.falseRejection + best.falseAcceptance) {
                best = at;
            }
        }
        return best;
    }

    /** The angles to the nearest prototypes in rising order. */
    private static double[] angles(HypersphericalHead head, float[][] features, String what) {
        if (features.length == 0) {
            throw new IllegalArgumentException("no " + what + " features to choose a threshold by");
        }
        return IntStream.range(0, features.length).mapToDouble(i -> HypersphericalHead.angle(head.predict(HeadBuilder.row(features, i))))
                .sorted().toArray();
    }

    /** The share beyond an angle. */
    private static double share(double[] rising, double angle) {
        int low = 0;
        for (int high = rising.length; low < high; ) {
            int middle = low + high >>> 1;
            if (rising[middle] > angle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return (double) (rising.length - low) / rising.length;
    }
}

package org.equisphere.model;

import org.equisphere.sphere.Prototypes;

/** How a network's output becomes a score for every label. */
public sealed interface Readout {

    /**
     * The label's score is the cosine between the output and the label's assigned prototype, or their inner product: what the loss
     * compared. The best label is the same.
     *
     * @param prototypes       n unit vectors in d dimensions
     * @param prototypeOfLabel for each of c &lt;= n labels its prototype; all different
     * @param normalized       whether outputs are divided by their length first, so that scores are cosines
     */
    record Nearest(Prototypes prototypes, int[] prototypeOfLabel, boolean normalized) implements Readout {

        /** Scores are cosines. */
        public Nearest(Prototypes prototypes, int[] prototypeOfLabel) {
            this(prototypes, prototypeOfLabel, true);
        }

        /** Checks that the assignment is one to one. */
        public Nearest {
            boolean[] taken = new boolean[prototypes.count()];
            for (int label = 0; label < prototypeOfLabel.length; label++) {
                int p = prototypeOfLabel[label];
                if (p < 0 || p >= taken.length) {
                    throw new IllegalArgumentException("label " + label + " is assigned prototype " + p + ", expected 0.." + (taken.length - 1));
                }
                if (taken[p]) {
                    throw new IllegalArgumentException("prototype " + p + " is assigned to two labels, the second is " + label);
                }
                taken[p] = true;
            }
            prototypeOfLabel = prototypeOfLabel.clone();
        }

        /** A copy. */
        @Override
        public int[] prototypeOfLabel() {
            return prototypeOfLabel.clone();
        }

        /** The assigned prototypes in the order of the labels: [c, d], row-major. */
        public float[] targets() {
            float[] all = prototypes.toFloats();
            int d = prototypes.dimension();
            float[] targets = new float[prototypeOfLabel.length * d];
            for (int label = 0; label < prototypeOfLabel.length; label++) {
                System.arraycopy(all, prototypeOfLabel[label] * d, targets, label * d, d);
            }
            return targets;
        }
    }

    /** The output holds one logit a label. */
    record Softmax() implements Readout {
    }
}

package org.equisphere.nn;

/** How the losses of a batch become one number. */
public enum Reduction {
    /** Their sum: the published squared cosine loss. */
    SUM,
    /** Their mean: what cross-entropy uses. */
    MEAN;

    /** The factor on each example's loss. */
    float scale(int batch) {
        return this == SUM ? 1f : 1f / batch;
    }
}

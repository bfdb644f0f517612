package org.equisphere.sphere;

/** What "spread evenly" means to {@link PrototypeOptimizer}. */
public enum Objective {

    /** The uniformity loss of {@link GaussianPotential} at a given t, as small as can be: the paper's objective. */
    UNIFORMITY,

    /** The largest cosine of any pair as small as can be: what a nearest-prototype classifier lives on. */
    SEPARATION
}

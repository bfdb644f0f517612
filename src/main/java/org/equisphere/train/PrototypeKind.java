package org.equisphere.train;

import java.util.Locale;
import org.equisphere.sphere.EquiangularVectors;
import org.equisphere.sphere.Objective;
import org.equisphere.sphere.PrototypeOptimizer;
import org.equisphere.sphere.Prototypes;
import org.equisphere.sphere.SphericalCodes;

/** Where the directions come from that stand for the labels. */
public enum PrototypeKind {
    /** Spread by the Gaussian potential: the published ones (Ebrahimi Saadabadi et al. 2024, eq. 4). */
    UNIFORMITY,
    /** Spread so that the smallest angle is as large as can be. */
    SEPARATION,
    /** A simplex equiangular tight frame, turned by chance (Yang et al. 2022): every cosine -1 / (C - 1); needs d at least C - 1. */
    ETF,
    /** Equiangular basis vectors (Shen et al. 2023): the largest |cos| as small as can be. */
    EBV,
    /** The maximum-separation matrix (Kasarla et al. 2022), the simplex as its recursion gives it, not turned; needs d at least C - 1. */
    MAXSEP,
    /**
     * The class directions themselves, taken anew when an assignment would be (Jiang et al. 2024): nearest class mean; pushed apart where
     * {@link HeadSettings#spread} says so.
     */
    MEANS,
    /** Those given to {@link Trainer#prototypes}. */
    GIVEN,
    /** Learned with the network: a parametric classifier. */
    LEARNED;

    /** Whether gradient descent moves them. */
    public boolean learned() {
        return this == LEARNED;
    }

    /**
     * Makes them; for {@link #MEANS} those that stand before any class was seen.
     *
     * @param seed of a random start or rotation; {@link #MAXSEP} has none
     * @throws IllegalArgumentException where the dimension is too low, or the kind is {@link #GIVEN} or {@link #LEARNED}
     */
    Prototypes make(int classes, int dimension, long seed) {
        if (this == GIVEN || this == LEARNED) {
            throw new IllegalArgumentException(this == LEARNED ? "learned prototypes are not made beforehand"
                    : "given prototypes are missing: hand them to the trainer, or name their file");
        }
        if (this == EBV) {
            return EquiangularVectors.of(classes, dimension, seed);
        }
        if (this == ETF || this == MAXSEP) {
            Prototypes simplex = simplex(classes, dimension);
            return this == ETF ? SphericalCodes.rotated(simplex, seed) : simplex;
        }
        Objective objective = this == SEPARATION ? Objective.SEPARATION : Objective.UNIFORMITY;
        return new PrototypeOptimizer(classes, dimension).objective(objective).seed(seed).optimize().prototypes();
    }

    private Prototypes simplex(int classes, int dimension) {
        if (dimension < classes - 1) {
            throw new IllegalArgumentException(this + " prototypes of " + classes + " classes need a dimension of at least " + (classes - 1)
                    + " (classes - 1), but the dimension is " + dimension
                    + "; expected a larger one, or prototypes that fit any: uniformity, separation, ebv");
        }
        return SphericalCodes.simplex(classes, dimension);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}

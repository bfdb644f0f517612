package org.equisphere.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The one vector shape that all vector operations use: the widest, or the one that {@value VectorBackendProvider#PROPERTY} names. */
final class Lanes {

    /** Constant, so that C2 knows the shape. */
    static final VectorSpecies<Float> SPECIES = chosen(System.getProperty(VectorBackendProvider.PROPERTY, "auto"));

    /** Floats in a vector. */
    static final int COUNT = SPECIES.length();

    private Lanes() {
    }

    private static VectorSpecies<Float> chosen(String bits) {
        return switch (bits) {
            case "128" -> FloatVector.SPECIES_128;
            case "256" -> FloatVector.SPECIES_256;
            case "512" -> FloatVector.SPECIES_512;
            default -> FloatVector.SPECIES_PREFERRED;
        };
    }

    /**
     * max(v, low) of every lane, NaN where v is. {@code FloatVector.max}, which orders zeros and looks for NaN on both sides, is five instructions
     * on x86; these are two.
     *
     * @param low no NaN
     */
    static FloatVector atLeast(FloatVector v, FloatVector low) {
        return v.blend(low, v.compare(VectorOperators.LE, low));
    }

    /** The least multiple of {@code unit} that is at least {@code n}. */
    static int roundUp(int n, int unit) {
        return (n + unit - 1) / unit * unit;
    }
}

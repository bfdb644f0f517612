package org.equisphere.sphere;

import java.util.Random;

/** Seeded random matrices for the tests. */
final class RandomRows {

    private RandomRows() {
    }

    static double[] gaussian(int n, int d, long seed) {
        Random random = new Random(seed);
        double[] rows = new double[n * d];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = random.nextGaussian();
        }
        return rows;
    }

    static Prototypes prototypes(int n, int d, long seed) {
        return Prototypes.of(gaussian(n, d, seed), n, d);
    }
}

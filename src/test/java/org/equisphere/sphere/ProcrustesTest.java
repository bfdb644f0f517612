package org.equisphere.sphere;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ProcrustesTest {

    private static Prototypes random(int n, int d, long seed) {
        Random random = new Random(seed);
        double[] rows = new double[n * d];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = random.nextGaussian();
        }
        return Prototypes.of(rows, n, d);
    }

    private static double agreement(Prototypes a, Prototypes b) {
        double sum = 0;
        for (int i = 0; i < a.count(); i++) {
            for (int k = 0; k < a.dimension(); k++) {
                sum += a.get(i, k) * b.get(i, k);
            }
        }
        return sum;
    }

    @Test
    void aTurnIsFoundAgain() {
        for (int d : new int[] {1, 2, 5, 17}) {
            Prototypes a = random(40, d, d);
            Prototypes turned = SphericalCodes.rotated(a, 3);
            double[] r = Procrustes.rotation(a.toArray(), turned.toArray(), 40, d);
            assertArrayEquals(turned.toArray(), Procrustes.turned(a, r).toArray(), 1e-12);
        }
    }

    /** Also where n is below d, so that much of the rotation is undetermined: it is orthogonal, and no random one does better. */
    @Test
    void itIsOrthogonalAndNoOtherDoesBetter() {
        for (int n : new int[] {1, 3, 8, 30}) {
            int d = 6;
            Prototypes a = random(n, d, n);
            Prototypes b = random(n, d, n + 100);
            double[] r = Procrustes.rotation(a.toArray(), b.toArray(), n, d);
            for (int i = 0; i < d; i++) {
                for (int j = 0; j < d; j++) {
                    double dot = 0;
                    for (int k = 0; k < d; k++) {
                        dot += r[i * d + k] * r[j * d + k];
                    }
                    assertEquals(i == j ? 1 : 0, dot, 1e-12);
                }
            }
            double best = agreement(Procrustes.turned(a, r), b);
            for (int seed = 0; seed < 50; seed++) {
                double other = agreement(SphericalCodes.rotated(a, seed), b);
                assertTrue(other <= best + 1e-9, other + " beats " + best);
            }
        }
        assertThrows(IllegalArgumentException.class, () -> Procrustes.rotation(new double[6], new double[6], 2, 2));
    }
}

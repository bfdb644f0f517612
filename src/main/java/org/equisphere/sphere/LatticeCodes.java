package org.equisphere.sphere;

import java.util.Arrays;
import java.util.Optional;

/**
 * Spherical codes inside the lattices E8 and Leech: all minimal vectors, and those at one angle from a point, seen from there.
 *
 * <p>Each is universally optimal (Cohn and Kumar, "Universally optimal distribution of points on spheres", 2007, table 1). The minimal vectors of the
 * Leech lattice are written from the binary Golay code as in Conway and Sloane, "Sphere Packings, Lattices and Groups", chapter 10.
 */
final class LatticeCodes {

    /** n, d; the code it is cut from; the cosine to that code's first point of those that are taken. */
    private static final double[][] CUTS = {{56, 7, 240, 8, 1 / 2.0}, {27, 6, 56, 7, 1 / 3.0}, {16, 5, 27, 6, 1 / 4.0},
        {4600, 23, 196560, 24, 1 / 2.0}, {891, 22, 4600, 23, 1 / 3.0}, {275, 22, 552, 23, 1 / 5.0},
        {162, 21, 275, 22, 1 / 6.0}, {112, 21, 275, 22, -1 / 4.0}};
    private static final int GOLAY_GENERATOR = 0xC75;
    private static final double TOLERANCE = 1e-9;

    private LatticeCodes() {
    }

    /** The code of n points in d dimensions, where there is one. */
    static Optional<Prototypes> of(int n, int d) {
        if (n == 240 && d == 8) {
            return Optional.of(eight());
        }
        if (n == 196560 && d == 24) {
            return Optional.of(leech());
        }
        if (n == 552 && d == 23) {
            return Optional.of(equiangular());
        }
        for (double[] cut : CUTS) {
            if (n == cut[0] && d == cut[1]) {
                return of((int) cut[2], (int) cut[3]).map(code -> cut(code, code.row(0), cut[4]));
            }
        }
        return Optional.empty();
    }

    /** The points at one cosine from a unit vector, turned so that it is the last axis, without that coordinate. */
    private static Prototypes cut(Prototypes code, double[] centre, double cosine) {
        int d = code.dimension();
        double[] mirror = centre.clone();
        double sign = centre[d - 1] < 0 ? -1 : 1;
        mirror[d - 1] += sign;
        double half = 1 + Math.abs(centre[d - 1]);
        double[] rows = new double[code.count() * (d - 1)];
        int found = 0;
        for (int i = 0; i < code.count(); i++) {
            double[] point = code.row(i);
            if (Math.abs(SphereVectors.dot(point, centre) - cosine) < TOLERANCE) {
                double along = SphereVectors.dot(point, mirror) / half;
                for (int k = 0; k < d - 1; k++) {
                    rows[found * (d - 1) + k] = point[k] - along * mirror[k];
                }
                found++;
            }
        }
        return Prototypes.of(Arrays.copyOf(rows, found * (d - 1)), found, d - 1);
    }

    /** The 240 roots of E8: two entries of +-2, or eight of +-1 with an even number of minus signs. */
    private static Prototypes eight() {
        double[] rows = new double[240 * 8];
        int at = writePairs(rows, 8, 2);
        for (int signs = 0; signs < 256; signs++) {
            if (Integer.bitCount(signs) % 2 == 0) {
                for (int k = 0; k < 8; k++) {
                    rows[at + k] = (signs >> k & 1) == 0 ? 1 : -1;
                }
                at += 8;
            }
        }
        return Prototypes.of(rows, 240, 8);
    }

    /** Every vector with two entries of +-value and else 0; returns where they end. */
    private static int writePairs(double[] rows, int d, double value) {
        int at = 0;
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < i; j++) {
                for (int signs = 0; signs < 4; signs++) {
                    rows[at + i] = (signs & 1) == 0 ? value : -value;
                    rows[at + j] = (signs & 2) == 0 ? value : -value;
                    at += d;
                }
            }
        }
        return at;
    }

    private static Prototypes leech() {
        double[] rows = new double[196560 * 24];
        int at = writePairs(rows, 24, 4);
        for (int choice = 0; choice < 4096; choice++) {
            int word = 0;
            for (int k = 0; k < 12; k++) {
                word ^= (choice >> k & 1) == 0 ? 0 : GOLAY_GENERATOR << k;
            }
            word |= Integer.bitCount(word) % 2 << 23;
            for (int i = 0; i < 24; i++) {
                for (int k = 0; k < 24; k++) {
                    rows[at + k] = ((word >> k & 1) == 0 ? 1 : -1) * (k == i ? -3 : 1);
                }
                at += 24;
            }
            if (Integer.bitCount(word) == 8) {
                at = writeOctad(rows, at, word);
            }
        }
        return Prototypes.of(rows, 196560, 24);
    }

    /** +-2 on the eight places of a word, with an even number of minus signs. */
    private static int writeOctad(double[] rows, int start, int word) {
        int at = start;
        for (int signs = 0; signs < 256; signs++) {
            if (Integer.bitCount(signs) % 2 == 0) {
                int place = 0;
                for (int k = 0; k < 24; k++) {
                    if ((word >> k & 1) == 1) {
                        rows[at + k] = (signs >> place++ & 1) == 0 ? 2 : -2;
                    }
                }
                at += 24;
            }
        }
        return at;
    }

    /** 276 lines at one angle: the minimal vectors of the Leech lattice nearest to a vector of the next length, the sum of two at cosine -1/4. */
    private static Prototypes equiangular() {
        Prototypes leech = leech();
        double[] centre = leech.row(0);
        for (int i = 1; i < leech.count(); i++) {
            double[] second = leech.row(i);
            if (Math.abs(SphereVectors.dot(leech.row(0), second) + 0.25) < TOLERANCE) {
                SphereVectors.add(1, second, centre);
                break;
            }
        }
        return cut(leech, Prototypes.of(centre, 1, 24).row(0), Math.sqrt(3.0 / 8));
    }
}

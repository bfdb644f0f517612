package org.equisphere.sphere;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/**
 * Arrangements of n points on the sphere S^(d-1) that are known to be optimal and have a closed form.
 *
 * <p>The regular simplex (n &lt;= d+1), the cross-polytope (n = 2d) and the regular polygon (d = 2) are universally optimal: they minimise
 * every Gaussian potential and the largest cosine at once (Cohn and Kumar, "Universally optimal distribution of points on spheres",
 * 2007). For d+1 &lt; n &lt; 2d the smallest possible largest cosine is 0 (Rankin, 1955), reached by any n-d simplices in mutually orthogonal
 * subspaces, but no such arrangement minimises the Gaussian potential. Universally optimal, too, are the codes of the lattices E8 (240 points
 * for d = 8, 56 for 7, 27 for 6, 16 for 5) and Leech (196560 for 24, 4600 and 552 for 23, 891 and 275 for 22, 162 and 112 for 21).
 */
public final class SphericalCodes {

    private SphericalCodes() {
    }

    /**
     * An arrangement whose largest cosine is as small as can be, where a closed form exists: n &lt;= 2d, d &lt;= 2, or a code of
     * the lattices above.
     *
     * @throws IllegalArgumentException if n or d is below 1
     */
    public static Optional<Prototypes> known(int n, int d) {
        return known(n, d, Objective.SEPARATION);
    }

    /**
     * An arrangement optimal for an objective, where a closed form exists.
     *
     * @throws IllegalArgumentException if n or d is below 1
     */
    public static Optional<Prototypes> known(int n, int d, Objective objective) {
        Prototypes.requireSizes(n, d);
        if (d == 1) {
            return Optional.of(signs(n));
        }
        if (n <= d + 1) {
            return Optional.of(simplex(n, d));
        }
        if (d == 2) {
            return Optional.of(polygon(n));
        }
        if (n == 2 * d || n < 2 * d && objective == Objective.SEPARATION) {
            return Optional.of(orthogonalSimplices(n, d));
        }
        return LatticeCodes.of(n, d);
    }

    /**
     * The regular simplex: n &lt;= d+1 points, every cosine -1/(n-1).
     *
     * @throws IllegalArgumentException if n > d+1
     */
    public static Prototypes simplex(int n, int d) {
        Prototypes.requireSizes(n, d);
        if (n > d + 1) {
            throw new IllegalArgumentException("n: " + n + ", expected at most d+1 = " + (d + 1) + " for a simplex");
        }
        double[] rows = new double[n * d];
        if (n == 1) {
            rows[0] = 1;
        } else {
            writeSimplex(rows, 0, n, 0, d);
        }
        return Prototypes.of(rows, n, d);
    }

    /**
     * n-d simplices of nearly equal sizes in mutually orthogonal subspaces that together fill the space: d+1 &lt; n &lt;= 2d points, largest
     * cosine exactly 0, as for simplices of any other sizes. With n = 2d it is the cross-polytope.
     *
     * @throws IllegalArgumentException if n is not in d+1 &lt; n &lt;= 2d
     */
    public static Prototypes orthogonalSimplices(int n, int d) {
        Prototypes.requireSizes(n, d);
        if (n <= d + 1 || n > 2 * d) {
            throw new IllegalArgumentException("n: " + n + ", expected d+1 < n <= 2d for d = " + d);
        }
        double[] rows = new double[n * d];
        int simplices = n - d;
        int row = 0;
        int column = 0;
        for (int s = 0; s < simplices; s++) {
            int size = n / simplices + (s < n % simplices ? 1 : 0);
            writeSimplex(rows, row, size, column, d);
            row += size;
            column += size - 1;
        }
        return Prototypes.of(rows, n, d);
    }

    /** The regular n-gon on the circle: largest cosine cos(2 pi/n). */
    public static Prototypes polygon(int n) {
        Prototypes.requireSizes(n, 2);
        double[] rows = new double[2 * n];
        for (int i = 0; i < n; i++) {
            rows[2 * i] = Math.cos(2 * Math.PI * i / n);
            rows[2 * i + 1] = Math.sin(2 * Math.PI * i / n);
        }
        return Prototypes.of(rows, n, 2);
    }

    private static Prototypes signs(int n) {
        double[] rows = new double[n];
        for (int i = 0; i < n; i++) {
            rows[i] = i % 2 == 0 ? 1 : -1;
        }
        return Prototypes.of(rows, n, 1);
    }

    /**
     * Writes a simplex of n >= 2 points into columns column .. column+n-2. Point i has coordinate
     * c_i = sqrt(1 - sum of the squares before it) in column i, and every later point shares that column's value -c_i/(n-1-i).
     */
    private static void writeSimplex(double[] rows, int row, int n, int column, int d) {
        for (int i = 0; i < n - 1; i++) {
            // Coordinate i of point i: sqrt(n (n-1-i) / ((n-1) (n-i))), from the recursion above.
            double own = Math.sqrt((double) n * (n - 1 - i) / ((double) (n - 1) * (n - i)));
            rows[(row + i) * d + column + i] = own;
            for (int later = i + 1; later < n; later++) {
                rows[(row + later) * d + column + i] = -own / (n - 1 - i);
            }
        }
    }

    /**
     * The same arrangement turned by a random rotation or reflection, uniformly distributed over the orthogonal group: a product of d
     * Householder reflections (Stewart, "The efficient generation of random orthogonal matrices", 1980).
     *
     * @param prototypes not modified
     */
    public static Prototypes rotated(Prototypes prototypes, long seed) {
        int n = prototypes.count();
        int d = prototypes.dimension();
        Random random = new Random(seed);
        // One column a coordinate, so that the loops below run along memory.
        double[] columns = new double[n * d];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < d; k++) {
                columns[k * n + i] = prototypes.rows()[i * d + k];
            }
        }
        double[] normal = new double[d];
        double[] along = new double[n];
        for (int first = d - 1; first >= 0; first--) {
            reflect(columns, n, d, first, normal, along, random);
        }
        double[] rows = new double[n * d];
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < d; k++) {
                rows[i * d + k] = columns[k * n + i];
            }
        }
        return Prototypes.of(rows, n, d);
    }

    /** Reflects coordinates first .. d-1 so that the first axis goes to a random direction among them. */
    private static void reflect(double[] columns, int n, int d, int first, double[] normal, double[] along, Random random) {
        double squared = 0;
        for (int k = first; k < d; k++) {
            normal[k] = random.nextGaussian();
            squared += normal[k] * normal[k];
        }
        double sign = normal[first] < 0 ? -1 : 1;
        normal[first] += sign * Math.sqrt(squared);
        double length = 0;
        for (int k = first; k < d; k++) {
            length += normal[k] * normal[k];
        }
        Arrays.fill(along, 0);
        for (int k = first; k < d; k++) {
            for (int i = 0; i < n; i++) {
                along[i] += normal[k] * columns[k * n + i];
            }
        }
        for (int k = first; k < d; k++) {
            double factor = 2 * normal[k] / length;
            for (int i = 0; i < n; i++) {
                columns[k * n + i] -= factor * along[i];
            }
        }
        // The sign makes the product uniform over the group and not over one half of it.
        for (int i = 0; i < n; i++) {
            columns[first * n + i] *= -sign;
        }
    }
}

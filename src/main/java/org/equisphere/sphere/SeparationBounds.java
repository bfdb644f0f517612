package org.equisphere.sphere;

/** How evenly n points could be spread over the sphere S^(d-1) at best: proven bounds, for the tables. */
public final class SeparationBounds {

    private static final int BISECTIONS = 200;

    private SeparationBounds() {
    }

    /**
     * Rankin's lower bound on the largest cosine of n points: -1/(n-1) for n &lt;= d+1, else 0. Reached for n &lt;= 2d.
     * Source: R. A. Rankin, "The closest packing of spherical caps in n dimensions", 1955.
     *
     * @throws IllegalArgumentException if n is below 2 or d below 1
     */
    public static double rankin(int n, int d) {
        requirePairs(n, d);
        return n - 1 <= d ? -1.0 / (n - 1) : 0;
    }

    /**
     * A lower bound on the largest cosine of n points in d dimensions: the better of Rankin's and Levenshtein's; cos(2 pi/n) for d = 2
     * and 1 for d = 1 and n > 2, which are exact.
     *
     * <p>Levenshtein ("Universal bounds for codes and designs", 1998, theorem 5.42): a code of largest cosine s has at most L_m(d, s)
     * points, L_m being the branch with D(d, m) &lt;= L_m &lt;= D(d, m+1), where D is the Delsarte-Goethals-Seidel bound. The branch is
     * increasing in s, and solved for s by bisection.
     *
     * @throws IllegalArgumentException if n is below 2 or d below 1
     */
    public static double largestCosine(int n, int d) {
        double rankin = rankin(n, d);
        if (n <= 2 * (long) d) {
            return rankin;
        }
        if (d == 1) {
            return 1;
        }
        if (d == 2) {
            return Math.cos(2 * Math.PI / n);
        }
        int branch = 3;
        while (designBound(d, branch + 1) < n) {
            branch++;
        }
        double low = branchStart(branch, d);
        double high = branchStart(branch + 1, d);
        for (int i = 0; i < BISECTIONS && low < high; i++) {
            double middle = 0.5 * (low + high);
            if (levenshtein(branch, d, middle) < n) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Math.max(rankin, low);
    }

    /**
     * The uniformity loss of the continuous uniform measure, which that of the best n points tends to from below as n grows:
     * -2t + log 0F1(; d/2; t^2).
     *
     * @param d at least 1
     * @param t positive
     */
    public static double uniformMeasure(int d, double t) {
        if (d < 1) {
            throw new IllegalArgumentException("d: " + d + ", expected a dimension of at least 1");
        }
        if (!(t > 0 && t <= 300)) {
            throw new IllegalArgumentException("t: " + t + ", expected a number in (0, 300]");
        }
        double term = 1;
        double sum = 1;
        for (int k = 1; term > 1e-18 * sum; k++) {
            term *= t * t / (k * (0.5 * d + k - 1));
            sum += term;
        }
        return Math.log(sum) - 2 * t;
    }

    private static void requirePairs(int n, int d) {
        if (n < 2) {
            throw new IllegalArgumentException("n: " + n + ", expected at least 2 points");
        }
        if (d < 1) {
            throw new IllegalArgumentException("d: " + d + ", expected a dimension of at least 1");
        }
    }

    /** The least number of points of a spherical m-design: D(d, 2k) = C(d+k-1, d-1) + C(d+k-2, d-1), D(d, 2k+1) = 2 C(d+k-1, d-1). */
    private static double designBound(int d, int m) {
        int k = m / 2;
        return m % 2 == 0 ? binomial(d + k - 1, d - 1) + binomial(d + k - 2, d - 1) : 2 * binomial(d + k - 1, d - 1);
    }

    private static double binomial(int n, int k) {
        double value = 1;
        for (int i = 1; i <= Math.min(k, n - k); i++) {
            value *= (double) (n - Math.min(k, n - k) + i) / i;
        }
        return n < k ? 0 : value;
    }

    /** Where branch m begins: the greatest zero of the Jacobi polynomial with one more weight at 1 (m even) or at both ends (m odd). */
    private static double branchStart(int m, int d) {
        double alpha = 0.5 * (d - 3);
        return m % 2 == 0 ? greatestZero(m / 2, alpha + 1, alpha) : greatestZero((m - 1) / 2, alpha + 1, alpha + 1);
    }

    /** The greatest zero of the Jacobi polynomial P_k^(a,b), k >= 1, by Newton's method from 1, which falls to it monotonically. */
    private static double greatestZero(int k, double a, double b) {
        double x = 1;
        for (int i = 0; i < BISECTIONS; i++) {
            double before = 0;
            double beforeSlope = 0;
            double p = 1;
            double slope = 0;
            for (int j = 0; j < k; j++) {
                // The three-term recurrence (Abramowitz and Stegun 22.7.1) and its derivative.
                double c = 2 * j + a + b;
                double next;
                double nextSlope;
                if (j == 0) {
                    next = 0.5 * (a - b + (a + b + 2) * x);
                    nextSlope = 0.5 * (a + b + 2);
                } else {
                    double lead = 2 * (j + 1) * (j + a + b + 1) * c;
                    double linear = c * (c + 1) * (c + 2);
                    double constant = (c + 1) * (a * a - b * b);
                    double back = 2 * (j + a) * (j + b) * (c + 2);
                    next = ((constant + linear * x) * p - back * before) / lead;
                    nextSlope = ((constant + linear * x) * slope + linear * p - back * beforeSlope) / lead;
                }
                before = p;
                beforeSlope = slope;
                p = next;
                slope = nextSlope;
            }
            double step = p / slope;
            x -= step;
            if (!(Math.abs(step) > 1e-16)) {
                break;
            }
        }
        return x;
    }

    /** Levenshtein's L_m(d, s), with P_k the Gegenbauer polynomials normalised to P_k(1) = 1. */
    private static double levenshtein(int m, int d, double s) {
        int k = (m + 1) / 2;
        if (m % 2 == 1) {
            double below = gegenbauer(k - 1, d, s);
            double p = gegenbauer(k, d, s);
            return binomial(k + d - 3, k - 1) * ((2.0 * k + d - 3) / (d - 1) - (below - p) / ((1 - s) * p));
        }
        double p = gegenbauer(k, d, s);
        double above = gegenbauer(k + 1, d, s);
        return binomial(k + d - 2, k) * ((2.0 * k + d - 1) / (d - 1) - (1 + s) * (p - above) / ((1 - s) * (p + above)));
    }

    private static double gegenbauer(int k, int d, double s) {
        double before = 1;
        double p = k == 0 ? 1 : s;
        for (int j = 1; j < k; j++) {
            double next = ((2 * j + d - 2) * s * p - j * before) / (j + d - 2);
            before = p;
            p = next;
        }
        return p;
    }
}

package org.equisphere.sphere;

import java.util.Locale;

/**
 * Largest cosines: ours, the best known and a proven bound, as a Markdown table.
 *
 * <p>Arguments: seconds to spend on each row (default 5), then the first and last row to run (default all). The best known are exact where
 * marked; the others are the best of many annealed L-BFGS starts and so upper bounds on the optimum.
 */
public final class PrototypeLimits {

    /** n, d, best known largest cosine. */
    private static final double[][] ROWS = {
        {12, 3, 0.447213595500}, {10, 3, 0.404394325216}, {13, 3, 0.542636486830}, {24, 3, 0.723078468358}, {30, 3, 0.781551875095},
        {50, 3, 0.868173209127}, {100, 3, 0.933385730937}, {10, 4, 0.166666666667}, {13, 4, 0.307295653981}, {20, 4, 0.434258545911},
        {24, 4, 0.5}, {25, 4, 0.537316056656}, {30, 4, 0.584255259230}, {50, 4, 0.693726127145}, {100, 4, 0.803698862336},
        {120, 4, 0.809016994376}, {11, 5, 0.132853542599}, {16, 5, 0.2}, {20, 5, 0.299385692899}, {25, 5, 0.379621025394},
        {30, 5, 0.414009594660}, {40, 5, 0.507572398621}, {50, 5, 0.556584690185}, {100, 5, 0.685094077156}, {200, 5, 0.775919020139},
        {27, 6, 0.25}, {100, 6, 0.577453862071}, {56, 7, 0.333333333333}, {50, 8, 0.318258849952}, {100, 8, 0.436355135634}, {240, 8, 0.5},
        {30, 10, 0.142031082372}, {40, 10, 0.166666666667}, {50, 10, 0.232424382446}, {100, 10, 0.331841765482}, {200, 10, 0.453587885863},
        {50, 16, 0.113847715410}, {100, 16, 0.204955346755}, {200, 16, 0.290065845720}, {100, 20, 0.150971190781}, {100, 22, 0.090909090909},
        {100, 25, 0.110143900417}, {200, 25, 0.182136887741}, {100, 32, 0.076468256473}, {200, 32, 0.136484963141}, {100, 40, 0.048558835713},
        {100, 48, 0.028560885873}, {200, 50, 0.075520577933}, {200, 64, 0.052123928623}, {275, 22, 0.166666666667}};

    private PrototypeLimits() {
    }

    public static void main(String[] args) {
        double seconds = args.length > 0 ? Double.parseDouble(args[0]) : 5;
        int first = args.length > 1 ? Integer.parseInt(args[1]) : 0;
        int last = args.length > 2 ? Integer.parseInt(args[2]) : ROWS.length - 1;
        System.out.println("| n | d | ours | best known | ours - known | lower bound | starts | seconds |\n|---|---|---|---|---|---|---|---|");
        for (int row = first; row <= last; row++) {
            run((int) ROWS[row][0], (int) ROWS[row][1], ROWS[row][2], seconds);
        }
    }

    private static void run(int n, int d, double known, double seconds) {
        double best = Double.POSITIVE_INFINITY;
        int starts = 0;
        long begin = System.nanoTime();
        while (starts == 0 || 1e-9 * (System.nanoTime() - begin) < seconds && best > known + 1e-9) {
            best = Math.min(best, new PrototypeOptimizer(n, d).objective(Objective.SEPARATION).seed(31L * starts).restarts(4).optimize().objective());
            starts += 4;
        }
        System.out.printf(Locale.ROOT, "| %d | %d | %.12f | %.12f | %+.1e | %.10f | %d | %.2f |%n", n, d, best, known, best - known,
                SeparationBounds.largestCosine(n, d), starts, 1e-9 * (System.nanoTime() - begin));
    }
}

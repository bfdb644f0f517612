package org.equisphere.sphere;

import java.nio.DoubleBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Finds n unit vectors in d dimensions that are spread as evenly as can be.
 *
 * <pre>{@code
 * Prototypes w = new PrototypeOptimizer(100, 10).objective(Objective.SEPARATION).seed(1).optimize().prototypes();
 * }</pre>
 *
 * <p>Where {@link SphericalCodes} has a closed form that is optimal for the objective, that is taken, turned by a rotation drawn from
 * the seed. Elsewhere Riemannian L-BFGS runs from one or more random starts and the best end is kept. One seed gives one result, bit
 * for bit, for any number of threads. An optimizer is not safe for use by several threads at once.
 *
 * <p>Over all pairs an iteration takes O(n^2 d) time, 3 n^2 d multiplications and additions for each evaluation, and all of it O(n d) memory:
 * eight matrices of n x d doubles and two for each pair of steps and gradients that L-BFGS remembers, 10 pairs or as many as fit 512 MB,
 * but at least 3. (100000, 128) runs in a heap of 2 GB.
 */
public final class PrototypeOptimizer {

    /** Follows an optimisation; called from the thread that works on the restart, one call at a time for each restart. */
    @FunctionalInterface
    public interface Progress {
        /**
         * @param restart number of the start, from 0
         * @param iteration iterations of this start so far
         * @param objective the uniformity loss, or the largest cosine
         * @param gradientNorm norm of the Riemannian gradient of the function being minimised
         * @return false to stop this start here and keep what it has
         */
        boolean proceed(int restart, int iteration, double objective, double gradientNorm);
    }

    /**
     * What an optimisation found.
     *
     * @param prototypes the best of all starts
     * @param iterations of all starts together; 0 for a closed form
     * @param gradientNorm of the function last minimised, at the best end; 0 for a closed form
     * @param objective the uniformity loss at the given t, or the largest cosine; NaN for a single prototype
     * @param seconds wall time
     * @param closedForm whether the arrangement is a closed form, and then optimal
     */
    public record Result(Prototypes prototypes, int iterations, double gradientNorm, double objective, double seconds,
                         boolean closedForm) {
    }

    /** L-BFGS keeps at most this many pairs, and no more than fit the memory below, whatever the machine has: the result must not depend on it. */
    private static final int LONGEST_HISTORY = 10;
    private static final int SHORTEST_HISTORY = 3;
    private static final long HISTORY_BYTES = 512L << 20;
    /** Up to this many prototypes starts run side by side, one thread each; above, the threads share one start's pairs. */
    private static final int SIDE_BY_SIDE = 600;
    private static final int MAX_ITERATIONS = 5000;
    private static final double NUDGE = 1e-3;

    private final int n;
    private final int d;
    private Objective objective = Objective.UNIFORMITY;
    private double t = 2;
    private long seed;
    private int restarts = 1;
    private int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    private int maxIterations;
    private int slowness = 1;
    private double gradientTolerance = 1e-6;
    private int batch;
    private double[] initial;
    private boolean closedForms = true;
    private boolean polish;
    private Progress progress = (restart, iteration, value, gradientNorm) -> true;

    /**
     * @param classes n, the number of prototypes, at least 1
     * @param dimension d, at least 1
     * @throws IllegalArgumentException if either is out of range
     */
    public PrototypeOptimizer(int classes, int dimension) {
        Prototypes.requireSizes(classes, dimension);
        this.n = classes;
        this.d = dimension;
    }

    /** What to minimise; {@link Objective#UNIFORMITY} if not set. */
    public PrototypeOptimizer objective(Objective objective) {
        if (objective == null) {
            throw new IllegalArgumentException("objective: null, expected UNIFORMITY or SEPARATION");
        }
        this.objective = objective;
        return this;
    }

    /** The t of the uniformity loss, in (0, 1e6]; 2 if not set. {@link Objective#SEPARATION} does not use it. */
    public PrototypeOptimizer t(double t) {
        if (!(t > 0 && t <= 1e6)) {
            throw new IllegalArgumentException("t: " + t + ", expected a number in (0, 1e6]");
        }
        this.t = t;
        return this;
    }

    /** The seed of the random starts, or of the rotation of a closed form; 0 if not set. */
    public PrototypeOptimizer seed(long seed) {
        this.seed = seed;
        return this;
    }

    /** The number of starts, of which the best is kept; 1 if not set. */
    public PrototypeOptimizer restarts(int restarts) {
        this.restarts = requirePositive("restarts", restarts);
        return this;
    }

    /** How many threads work; the number of processors if not set. The result does not depend on it. */
    public PrototypeOptimizer threads(int threads) {
        this.threads = requirePositive("threads", threads);
        return this;
    }

    /** The most iterations one start may take; 5000 if not set, with {@link Objective#SEPARATION} times the slowness. */
    public PrototypeOptimizer maxIterations(int maxIterations) {
        this.maxIterations = requirePositive("maxIterations", maxIterations);
        return this;
    }

    /**
     * How many times more slowly {@link Objective#SEPARATION} anneals: 1, the default, is quick; 10 takes five to ten times as long and ends about
     * 1e-3 lower where n is above 4d or so. For {@link Objective#SEPARATION} alone.
     */
    public PrototypeOptimizer slowness(int slowness) {
        this.slowness = requirePositive("slowness", slowness);
        return this;
    }

    /** A start ends where the norm of the Riemannian gradient falls to this; 1e-6 if not set. */
    public PrototypeOptimizer gradientTolerance(double gradientTolerance) {
        if (!(gradientTolerance >= 0 && gradientTolerance < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("gradientTolerance: " + gradientTolerance + ", expected a finite number, 0 or above");
        }
        this.gradientTolerance = gradientTolerance;
        return this;
    }

    /**
     * Random batches of this many prototypes in place of all pairs at each iteration, for the largest n; 0, the default, takes all pairs. Only for
     * {@link Objective#UNIFORMITY}.
     *
     * <p>An iteration takes one batch, O(batch^2 d), and moves its prototypes along the gradient of their own loss, whose mean over pairs
     * is an unbiased estimate of that over all pairs. An epoch is n / batch iterations over a fresh random order; what is left over sits it out.
     * maxIterations is the number of batches, over which the step falls to 0; the gradient tolerance is not used. Progress is told each batch's loss,
     * {@link Result#objective} is over all pairs. The end is near that of all pairs, not at it: at (400, 8) batches of 60 come within 0.01. A batch
     * of n or more is the same as 0.
     */
    public PrototypeOptimizer batch(int batch) {
        if (batch < 0 || batch == 1) {
            throw new IllegalArgumentException("batch: " + batch + ", expected 0 for all pairs or at least 2 prototypes");
        }
        this.batch = batch;
        return this;
    }

    /**
     * The first start, in place of a random one; no closed form is then taken. Of rows that fall together all but the first are
     * moved by about a thousandth.
     *
     * @param rows n*d numbers, row-major, not modified; rows are normalised
     * @throws IllegalArgumentException if the length is wrong or a row is zero or not finite; the message names the row
     */
    public PrototypeOptimizer initial(double[] rows) {
        this.initial = Prototypes.of(rows, n, d).toArray();
        return this;
    }

    /** Whether closed forms are taken where they exist; true if not set. */
    public PrototypeOptimizer closedForms(boolean closedForms) {
        this.closedForms = closedForms;
        return this;
    }

    /**
     * Whether {@link Objective#SEPARATION} takes the best end on to its local minimum, to 12 digits; false if not set. Annealing ends 1e-5 to 1e-4
     * above. A step solves a dense linear system of as many equations as pairs touch, about n(d-1) of them; more than 2600 are left as they are.
     */
    public PrototypeOptimizer polish(boolean polish) {
        this.polish = polish;
        return this;
    }

    /** Who follows the iterations. */
    public PrototypeOptimizer progress(Progress progress) {
        this.progress = progress;
        return this;
    }

    private static int requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + ", expected at least 1");
        }
        return value;
    }

    /**
     * Runs the optimisation.
     *
     * @throws IllegalArgumentException if a batch is asked for with {@link Objective#SEPARATION}, or slowness or polish without
     */
    public Result optimize() {
        if (objective != Objective.SEPARATION && (slowness > 1 || polish)) {
            throw new IllegalArgumentException((polish ? "polish: true, expected false" : "slowness: " + slowness + ", expected 1")
                    + " without SEPARATION");
        }
        if (batch > 0 && objective == Objective.SEPARATION) {
            throw new IllegalArgumentException("batch: " + batch + ", expected 0 with SEPARATION, whose largest cosine is over all pairs");
        }
        long start = System.nanoTime();
        if (n == 1 || closedForms && initial == null) {
            Optional<Prototypes> known = SphericalCodes.known(n, d, objective);
            if (known.isPresent()) {
                Prototypes turned = n == 1 && initial != null ? Prototypes.of(initial, n, d) : SphericalCodes.rotated(known.get(), seed);
                return new Result(turned, 0, 0, objectiveOf(turned.rows(), new WorkerTeam(1)), 1e-9 * (System.nanoTime() - start), true);
            }
        }
        Descent best = bestOfAllStarts();
        Prototypes prototypes = Prototypes.of(best.point(), n, d);
        return new Result(prototypes, best.iterations(), best.gradientNorm(), best.objective(),
                1e-9 * (System.nanoTime() - start), false);
    }

    private double objectiveOf(double[] w, WorkerTeam team) {
        if (n == 1) {
            return Double.NaN;
        }
        PairwisePotential potential = new PairwisePotential(n, d, team);
        double logSum = potential.evaluate(w, 2 * t, null);
        return objective == Objective.SEPARATION ? potential.largestCosine() : new GaussianPotential(t).fromLogSum(logSum, n);
    }

    /** Where one start ended. */
    record Descent(double[] point, double objective, double gradientNorm, int iterations) {
    }

    private Descent bestOfAllStarts() {
        Descent[] ends = new Descent[restarts];
        boolean sideBySide = restarts > 1 && n <= SIDE_BY_SIDE;
        try (WorkerTeam team = new WorkerTeam(threads)) {
            if (sideBySide) {
                team.each(restarts, (worker, restart) -> ends[restart] = descend(restart, new WorkerTeam(1)));
            } else {
                for (int restart = 0; restart < restarts; restart++) {
                    ends[restart] = descend(restart, team);
                }
            }
            Descent best = ends[0];
            int iterations = 0;
            for (Descent end : ends) {
                iterations += end.iterations();
                best = end.objective() < best.objective() ? end : best;
            }
            boolean polished = polish && SeparationPolish.fits(n);
            double reached = polished ? new SeparationPolish(n, d, team).run(best.point()) : best.objective();
            return new Descent(best.point(), reached, best.gradientNorm(), iterations);
        }
    }

    private Descent descend(int restart, WorkerTeam team) {
        double[] w = restart == 0 && initial != null ? parted() : randomStart(restart);
        int most = maxIterations > 0 ? maxIterations : (int) Math.min(Integer.MAX_VALUE, (long) MAX_ITERATIONS * slowness);
        RiemannianLbfgs.Watch watch = (iteration, value, norm) -> progress.proceed(restart, iteration, value, norm);
        if (batch > 0 && batch < n) {
            RiemannianLbfgs.Outcome end = new MiniBatchDescent(n, d, batch, 2 * t, team).run(w, most, random(restart), watch);
            return new Descent(w, objectiveOf(w, team), end.gradientNorm(), end.iterations());
        }
        PairwisePotential potential = new PairwisePotential(n, d, team);
        long pairs = Math.min(LONGEST_HISTORY, Math.max(SHORTEST_HISTORY, HISTORY_BYTES / (16L * n * d)));
        RiemannianLbfgs lbfgs = new RiemannianLbfgs(n, d, (int) pairs, team);
        if (objective == Objective.SEPARATION) {
            return new SeparationDescent(n, d, potential, lbfgs, most, gradientTolerance, slowness).run(w, watch);
        }
        GaussianPotential gaussian = new GaussianPotential(t);
        RiemannianLbfgs.Outcome end = lbfgs.minimize((x, gradient) -> gaussian.fromLogSum(potential.evaluate(x, 2 * t, gradient), n), w,
                n / (4 * t), most, gradientTolerance, 0, watch);
        return new Descent(w, end.value(), end.gradientNorm(), end.iterations());
    }

    /** The given start, rows that fall together moved a little apart: there is no way downhill from one place. */
    private double[] parted() {
        Random random = random(0);
        double[] w = initial.clone();
        Set<DoubleBuffer> taken = new HashSet<>();
        for (int i = 0; i < n; i++) {
            boolean fresh = taken.add(DoubleBuffer.wrap(initial, i * d, d));
            for (int k = i * d; k < (i + 1) * d && !fresh; k++) {
                w[k] += NUDGE * random.nextGaussian();
            }
        }
        return Prototypes.of(w, n, d).toArray();
    }

    /** Independent normal coordinates, normalised: uniform on the sphere. */
    private double[] randomStart(int restart) {
        Random random = random(restart);
        double[] rows = new double[n * d];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = random.nextGaussian();
        }
        return Prototypes.of(rows, n, d).toArray();
    }

    private Random random(int restart) {
        return new Random(seed + 0x9E3779B97F4A7C15L * restart);
    }
}

package org.equisphere.sphere;

import java.util.Random;
import java.util.stream.IntStream;

/**
 * Riemannian gradient descent on the uniformity loss of random batches, for more prototypes than all pairs can be afforded.
 *
 * <p>Each epoch cuts a fresh random order of the prototypes into batches; a step takes one batch's own loss, O(b^2 d). The pull on a
 * prototype, (b/2s) times its gradient row, is the mean of its neighbours weighted by the potential, so that one step size suits every
 * n, d and t. The step falls linearly to 0, which averages out what the batches do not see of each other.
 */
final class MiniBatchDescent {

    private static final double FIRST_STEP = 0.5;

    private final int n;
    private final int d;
    private final int batch;
    private final double scale;
    private final PairwisePotential potential;
    private final double[] rows;
    private final double[] gradient;
    private final int[] order;

    /** @param scale 2t */
    MiniBatchDescent(int n, int d, int batch, double scale, WorkerTeam team) {
        this.n = n;
        this.d = d;
        this.batch = batch;
        this.scale = scale;
        this.potential = new PairwisePotential(batch, d, team);
        this.rows = new double[batch * d];
        this.gradient = new double[batch * d];
        this.order = IntStream.range(0, n).toArray();
    }

    /**
     * Takes a number of steps; the watch is told the loss of each step's batch.
     *
     * @param w n x d unit rows, modified
     * @return the gradient norm of the last batch and the number of steps taken
     */
    RiemannianLbfgs.Outcome run(double[] w, int steps, Random random, RiemannianLbfgs.Watch watch) {
        GaussianPotential gaussian = new GaussianPotential(0.5 * scale);
        double value = Double.NaN;
        double norm = Double.NaN;
        int perEpoch = n / batch;
        int step = 0;
        while (step < steps) {
            int inEpoch = step % perEpoch;
            if (inEpoch == 0) {
                shuffle(random);
            }
            gather(w, inEpoch * batch);
            value = gaussian.fromLogSum(potential.evaluate(rows, scale, gradient), batch);
            norm = Math.sqrt(SphereVectors.dot(gradient, gradient));
            double size = FIRST_STEP * (1 - (double) step / steps);
            scatterMoved(w, inEpoch * batch, size * batch / (2 * scale));
            step++;
            if (!watch.proceed(step, value, norm)) {
                break;
            }
        }
        return new RiemannianLbfgs.Outcome(value, norm, step);
    }

    private void shuffle(Random random) {
        for (int i = n - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
    }

    private void gather(double[] w, int first) {
        for (int b = 0; b < batch; b++) {
            System.arraycopy(w, order[first + b] * d, rows, b * d, d);
        }
    }

    /** Writes back each row of the batch, moved against its gradient and normalised. */
    private void scatterMoved(double[] w, int first, double factor) {
        for (int b = 0; b < batch; b++) {
            int at = order[first + b] * d;
            double squared = 0;
            for (int k = 0; k < d; k++) {
                w[at + k] -= factor * gradient[b * d + k];
                squared += w[at + k] * w[at + k];
            }
            double inverse = 1 / Math.sqrt(squared);
            for (int k = 0; k < d; k++) {
                w[at + k] *= inverse;
            }
        }
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/**
 * GELU and its gradient. Phi and phi come from a Taylor series around the nearest of {@value #STEPS} nodes a unit, which is off by 1e-10 at
 * most, needs no exponential, and costs two look-ups; beyond {@value #REACH} float cannot tell Phi from 0 or 1.
 */
final class PlainGelu {

    private static final int STEPS = 64;
    private static final int REACH = 8;
    /** Phi and phi at the nodes, by turns, from -REACH on. */
    private static final double[] NODES = new double[2 * (2 * REACH * STEPS + 1)];

    static {
        for (int i = 0; i < NODES.length / 2; i++) {
            double x = (double) i / STEPS - REACH;
            NODES[2 * i + 1] = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
            NODES[2 * i] = distribution(x, NODES[2 * i + 1]);
        }
    }

    private final Workers workers;
    private final Loop loop = new Loop();

    PlainGelu(Workers workers) {
        this.workers = workers;
    }

    /** Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/15 + ...), after Marsaglia (2004). */
    private static double distribution(double x, double density) {
        double sum = x;
        double term = x;
        for (int k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
            term *= x * x / k;
            sum += term;
        }
        return 0.5 + density * sum;
    }

    void forward(Tensor x, Tensor y) {
        loop.run(x, null, y, false);
    }

    void backward(Tensor x, Tensor dy, Tensor dx, boolean accumulate) {
        loop.run(x, dy, dx, accumulate);
    }

    /** Forward, or backward where dy is given. */
    private final class Loop extends RangeTask {

        private Tensor x;
        private Tensor dy;
        private Tensor out;
        private boolean accumulate;

        private void run(Tensor input, Tensor gradient, Tensor output, boolean adding) {
            x = input;
            dy = gradient;
            out = output;
            accumulate = adding;
            run(workers, x.size(), 4);
        }

        @Override
        void range(int index, int from, int to) {
            float[] in = array(x);
            float[] written = array(out);
            int shift = out.offset() - x.offset();
            for (int i = x.offset() + from; i < x.offset() + to; i++) {
                double value = in[i];
                if (dy == null) {
                    written[i + shift] = (float) (value * phi(value, false));
                } else {
                    float g = (float) (array(dy)[i - x.offset() + dy.offset()] * phi(value, true));
                    written[i + shift] = accumulate ? written[i + shift] + g : g;
                }
            }
        }

        /** Phi(x), or the derivative of x Phi(x). */
        private static double phi(double x, boolean derivative) {
            if (!(Math.abs(x) < REACH)) {
                return x > 0 ? 1 : x < 0 ? 0 : x;
            }
            int node = (int) (x * STEPS + (REACH * STEPS + 0.5));
            double at = (double) node / STEPS - REACH;
            double h = x - at;
            double density = NODES[2 * node + 1];
            double curve = (at * at - 1) / 6;
            double phi = NODES[2 * node] + density * h * (1 - h * (at / 2 - h * curve));
            // phi'(a) = -a phi, phi'' = (a^2 - 1) phi, phi''' = (3a - a^3) phi
            return derivative ? phi + x * density * (1 - h * (at - h * (3 * curve + h * at * (3 - at * at) / 6))) : phi;
        }
    }
}

package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;
import static org.equisphere.tensor.HostBackend.get;

/** The optimiser steps of {@link Backend} as plain loops over blocks of elements. */
final class PlainOptimizers {

    private final Workers workers;
    private final Scratch.OfThread scratch;
    private final Sgd sgd = new Sgd();
    private final AdamW adamW = new AdamW();

    PlainOptimizers(Workers workers, Scratch.OfThread scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void sgd(Tensor rate, float momentum, float decay, boolean nesterov, Tensor w, Tensor g, Tensor v) {
        sgd.rate = get(rate, 0);
        sgd.momentum = momentum;
        sgd.decay = decay;
        sgd.nesterov = nesterov;
        sgd.run(g, w, v, null);
    }

    void adamW(Tensor rates, float beta1, float beta2, float epsilon, float decay, Tensor w, Tensor g, Tensor m, Tensor s) {
        adamW.rate = get(rates, 0);
        adamW.c1 = get(rates, 1);
        adamW.c2 = get(rates, 2);
        adamW.beta1 = beta1;
        adamW.beta2 = beta2;
        adamW.epsilon = epsilon;
        adamW.decay = decay;
        adamW.run(g, w, m, s);
    }

    /** A step on strips of all its tensors, the first of which it does not write. */
    private abstract class Step extends RangeTask {

        private final Tensor[] tensors = new Tensor[4];

        final void run(Tensor g, Tensor w, Tensor m, Tensor s) {
            tensors[0] = g;
            tensors[1] = w;
            tensors[2] = m;
            tensors[3] = s;
            run(workers, g.size(), 1);
        }

        @Override
        final void range(int index, int from, int to) {
            float[][] x = scratch.get().strips();
            for (int i = from; i < to; i += Scratch.STRIP) {
                int n = Math.min(Scratch.STRIP, to - i);
                for (int k = 0; k < 4 && tensors[k] != null; k++) {
                    System.arraycopy(array(tensors[k]), tensors[k].offset() + i, x[k], 0, n);
                }
                step(n, x[0], x[1], x[2], x[3]);
                for (int k = 1; k < 4 && tensors[k] != null; k++) {
                    System.arraycopy(x[k], 0, array(tensors[k]), tensors[k].offset() + i, n);
                }
            }
        }

        /** Steps the weights and their moments; what a step does not have is undefined. */
        abstract void step(int n, float[] gradient, float[] weights, float[] first, float[] second);
    }

    private final class Sgd extends Step {

        private float rate;
        private float momentum;
        private float decay;
        private boolean nesterov;

        @Override
        void step(int n, float[] gradient, float[] weights, float[] velocity, float[] unused) {
            float ahead = nesterov ? momentum : 1;
            float now = nesterov ? 1 : 0;
            for (int i = 0; i < n; i++) {
                float slope = gradient[i] + decay * weights[i];
                float moved = momentum * velocity[i] + slope;
                velocity[i] = moved;
                weights[i] -= rate * (now * slope + ahead * moved);
            }
        }
    }

    private final class AdamW extends Step {

        private float rate;
        private float c1;
        private float c2;
        private float beta1;
        private float beta2;
        private float epsilon;
        private float decay;

        @Override
        void step(int n, float[] gradient, float[] weights, float[] first, float[] second) {
            for (int i = 0; i < n; i++) {
                float slope = gradient[i];
                float mean = beta1 * first[i] + (1 - beta1) * slope;
                float square = beta2 * second[i] + (1 - beta2) * slope * slope;
                first[i] = mean;
                second[i] = square;
                float decayed = weights[i] - rate * decay * weights[i];
                weights[i] = decayed - rate * (mean / c1) / ((float) Math.sqrt(square / c2) + epsilon);
            }
        }
    }
}

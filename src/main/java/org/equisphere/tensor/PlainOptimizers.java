package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/** The optimiser steps of {@link Backend} as plain loops over blocks of elements. */
final class PlainOptimizers {

    private final Workers workers;
    private final Sgd sgd = new Sgd();
    private final AdamW adamW = new AdamW();

    PlainOptimizers(Workers workers) {
        this.workers = workers;
    }

    void sgd(Tensor rate, float momentum, float decay, boolean nesterov, Tensor w, Tensor g, Tensor v) {
        sgd.rate = array(rate)[rate.offset()];
        sgd.momentum = momentum;
        sgd.decay = decay;
        sgd.nesterov = nesterov;
        sgd.w = w;
        sgd.g = g;
        sgd.v = v;
        sgd.run(workers, w.size(), 1);
    }

    void adamW(Tensor rates, float beta1, float beta2, float epsilon, float decay, Tensor w, Tensor g, Tensor m, Tensor s) {
        adamW.rate = array(rates)[rates.offset()];
        adamW.c1 = array(rates)[rates.offset() + 1];
        adamW.c2 = array(rates)[rates.offset() + 2];
        adamW.beta1 = beta1;
        adamW.beta2 = beta2;
        adamW.epsilon = epsilon;
        adamW.decay = decay;
        adamW.w = w;
        adamW.g = g;
        adamW.m = m;
        adamW.s = s;
        adamW.run(workers, w.size(), 1);
    }

    private static final class Sgd extends RangeTask {

        private float rate;
        private float momentum;
        private float decay;
        private boolean nesterov;
        private Tensor w;
        private Tensor g;
        private Tensor v;

        @Override
        void range(int index, int from, int to) {
            float[] weights = array(w);
            float[] gradient = array(g);
            float[] velocity = array(v);
            int wo = w.offset();
            int go = g.offset();
            int vo = v.offset();
            for (int i = from; i < to; i++) {
                float slope = gradient[go + i] + decay * weights[wo + i];
                float moved = momentum * velocity[vo + i] + slope;
                velocity[vo + i] = moved;
                weights[wo + i] -= rate * (nesterov ? slope + momentum * moved : moved);
            }
        }
    }

    private static final class AdamW extends RangeTask {

        private float rate;
        private float c1;
        private float c2;
        private float beta1;
        private float beta2;
        private float epsilon;
        private float decay;
        private Tensor w;
        private Tensor g;
        private Tensor m;
        private Tensor s;

        @Override
        void range(int index, int from, int to) {
            float[] weights = array(w);
            float[] gradient = array(g);
            float[] first = array(m);
            float[] second = array(s);
            int wo = w.offset();
            int go = g.offset();
            int mo = m.offset();
            int so = s.offset();
            for (int i = from; i < to; i++) {
                float slope = gradient[go + i];
                float mean = beta1 * first[mo + i] + (1 - beta1) * slope;
                float square = beta2 * second[so + i] + (1 - beta2) * slope * slope;
                first[mo + i] = mean;
                second[so + i] = square;
                float decayed = weights[wo + i] - rate * decay * weights[wo + i];
                weights[wo + i] = decayed - rate * (mean / c1) / ((float) Math.sqrt(square / c2) + epsilon);
            }
        }
    }
}

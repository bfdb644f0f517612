package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.set;

import java.util.Arrays;

/**
 * Window attention of {@link Backend}, one window and head at a time in arrays of a thread's own. The backward pass computes the probabilities
 * anew, so that nothing is kept between the two. The windows are shared out among parts whose number follows from theirs alone; each part has its
 * own sums for the bias, which are added up in their order.
 */
final class PlainWindowAttention {

    private static final int MOST_PARTS = 64;

    private final Workers workers;
    private final Workers.Task task = this::part;
    private final ThreadLocal<AttentionWindow> window;
    private WindowAttention g;
    private Tensor qkv;
    private Tensor bias;
    /** Of the backward pass; null in the forward pass. */
    private Tensor dy;
    private Tensor out;
    private int parts;
    private double[] biasSums = new double[0];

    PlainWindowAttention(Workers workers, RowLoops loops) {
        this.workers = workers;
        window = ThreadLocal.withInitial(() -> new AttentionWindow(loops));
    }

    void forward(WindowAttention geometry, Tensor queriesKeysValues, Tensor table, Tensor y) {
        run(geometry, queriesKeysValues, table, null, y);
    }

    void backward(WindowAttention geometry, Tensor queriesKeysValues, Tensor table, Tensor gradient, Tensor dqkv, Tensor dbias) {
        run(geometry, queriesKeysValues, table, gradient, dqkv);
        for (int i = 0; i < dbias.size(); i++) {
            double sum = 0;
            for (int part = 0; part < parts; part++) {
                sum += biasSums[part * dbias.size() + i];
            }
            set(dbias, i, sum);
        }
    }

    private void run(WindowAttention geometry, Tensor queriesKeysValues, Tensor table, Tensor gradient, Tensor output) {
        g = geometry;
        qkv = queriesKeysValues;
        bias = table;
        dy = gradient;
        out = output;
        parts = Math.min(MOST_PARTS, g.windows());
        if (dy != null && biasSums.length < parts * bias.size()) {
            biasSums = new double[parts * bias.size()];
        }
        workers.run(parts, task);
    }

    private void part(int part) {
        AttentionWindow own = window.get();
        if (dy != null) {
            Arrays.fill(biasSums, part * bias.size(), (part + 1) * bias.size(), 0);
        }
        int last = (int) ((part + 1L) * g.windows() / parts);
        for (int at = (int) ((long) part * g.windows() / parts); at < last; at++) {
            own.place(g, at);
            for (int head = 0; head < g.heads(); head++) {
                own.load(qkv, head);
                own.attend(bias, head);
                if (dy == null) {
                    own.storeOutput(out, head);
                } else {
                    own.backward(dy, head, biasSums, part * bias.size());
                    own.storeGradients(out, head);
                }
            }
        }
    }
}

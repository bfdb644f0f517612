package org.equisphere.train;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.equisphere.nn.Weights;

/** How far a run has come: the epochs that are over, the part of the one under way, the best so far. */
final class RunState {

    /** One summary an epoch that is over. */
    final List<EpochSummary> history = new ArrayList<>();
    /** Steps made in the epoch under way. */
    int step;
    /** Sum of their losses. */
    double lossSum;
    /** What they took, over all processes that made them. */
    double seconds;
    /** Null before the first evaluation. */
    BestEpoch best;

    /** The epoch under way, from 0. */
    int epoch() {
        return history.size();
    }

    void end(EpochSummary summary) {
        history.add(summary);
        step = 0;
        lossSum = 0;
        seconds = 0;
    }

    /** Keeps the network if no epoch before was as good. */
    void consider(double top1, Weights weights, int[] prototypeOfLabel) {
        if (best == null || top1 > best.top1()) {
            best = new BestEpoch(epoch() + 1, top1, weights.learned().toArray(), weights.statistics().toArray(), prototypeOfLabel);
        }
    }

    void save(DataOutput out) throws IOException {
        out.writeInt(history.size());
        for (EpochSummary e : history) {
            write(out, e);
        }
        out.writeInt(step);
        out.writeDouble(lossSum);
        out.writeDouble(seconds);
        out.writeBoolean(best != null);
        if (best != null) {
            out.writeInt(best.epoch());
            out.writeDouble(best.top1());
            Checkpoint.write(out, best.learned());
            Checkpoint.write(out, best.statistics());
            for (int prototype : best.prototypeOfLabel()) {
                out.writeInt(prototype);
            }
        }
    }

    /**
     * Goes on from what {@link #save} wrote.
     *
     * @param epochs  of the whole run
     * @param weights of the network, for the sizes of the best one
     * @param labels  assigned to prototypes
     */
    void load(DataInput in, int epochs, Weights weights, int labels) throws IOException {
        int over = Checkpoint.within("number of epochs", in.readInt(), 0, epochs);
        for (int i = 0; i < over; i++) {
            history.add(read(in));
        }
        step = Checkpoint.within("step", in.readInt(), 0, Integer.MAX_VALUE);
        lossSum = in.readDouble();
        seconds = in.readDouble();
        if (in.readBoolean()) {
            int epoch = Checkpoint.within("best epoch", in.readInt(), 1, epochs);
            double top1 = in.readDouble();
            float[] learned = Checkpoint.read(in, weights.learned().size());
            float[] statistics = Checkpoint.read(in, weights.statistics().size());
            int[] prototypeOfLabel = new int[labels];
            for (int label = 0; label < labels; label++) {
                prototypeOfLabel[label] = in.readInt();
            }
            best = new BestEpoch(epoch, top1, learned, statistics, prototypeOfLabel);
        }
    }

    private static void write(DataOutput out, EpochSummary e) throws IOException {
        out.writeInt(e.epoch());
        out.writeDouble(e.loss());
        out.writeDouble(e.top1());
        out.writeDouble(e.top5());
        out.writeInt(e.labelsMoved());
        out.writeDouble(e.objectiveBefore());
        out.writeDouble(e.objectiveAfter());
        out.writeDouble(e.rate());
        out.writeDouble(e.examplesPerSecond());
        out.writeDouble(e.seconds());
    }

    private static EpochSummary read(DataInput in) throws IOException {
        return new EpochSummary(in.readInt(), in.readDouble(), in.readDouble(), in.readDouble(), in.readInt(), in.readDouble(), in.readDouble(),
                in.readDouble(), in.readDouble(), in.readDouble());
    }
}

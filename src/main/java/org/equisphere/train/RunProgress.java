package org.equisphere.train;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.equisphere.assignment.LabelAssignment;

/** How far a run has come: the epochs that are over, the part of the one under way. */
final class RunProgress implements RunState {

    private final int epochs;

    /** One summary an epoch that is over. */
    final List<EpochSummary> history = new ArrayList<>();
    /** Steps made in the epoch under way. */
    int step;
    /** Sum of their losses. */
    double lossSum;
    /** What they took, over all processes that made them. */
    double seconds;
    /** Of these, what went to class directions and assignments. */
    double assignmentSeconds;
    /** What assignments between its steps changed. */
    LabelAssignment.Update change = LabelAssignment.Update.NONE;

    /** @param epochs of the whole run */
    RunProgress(int epochs) {
        this.epochs = epochs;
    }

    /** The epoch under way, from 0. */
    int epoch() {
        return history.size();
    }

    void end(EpochSummary summary) {
        history.add(summary);
        step = 0;
        lossSum = 0;
        seconds = 0;
        assignmentSeconds = 0;
        change = LabelAssignment.Update.NONE;
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeInt(history.size());
        for (EpochSummary e : history) {
            write(out, e);
        }
        out.writeInt(step);
        out.writeDouble(lossSum);
        out.writeDouble(seconds);
        out.writeDouble(assignmentSeconds);
        out.writeInt(change.labelsMoved());
        out.writeDouble(change.objectiveBefore());
        out.writeDouble(change.objectiveAfter());
    }

    @Override
    public void load(DataInput in) throws IOException {
        history.clear();
        int over = Checkpoint.within("number of epochs", in.readInt(), 0, epochs);
        for (int i = 0; i < over; i++) {
            history.add(read(in));
        }
        step = Checkpoint.within("step", in.readInt(), 0, Integer.MAX_VALUE);
        lossSum = in.readDouble();
        seconds = in.readDouble();
        assignmentSeconds = in.readDouble();
        change = new LabelAssignment.Update(in.readInt(), in.readDouble(), in.readDouble());
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
        out.writeDouble(e.assignmentSeconds());
    }

    private static EpochSummary read(DataInput in) throws IOException {
        return new EpochSummary(in.readInt(), in.readDouble(), in.readDouble(), in.readDouble(), in.readInt(), in.readDouble(), in.readDouble(),
                in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble());
    }
}

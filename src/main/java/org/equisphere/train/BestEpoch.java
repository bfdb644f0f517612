package org.equisphere.train;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import org.equisphere.nn.Weights;

/** The model of the best epoch so far: weights, statistics and what the head was, kept on the host. Of equals the first stays. */
final class BestEpoch implements RunState {

    private final Weights weights;
    private final Head head;
    private int epoch;
    private double top1;
    private final float[] learned;
    private final float[] statistics;
    private byte[] headState = {};

    /** None yet; {@link #offer} reads these parts, {@link #restore} sets them. */
    BestEpoch(Weights weights, Head head) {
        this.weights = weights;
        this.head = head;
        this.learned = new float[weights.learned().size()];
        this.statistics = new float[weights.statistics().size()];
    }

    /** Keeps the parts as they are now if this epoch is better than all before. */
    void offer(int offered, double itsTop1) throws IOException {
        if (epoch > 0 && !(itsTop1 > top1)) {
            return;
        }
        epoch = offered;
        top1 = itsTop1;
        weights.learned().get(learned, 0, learned.length);
        weights.statistics().get(statistics, 0, statistics.length);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        head.save(new DataOutputStream(bytes));
        headState = bytes.toByteArray();
    }

    /** Sets the parts back to what they were then; returns the epoch. */
    int restore() throws IOException {
        weights.learned().set(learned);
        weights.statistics().set(statistics);
        head.load(new DataInputStream(new ByteArrayInputStream(headState)));
        return epoch;
    }

    @Override
    public void save(DataOutput out) throws IOException {
        out.writeInt(epoch);
        out.writeDouble(top1);
        Checkpoint.write(out, learned);
        Checkpoint.write(out, statistics);
        Checkpoint.writeBytes(out, headState);
    }

    @Override
    public void load(DataInput in) throws IOException {
        epoch = in.readInt();
        top1 = in.readDouble();
        System.arraycopy(Checkpoint.read(in, learned.length), 0, learned, 0, learned.length);
        System.arraycopy(Checkpoint.read(in, statistics.length), 0, statistics, 0, statistics.length);
        headState = Checkpoint.readBytes(in);
    }
}

package org.equisphere.train;

import java.io.DataInput;
import java.io.DataOutput;
import org.equisphere.nn.Dense;
import org.equisphere.nn.Loss;
import org.equisphere.nn.Network;
import org.equisphere.nn.Reduction;
import org.equisphere.nn.SoftmaxLoss;
import org.equisphere.tensor.Backend;

/** A learned linear classifier with softmax cross-entropy: the parametric rival. */
final class SoftmaxHead implements Head {

    private final int classes;

    SoftmaxHead(int classes) {
        this.classes = classes;
    }

    @Override
    public Network network(Network embedding) {
        return embedding.append(new Dense("classifier", classes, false));
    }

    @Override
    public Loss loss(Backend backend, int batch) {
        return new SoftmaxLoss(backend, batch, 0);
    }

    @Override
    public Reduction reduction() {
        return Reduction.MEAN;
    }

    @Override
    public Scores scores(Backend backend, int batch) {
        return outputs -> outputs;
    }

    @Override
    public double temperature() {
        return 1;
    }

    @Override
    public boolean observes() {
        return false;
    }

    @Override
    public void observe(float[] outputs, int[] labels, int count) {
        // nothing to learn from
    }

    @Override
    public AssignmentChange reassign() {
        return AssignmentChange.NONE;
    }

    @Override
    public int[] prototypeOfLabel() {
        return new int[0];
    }

    @Override
    public void save(DataOutput out) {
        // no state but the weights
    }

    @Override
    public void load(DataInput in) {
        // no state but the weights
    }
}

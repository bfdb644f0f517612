package org.equisphere.nn;

import java.util.Arrays;
import org.equisphere.tensor.Tensor;

/**
 * What flows between the nodes of a plan: a value and, in training, the loss's gradient with respect to it. The tensors are set when the
 * plan is closed; a node reads them when it runs.
 */
public final class Signal {

    private final int[] shape;
    private final boolean needsGradient;
    private Tensor value;
    private Tensor gradient;
    private Tensor valueMatrix;
    private Tensor gradientMatrix;
    private Tensor valueRows;
    private Tensor gradientRows;
    private boolean gradientWritten;

    Signal(int[] shape, boolean needsGradient) {
        this.shape = shape.clone();
        this.needsGradient = needsGradient;
    }

    /** The shape, batch included. */
    public int[] shape() {
        return shape.clone();
    }

    /** The shape of one example, without the batch. */
    public int[] exampleShape() {
        return Arrays.copyOfRange(shape, 1, shape.length);
    }

    /** The extent of one dimension, the batch being dimension 0. */
    public int dimension(int axis) {
        return shape[axis];
    }

    /** The number of elements of one example. */
    public int exampleSize() {
        return Tensor.sizeOf(shape) / shape[0];
    }

    /** Whether a backward pass computes this signal's gradient; not for the network's input. */
    public boolean needsGradient() {
        return needsGradient;
    }

    /** The value; set once planned. */
    public Tensor value() {
        return value;
    }

    /** The gradient; set once planned for training. */
    public Tensor gradient() {
        return gradient;
    }

    /** The value seen as [batch, example size]; set once planned. */
    public Tensor valueMatrix() {
        return valueMatrix;
    }

    /** The gradient seen as [batch, example size]; set once planned for training. */
    public Tensor gradientMatrix() {
        return gradientMatrix;
    }

    /** The value seen as [positions of all examples, last dimension]; set once planned. */
    public Tensor valueRows() {
        return valueRows;
    }

    /** The gradient seen as [positions of all examples, last dimension]; set once planned for training. */
    public Tensor gradientRows() {
        return gradientRows;
    }

    /**
     * Asked by each reader of this signal, once a backward pass, before it gives its share of the gradient: the first
     * writes, the others add.
     *
     * @return whether to add to what {@link #gradient} holds
     */
    public boolean accumulatesGradient() {
        boolean before = gradientWritten;
        gradientWritten = true;
        return before;
    }

    void forgetGradient() {
        gradientWritten = false;
    }

    void setValue(Tensor value) {
        this.value = value;
        this.valueMatrix = value.reshape(shape[0], exampleSize());
        this.valueRows = rows(value);
    }

    void setGradient(Tensor gradient) {
        this.gradient = gradient;
        this.gradientMatrix = gradient.reshape(shape[0], exampleSize());
        this.gradientRows = rows(gradient);
    }

    private Tensor rows(Tensor tensor) {
        int last = shape[shape.length - 1];
        return tensor.reshape(tensor.size() / last, last);
    }
}

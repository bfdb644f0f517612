package org.equisphere.nn;

import java.util.Arrays;
import org.equisphere.tensor.Tensor;

/**
 * A named tensor of a network: learned, or a statistic that training keeps (running means and variances).
 *
 * @param name    PyTorch's name for it, for instance {@code layer1.0.conv1.weight}
 * @param shape   its shape: HWIO for convolutions, [in, out] for dense layers
 * @param initial how it starts
 * @param linear  whether it is the weight of a linear map, of which PyTorch has the outputs first; not a scale, a shift or a table
 * @param offset  its first element in the flat array of its kind
 */
public record Parameter(String name, int[] shape, Initial initial, boolean linear, int offset) {

    /** Copies the shape. */
    public Parameter {
        shape = shape.clone();
    }

    /** A copy. */
    @Override
    public int[] shape() {
        return shape.clone();
    }

    /** The number of elements. */
    public int size() {
        return Tensor.sizeOf(shape);
    }

    /** Name and shape, for messages. */
    @Override
    public String toString() {
        return name + Arrays.toString(shape);
    }
}

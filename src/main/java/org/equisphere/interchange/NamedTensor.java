package org.equisphere.interchange;

import java.util.Arrays;
import org.equisphere.tensor.Tensor;

/**
 * An array under a name, as other frameworks' files hold them.
 *
 * @param name   for instance {@code layer1.0.conv1.weight}; empty where a file holds one unnamed array
 * @param shape  the extents; empty for a single value
 * @param values row-major; kept, not copied
 */
public record NamedTensor(String name, int[] shape, float[] values) {

    /** Checks that the shape holds the values. */
    public NamedTensor {
        if (Tensor.sizeOf(shape) != values.length) {
            throw new IllegalArgumentException("tensor \"" + name + "\" of shape " + Arrays.toString(shape) + " has " + values.length + " values");
        }
    }

    /** Name and shape, for messages. */
    @Override
    public String toString() {
        return name + Arrays.toString(shape);
    }
}

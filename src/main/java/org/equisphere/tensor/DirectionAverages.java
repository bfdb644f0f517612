package org.equisphere.tensor;

/**
 * Moving averages of the classes' directions that stay on a device, so that no step downloads features: for each class in a batch,
 * z = normalise(momentum * z + (1 - momentum) * the normalised mean of its normalised features), without z where it was not seen before; in
 * double. Made by {@link Backend#directionAverages}.
 */
public interface DirectionAverages {

    /**
     * Moves the directions of the classes in a batch. A feature of length zero, or one that is not finite, is skipped and counted.
     *
     * @param features [n, dimension]; not modified
     * @param labels   n at least
     */
    void update(Tensor features, LabelVector labels);

    /** Takes directions [classes, dimension] and which classes have been seen. */
    void write(double[] directions, boolean[] seen);

    /**
     * Gives them back.
     *
     * @param directions modified
     * @param seen       modified
     * @return how many features of length zero have been skipped since the last call
     * @throws IllegalArgumentException where features that were not finite have been skipped since then
     */
    int read(double[] directions, boolean[] seen);
}

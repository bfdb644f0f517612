package org.equisphere.data;

import java.util.Arrays;

/**
 * Examples to learn from and examples to judge by.
 *
 * @param train training examples
 * @param test  examples kept out of training, of the same shape and number of classes
 */
public record Splits(Dataset train, Dataset test) {

    /**
     * Seed of the choice of what is held out and of what a long tail keeps: fixed, so that runs with other seeds learn from and are
     * judged by the same examples.
     */
    public static final long HELD_OUT_SEED = 0;

    /** Checks that both fit together. */
    public Splits {
        if (!Arrays.equals(train.shape(), test.shape()) || train.classes() != test.classes()) {
            throw new IllegalArgumentException("test set " + test.name() + " has shape " + Arrays.toString(test.shape()) + " and "
                    + test.classes() + " classes, expected those of the training set " + train.name() + ": "
                    + Arrays.toString(train.shape()) + " and " + train.classes());
        }
    }
}

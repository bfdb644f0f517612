package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.FeatureDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.NpyFile;
import org.equisphere.data.Splits;

/**
 * Labelled vectors in {@code .npy} files: X [n, features] of float32 or float64, Y [n] of int32 or int64, labels from 0. There are as many classes
 * as the largest training label plus 1, each from the smallest label on with a training example; a test set may lack some.
 */
final class NpyReader {
    private NpyReader() {}

    /** Reads "X,Y" (part of it held out) or "X,Y,Xtest,Ytest". */
    static Splits read(String argument) throws IOException {
        Path[] paths = paths(argument);
        FeatureDataset train = read(paths[0], paths[1], 0);
        if (paths.length == 2) {
            return train.split(DataSource.HELD_OUT, Splits.HELD_OUT_SEED);
        }
        FeatureDataset test = read(paths[2], paths[3], train.classes());
        if (test.length() != train.length()) {
            throw DataFormatException.of(paths[2], "number of features", test.length(), train.length() + ", as in " + paths[0]);
        }
        return new Splits(train, test);
    }

    /** Two or four paths. */
    static Path[] paths(String argument) {
        String[] parts = argument.split(",", -1);
        if (parts.length != 2 && parts.length != 4 || Arrays.stream(parts).anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("data source is 'npy:" + argument
                    + "', expected two or four files, npy:X.npy,Y.npy[,XTEST.npy,YTEST.npy]");
        }
        return Arrays.stream(parts).map(part -> Path.of(part.strip())).toArray(Path[]::new);
    }

    /** @param classes number of classes, or 0 to count them */
    private static FeatureDataset read(Path xFile, Path yFile, int classes) throws IOException {
        NpyFile x = NpyFile.read(xFile);
        NpyFile y = NpyFile.read(yFile);
        int[] shape = x.shape();
        if (shape.length != 2 || shape[0] < 1 || shape[1] < 1) {
            throw DataFormatException.of(xFile, "shape", Arrays.toString(shape), "[examples, features]");
        }
        if (!Arrays.equals(y.shape(), new int[] {shape[0]})) {
            throw DataFormatException.of(yFile, "shape", Arrays.toString(y.shape()), "[" + shape[0] + "], a label for each row of " + xFile);
        }
        int[] labels = y.ints();
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || classes > 0 && labels[i] >= classes) {
                throw DataFormatException.of(yFile, "label " + i, labels[i],
                        classes > 0 ? "0.." + (classes - 1) + ", the training labels" : "0 or more");
            }
        }
        int count = classes > 0 ? classes : Labels.count(yFile, labels);
        try {
            return new FeatureDataset(xFile.toString(), x.floats(), shape[1], labels, Labels.numbered(count));
        } catch (IllegalArgumentException e) {
            throw new DataFormatException(e.getMessage(), e);
        }
    }
}

package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;

/**
 * SVHN, format 2 (Netzer et al. 2011): cropped digits in MATLAB files, X [32, 32, 3, n] of unsigned bytes and y [n, 1] with labels 1..10, 10 being
 * the digit 0. Here label d is the digit d.
 */
public final class SvhnReader {
    private static final int SIDE = 32;
    private static final int IMAGE = SIDE * SIDE * 3;
    private static final int CLASSES = 10;

    private SvhnReader() {}

    /** Reads train_32x32.mat and test_32x32.mat from a folder. */
    public static Splits read(Path folder) throws IOException {
        return new Splits(file(folder.resolve("train_32x32.mat")), file(folder.resolve("test_32x32.mat")));
    }

    /** The same, with the 531,131 easier images of extra_32x32.mat behind the training images: 1.9 GB of pixels. */
    public static Splits readWithExtra(Path folder) throws IOException {
        ImageDataset train = file(folder.resolve("train_32x32.mat"));
        ImageDataset extra = file(folder.resolve("extra_32x32.mat"));
        return new Splits(ImageDataset.join(train.name() + " with extra_32x32.mat", List.of(train, extra)), file(folder.resolve("test_32x32.mat")));
    }

    private static ImageDataset file(Path file) throws IOException {
        Map<String, MatFile.Array> arrays = MatFile.read(file, List.of("X", "y"));
        MatFile.Array x = arrays.get("X");
        int[] shape = x.shape();
        // MATLAB drops a last extent of 1.
        int count = shape.length == 4 ? shape[3] : 1;
        if (shape.length < 3 || shape.length > 4 || shape[0] != SIDE || shape[1] != SIDE || shape[2] != 3) {
            throw DataFormatException.of(file, "shape of X", Arrays.toString(shape), "[32, 32, 3, n]");
        }
        byte[] pixels = x.unsignedBytes();
        int[] labels = labels(file, arrays.get("y"), count);
        byte[] planes = new byte[IMAGE];
        for (int i = 0; i < count; i++) {
            System.arraycopy(pixels, i * IMAGE, planes, 0, IMAGE);
            PixelOrder.fromColumnPlanes(planes, SIDE, SIDE, 3, pixels, i * IMAGE);
        }
        return new ImageDataset(file.toString(), pixels, SIDE, SIDE, 3, labels, Labels.numbered(CLASSES));
    }

    private static int[] labels(Path file, MatFile.Array y, int count) throws DataFormatException {
        int[] labels = y.integers();
        if (labels.length != count) {
            throw DataFormatException.of(file, "number of labels y", labels.length, count + ", the number of images X");
        }
        for (int i = 0; i < count; i++) {
            if (labels[i] < 1 || labels[i] > CLASSES) {
                throw DataFormatException.of(file, "label " + i, labels[i], "1.." + CLASSES);
            }
            labels[i] %= CLASSES;
        }
        return labels;
    }
}

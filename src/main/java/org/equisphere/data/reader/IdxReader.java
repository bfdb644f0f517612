package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;

/**
 * The IDX files of MNIST and its family (LeCun 1998; Fashion-MNIST, KMNIST, EMNIST): 8-bit grey images and their labels, plain or gzipped.
 * Numbers are big-endian: magic 0x00000803, count, height, width, then the pixels; magic 0x00000801, count, then the labels.
 */
public final class IdxReader {
    private static final int IMAGES_MAGIC = 0x00000803;
    private static final int LABELS_MAGIC = 0x00000801;
    private static final int LARGEST_SIDE = 1 << 14;

    private IdxReader() {}

    /**
     * Reads train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte from a folder, each with or
     * without .gz. There are as many classes as the largest training label plus 1, each between the smallest and the largest with an example.
     *
     * @return height x width x 1 images
     * @throws DataFormatException when a file is damaged, images and labels differ in number, or a test label was never trained
     */
    public static Splits read(Path folder) throws IOException {
        Path trainLabels = find(folder, "train-labels-idx1-ubyte");
        int[] train = readLabels(trainLabels);
        Labels labels = Labels.numbered(Labels.count(trainLabels, train));
        Path testLabels = find(folder, "t10k-labels-idx1-ubyte");
        int[] test = readLabels(testLabels);
        for (int i = 0; i < test.length; i++) {
            if (test[i] >= labels.classes()) {
                throw DataFormatException.of(testLabels, "label " + i, test[i], "0.." + (labels.classes() - 1) + ", the training labels");
            }
        }
        return new Splits(readImages(find(folder, "train-images-idx3-ubyte"), train, labels),
                readImages(find(folder, "t10k-images-idx3-ubyte"), test, labels));
    }

    private static Path find(Path folder, String name) throws IOException {
        for (String candidate : List.of(name, name + ".gz", name.replace("-idx", ".idx"), name.replace("-idx", ".idx") + ".gz")) {
            Path file = folder.resolve(candidate);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        throw new NoSuchFileException(folder.resolve(name).toString(), null, "no such file, plain or .gz");
    }

    private static int[] readLabels(Path file) throws IOException {
        try (FormatInput in = FormatInput.open(file)) {
            expectMagic(in, LABELS_MAGIC, "labels");
            byte[] bytes = in.array(count(in, "number of labels"), "labels");
            in.expectEnd();
            int[] labels = new int[bytes.length];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = bytes[i] & 0xFF;
            }
            return labels;
        }
    }

    private static ImageDataset readImages(Path file, int[] labels, Labels classes) throws IOException {
        try (FormatInput in = FormatInput.open(file)) {
            expectMagic(in, IMAGES_MAGIC, "images");
            long offset = in.position();
            int count = count(in, "number of images");
            if (count != labels.length) {
                throw in.error("number of images", offset, count, labels.length + ", the number of labels");
            }
            int height = side(in, "image height");
            int width = side(in, "image width");
            byte[] pixels = in.array((long) count * height * width, "pixels");
            in.expectEnd();
            return new ImageDataset(file.toString(), pixels, height, width, 1, labels, classes);
        }
    }

    private static void expectMagic(FormatInput in, int expected, String what) throws IOException {
        int magic = in.int32BigEndian("magic number");
        if (magic != expected) {
            throw in.error("magic number", 0, String.format(Locale.ROOT, "0x%08x", magic),
                    String.format(Locale.ROOT, "0x%08x, IDX %s of unsigned bytes", expected, what));
        }
    }

    private static int count(FormatInput in, String field) throws IOException {
        long offset = in.position();
        int count = in.int32BigEndian(field);
        if (count < 1) {
            throw in.error(field, offset, count, "at least 1");
        }
        return count;
    }

    private static int side(FormatInput in, String field) throws IOException {
        long offset = in.position();
        int side = in.int32BigEndian(field);
        if (side < 1 || side > LARGEST_SIDE) {
            throw in.error(field, offset, side, "1.." + LARGEST_SIDE);
        }
        return side;
    }
}

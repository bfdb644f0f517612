package org.equisphere.data.reader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.equisphere.data.DataFormatException;
import org.equisphere.data.ImageDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;

/**
 * STL-10 in its binary version (Coates, Ng, Lee 2011): train_X.bin, train_y.bin, test_X.bin, test_y.bin and, where present, class_names.txt.
 * An image is 96x96x3 bytes, plane by plane, each plane column by column; labels are 1..10 and become 0..9.
 */
public final class Stl10Reader {
    private static final int SIDE = 96;
    private static final int IMAGE = SIDE * SIDE * 3;
    private static final int CLASSES = 10;

    private Stl10Reader() {}

    /** Reads the four files from a folder, the published {@code stl10_binary}. */
    public static Splits read(Path folder) throws IOException {
        Path namesFile = folder.resolve("class_names.txt");
        List<String> names = Labels.numbered(CLASSES).names();
        if (Files.exists(namesFile)) {
            names = FormatInput.lines(namesFile).stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
        }
        if (names.size() != CLASSES) {
            throw DataFormatException.of(namesFile, "number of lines", names.size(), CLASSES + ", one name per class");
        }
        Labels labels = Labels.named(names);
        return new Splits(part(folder, "train", labels), part(folder, "test", labels));
    }

    private static ImageDataset part(Path folder, String part, Labels names) throws IOException {
        int[] labels = labels(folder.resolve(part + "_y.bin"));
        Path file = folder.resolve(part + "_X.bin");
        try (FormatInput in = FormatInput.open(file)) {
            long expected = (long) labels.length * IMAGE;
            if (Files.size(file) != expected) {
                throw DataFormatException.of(file, "length", Files.size(file) + " bytes", expected + ", " + IMAGE + " for each of the "
                        + labels.length + " labels of " + part + "_y.bin");
            }
            byte[] pixels = in.array(expected, "images");
            byte[] planes = new byte[IMAGE];
            for (int i = 0; i < labels.length; i++) {
                System.arraycopy(pixels, i * IMAGE, planes, 0, IMAGE);
                PixelOrder.fromColumnPlanes(planes, SIDE, SIDE, 3, pixels, i * IMAGE);
            }
            return new ImageDataset(file.toString(), pixels, SIDE, SIDE, 3, labels, names);
        }
    }

    private static int[] labels(Path file) throws IOException {
        try (FormatInput in = FormatInput.open(file)) {
            byte[] bytes = in.array(Files.size(file), "labels");
            int[] labels = new int[bytes.length];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = (bytes[i] & 0xFF) - 1;
                if (labels[i] < 0 || labels[i] >= CLASSES) {
                    throw DataFormatException.of(file, "label at offset " + i, bytes[i] & 0xFF, "1.." + CLASSES);
                }
            }
            return labels;
        }
    }
}

package org.equisphere.data.reader;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.equisphere.data.FeatureDataset;
import org.equisphere.data.Labels;
import org.equisphere.data.Splits;

/** Sound small data sets, file by file, for tests outside this package. */
public final class ForgedFiles {

    private ForgedFiles() {
    }

    /** A file of a data set, by its path in the set's folder. */
    public record Named(String name, byte[] content) {
    }

    public static byte[] npyFeatures() {
        return FileForge.npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 2), }", new byte[48]);
    }

    public static byte[] npyLabels() {
        byte[] labels = new byte[24];
        for (int i = 0; i < 6; i++) {
            labels[4 * i] = (byte) (i % 2);
        }
        return FileForge.npy(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (6,), }", labels);
    }

    public static List<Named> vectors() {
        return List.of(new Named("x.npy", npyFeatures()), new Named("y.npy", npyLabels()));
    }

    public static byte[] idxLabels() {
        return FileForge.idxLabels(0, 1, 2);
    }

    public static byte[] idxImages() {
        return FileForge.idxImages(0x803, 3, 4, 5);
    }

    public static List<Named> idx() {
        return List.of(new Named("train-labels-idx1-ubyte", idxLabels()), new Named("train-images-idx3-ubyte", idxImages()),
                new Named("t10k-labels-idx1-ubyte", FileForge.idxLabels(1, 2)),
                new Named("t10k-images-idx3-ubyte", FileForge.idxImages(0x803, 2, 4, 5)));
    }

    public static byte[] cifarBatch() {
        return FileForge.cifar(new int[][] {{3}, {9}});
    }

    public static byte[] cifarNames() {
        return FileForge.lines("class", 10);
    }

    public static List<Named> cifar10() {
        return List.of(new Named("data_batch_1.bin", cifarBatch()), new Named("test_batch.bin", FileForge.cifar(new int[][] {{0}})),
                new Named("batches.meta.txt", cifarNames()));
    }

    public static byte[] cifar100Tar() throws IOException {
        return FileForge.tar("cifar/", new byte[0], "cifar/train.bin", FileForge.cifar(new int[][] {{1, 5}, {0, 99}}), "cifar/test.bin",
                FileForge.cifar(new int[][] {{1, 5}}), "cifar/fine_label_names.txt", FileForge.lines("n", 100));
    }

    public static List<Named> stl10() {
        int image = 96 * 96 * 3;
        return List.of(new Named("train_X.bin", new byte[2 * image]), new Named("test_X.bin", new byte[image]),
                new Named("test_y.bin", new byte[] {4}));
    }

    /** PNG files of the names given below a folder. */
    public static List<Named> images(String folder, String... names) throws IOException {
        List<Named> images = new ArrayList<>();
        for (String name : names) {
            images.add(new Named(folder + name, image(BufferedImage.TYPE_INT_RGB, "png")));
        }
        return images;
    }

    /** A small image with some structure. */
    public static byte[] image(int kind, String format) throws IOException {
        BufferedImage image = new BufferedImage(13, 11, kind);
        for (int y = 0; y < 11; y++) {
            for (int x = 0; x < 13; x++) {
                image.setRGB(x, y, 0xFF000000 | x * 19 << 16 | y * 23 << 8 | (x * y) % 256);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(image, format, out)) {
            throw new IOException("no writer for " + format);
        }
        return out.toByteArray();
    }

    /** Vectors that count up, dealt to the classes in turn. */
    public static Splits points(int count, int classes) {
        float[] values = new float[count * 2];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++) {
            values[2 * i] = i % classes - 1;
            values[2 * i + 1] = (float) Math.sin(i);
            labels[i] = i % classes;
        }
        FeatureDataset points = new FeatureDataset("points", values, 2, labels, Labels.numbered(classes));
        return new Splits(points, points);
    }
}

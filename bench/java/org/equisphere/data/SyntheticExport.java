package org.equisphere.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.equisphere.data.reader.SyntheticImages;

/**
 * Writes the synthetic images as .npy files for other programs, and a sheet of them as a picture: a row per class, the first 4 families.
 * Arguments: SEED TRAIN_PER_CLASS TEST_PER_CLASS FOLDER.
 */
public final class SyntheticExport {
    private static final int SHEET_ROWS = 20;
    private static final int SHEET_COLUMNS = 24;

    private SyntheticExport() {}

    public static void main(String[] args) throws IOException {
        if (args.length < 4) {
            throw new IllegalArgumentException("expected SEED TRAIN_PER_CLASS TEST_PER_CLASS FOLDER");
        }
        Path folder = Path.of(args[3]);
        Splits splits = new SyntheticImages(Long.parseLong(args[0])).splits(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        export(splits.train(), folder, "train");
        export(splits.test(), folder, "test");
        ImageIO.write(sheet((ImageDataset) splits.train()), "png", folder.resolve("sheet.png").toFile());
    }

    /**
     * Writes FOLDER/PART_x.npy, making the folder, [examples, floats of one] as {@link Dataset#example} gives them, and FOLDER/PART_y.npy, the
     * labels.
     */
    public static void export(Dataset data, Path folder, String part) throws IOException {
        Files.createDirectories(folder);
        int length = data.length();
        float[] x = new float[data.size() * length];
        int[] y = new int[data.size()];
        for (int i = 0; i < data.size(); i++) {
            data.example(i, x, i * length);
            y[i] = data.label(i);
        }
        NpyFile.write(folder.resolve(part + "_x.npy"), x, data.size(), length);
        NpyFile.write(folder.resolve(part + "_y.npy"), y, data.size());
    }

    private static BufferedImage sheet(ImageDataset images) {
        int side = SyntheticImages.SIDE;
        BufferedImage sheet = new BufferedImage(SHEET_COLUMNS * side, SHEET_ROWS * side, BufferedImage.TYPE_INT_RGB);
        byte[] p = new byte[images.length()];
        for (int c = 0; c < SHEET_ROWS; c++) {
            for (int k = 0; k < Math.min(SHEET_COLUMNS, images.size() / SyntheticImages.CLASSES); k++) {
                images.pixels(k * SyntheticImages.CLASSES + c, p, 0);
                for (int q = 0; q < side * side; q++) {
                    int rgb = (p[3 * q] & 0xFF) << 16 | (p[3 * q + 1] & 0xFF) << 8 | p[3 * q + 2] & 0xFF;
                    sheet.setRGB(k * side + q % side, c * side + q / side, rgb);
                }
            }
        }
        return sheet;
    }
}
